// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/trace/flight_recorder.h
// -----------------------------------------------------------------------------
//
// The flight recorder keeps what each thread has done last: which resources ran
// from when to when, what caused them, when the thread slept. It is cheap
// enough to be left on; when something has gone wrong a snapshot tells what
// came before.
//
//   weft::observe::StartFlightRecorder();
//   weft::observe::SetLevel(weft::observe::Level::kFlight);
//   ...
//   weft::observe::Recording recording = weft::observe::TakeSnapshot();
//
// What is recorded at which level:
//
//   kFlight  each run of a task or another resource, and of a part of a fork
//            that another thread took; sleeps; tasks that were stolen, dropped,
//            or threw; of 1 task in 8, by its id, when it was queued
//   kFull    besides, when each task was queued, when each resource was made,
//            settled and ended, each part of a fork, and the labels of each run
//            that traces may show (context/label.h), up to 256 bytes
//
// A worker that ends one task and begins the next reads the clock once: the end
// of the one is the begin of the other.
//
// Node counterpart: none.
//
// Thread-safety: all functions are thread-safe. A snapshot stops nobody.
// Memory: `FlightRecorderBytes()`, taken from the system page by page when it
//   is first used, and about 5 KB of heap for each thread that records. It is
//   never given back; a thread that ends leaves its ring to a later one.
// Cost: at kFlight a run costs one reading of the clock and about 15 stores of
//   the thread's own; at kOff nothing.
// fork(): the child records nothing, until it starts a recorder of its own.

#ifndef WEFT_OBSERVE_TRACE_FLIGHT_RECORDER_H_
#define WEFT_OBSERVE_TRACE_FLIGHT_RECORDER_H_

#include <cstddef>
#include <string>

#include "weft/observe/level.h"
#include "weft/observe/trace/recording.h"

namespace weft::observe {

// How much the recorder may take, and from where.
struct FlightRecorderOptions {
  // What one thread may use for its records, of 32 bytes each: a power of two,
  // from 1 KiB to 1 GiB. What does not fit is written over, the oldest first.
  std::size_t ring_bytes = std::size_t{256} << 10;
  // The most threads that record at a time: from 1 to 65,536. What others would
  // have recorded is lost, and counted.
  std::size_t max_threads = 64;
  // If not empty, the name of a file that holds the records while the process
  // runs, and keeps them if it is killed: `ReadRecording()` reads it. A file of
  // that name is replaced. All its bytes are taken from the disk at the start.
  std::string file = {};
};

// FlightRecorderBytes()
//
// Returns the size of the recorder's memory, or file. Throws
// std::invalid_argument for an option out of its range.
std::size_t FlightRecorderBytes(const FlightRecorderOptions& options);

// StartFlightRecorder()
//
// Makes the recorder of the process. The level (`SetLevel()`), at each time,
// decides what it records. Takes 2 ms, to measure the clock.
//
// Throws std::invalid_argument for an option out of its range,
// std::logic_error if there is a recorder already, std::system_error if there
// is no memory or the file cannot be made. Nothing has changed then.
void StartFlightRecorder(const FlightRecorderOptions& options = {});

// TakeSnapshot()
//
// Returns what is recorded at this moment; an empty recording if no recorder
// has been started. Throws std::bad_alloc.
Recording TakeSnapshot();

// ReadRecording()
//
// Returns what the file of a recorder has, also while its process runs on this
// machine. Throws std::system_error if it cannot be read, and
// std::invalid_argument if it is none, or of another version.
Recording ReadRecording(const std::string& file);

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_TRACE_FLIGHT_RECORDER_H_
