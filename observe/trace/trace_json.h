// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/trace/trace_json.h
// -----------------------------------------------------------------------------
//
// A recording as a picture: the "Trace Event Format" of Chrome, which the
// performance panel of its developer tools, Perfetto and speedscope open.
//
// Node counterpart: the files of `--trace-event-categories`.

#ifndef WEFT_OBSERVE_TRACE_TRACE_JSON_H_
#define WEFT_OBSERVE_TRACE_TRACE_JSON_H_

#include <string>
#include <vector>

#include "weft/observe/trace/recording.h"

namespace weft::observe {

// TraceJson()
//
// Returns the trace as JSON: for each thread a row with a slice for each run,
// named by the type and the line that made it, and each sleep; marks for what
// was stolen, dropped, thrown, made, settled and ended; and, for each queueing
// that is recorded with the run that it led to, a slice of no length, an arrow
// from there to the run, and the wait between them. Two counters: the threads
// that run something, and the tasks whose queueing is recorded and that wait;
// of each of 2,000 parts of the time the greatest value. The labels of a run
// are an object among its arguments. Messages (hooks/messages.h) are slices of
// no length too, with an arrow from where one was sent to where it has come, if
// both are recorded. What has not ended has `running` among its arguments.
// Times are in microseconds since the start of the recording.
//
// A worker that takes a task at once begins it, by the clock, when the task
// before has ended, which may be some nanoseconds before it was queued: the
// arrow then ends inside the run. Where the two meet, it ends as viewers lead
// it to the run that begins.
//
// Texts are UTF-8; a byte that is none is taken for Latin-1.
//
// Thread-safety: thread-safe.
// Throws std::bad_alloc. The size is about 300 bytes a record.
std::string TraceJson(const Recording& recording);

// TraceJson()
//
// Returns one trace of the recordings of several processes, each with rows of
// its own. The arrows of messages, jobs among them, go from one to the other;
// a message that has come twice has two. Times are since the start of the first
// recording, by each machine's time of day: by what the clocks of two differ
// the rows of one are early or late. A process with the number of another, as
// on two machines, has a greater one in the trace.
std::string TraceJson(const std::vector<Recording>& recordings);

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_TRACE_TRACE_JSON_H_
