// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/trace/recording.h
// -----------------------------------------------------------------------------
//
// `Recording`: what the flight recorder (flight_recorder.h) has kept, as plain
// values. It is taken from the running process, or read from the file that a
// process has left.
//
// Node counterpart: none.

#ifndef WEFT_OBSERVE_TRACE_RECORDING_H_
#define WEFT_OBSERVE_TRACE_RECORDING_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "weft/hooks/async_id.h"
#include "weft/hooks/worker_id.h"

namespace weft::observe {

// What a record tells.
enum class RecordKind : unsigned char {
  // Spans: they have a begin and an end.
  kRun = 0,   // a resource ran: from before to after
  kPark = 1,  // a worker slept, for want of tasks
  kWait = 2,  // the running resource slept until something happened
  // Moments: begin and end are the same.
  kEnqueue = 3,  // a task was queued; `detail`: the number of the executor
  kSteal = 4,    // the thread took a task; `detail`: from which worker
  kDrop = 5,     // a task ended unrun; `detail`: 0: cancelled, 1: its deadline
                 // had passed, 2: refused
  kThrow = 6,    // the function of a task has thrown
  kInit = 7,     // a resource was made
  kSettle = 8,   // a promise was settled
  kDestroy = 9,  // a resource has ended
  // A message to another process, and one from another (hooks/messages.h);
  // `detail`: its id. It is no resource; its trigger is the one that ran.
  kSend = 10,
  kReceive = 11,
};

// One thing that happened on a thread. Times are since `Recording::start`.
struct Record {
  // What has happened.
  RecordKind kind;
  // The resource, and the one that caused it; 0 where there is none. Only the
  // low 48 bits of an id are kept.
  AsyncId async_id;
  AsyncId trigger_async_id;
  std::chrono::nanoseconds begin;
  std::chrono::nanoseconds end;
  // What the resource is and where it was made: an index of `Recording::sites`.
  std::size_t site;
  std::uint64_t detail;

  friend bool operator==(const Record&, const Record&) = default;
};

// A type of resource with the place in the source where such are made. Texts
// that are too long are cut: a file at its beginning, others at their end.
struct RecordedSite {
  // The type of resource.
  std::string type;
  // The place; without one the file is empty.
  std::string file;
  // The same.
  std::uint32_t line;
  // The same: the function that makes it.
  std::string function;
};

// A label of a storage that traces may show (context/label.h).
struct RecordedLabel {
  // The name of the storage.
  std::string name;
  // The text of its store.
  std::string text;

  friend bool operator==(const RecordedLabel&, const RecordedLabel&) = default;
};

// The labels in whose context a thread has begun what it ran, from a time on.
struct RecordedLabels {
  // Since `Recording::start`.
  std::chrono::nanoseconds since;
  // In the order in which `VisitLabels()` shows them. Empty if there are none,
  // or if they are not known.
  std::vector<RecordedLabel> labels;
};

// What one thread has done last.
struct RecordedThread {
  // As the system has it.
  std::string name;
  // What `gettid()` returns on it.
  std::uint32_t system_id;
  // The worker that the thread was last; executor 0: none.
  WorkerId worker;
  // In the order of their ends. Spans are nested, or apart.
  std::vector<Record> records;
  // What had begun and not ended, outermost first; `end` is the time of the
  // snapshot, or that of the last record of a file. Empty if that changed
  // faster than it could be read.
  std::vector<Record> running;
  // At kFull: the changes of labels, in the order of their times.
  std::vector<RecordedLabels> labels;
  // Losses, counted: records that were written over, or that a damaged file has
  // no longer; runs of which no beginning was seen, because recording began or
  // changed its level inside, or 32 others were open around them.
  std::uint64_t overwritten;
  std::uint64_t damaged;
  std::uint64_t incomplete;

  // Returns the labels of a run of this thread, as they were when it began;
  // empty if it has none, or if they are not known. Good as long as `labels`.
  std::span<const RecordedLabel> LabelsOf(const Record& run) const {
    const auto after = std::upper_bound(
        labels.begin(), labels.end(), run.begin,
        [](std::chrono::nanoseconds time, const RecordedLabels& change) {
          return time < change.since;
        });
    if (after == labels.begin()) return {};
    return (after - 1)->labels;
  }
};

// All that a recorder has kept.
struct Recording {
  // When the recorder was started.
  std::chrono::system_clock::time_point start;
  // The process that recorded.
  std::uint32_t process_id = 0;
  // The sites of the resources. The first, `sites[0]`, stands for unknown ones.
  std::vector<RecordedSite> sites;
  // The threads that have recorded. One that has ended is missing if a later
  // one has taken its ring.
  std::vector<RecordedThread> threads;
  // Losses: records of threads for which there was no ring, and resources whose
  // site was one too many.
  std::uint64_t lost_records = 0;
  std::uint64_t lost_sites = 0;
};

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_TRACE_RECORDING_H_
