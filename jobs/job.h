// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// jobs/job.h
// -----------------------------------------------------------------------------
//
// A `Job` is a piece of work that another process may do: a type, which names
// the handler, bytes, and headers with the context of the flow that submitted
// it.

#ifndef WEFT_JOBS_JOB_H_
#define WEFT_JOBS_JOB_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "weft/context/duration.h"

namespace weft::jobs {

// The header with the time until which a job is worth doing, in milliseconds
// since 1970 on the wall clock, rounded down.
//
// Clocks: it is the submitter's clock that is written and the worker's that is
// compared, so the deadline is early or late by the difference of the two. A
// clock that is set during a job does not move the deadline of its handler,
// which is counted by the steady clock from the start of each attempt. In
// process it moves no deadline at all: the engine writes the header anew where
// it delivers a job.
inline constexpr char kDeadlineHeader[] = "weft-deadline-ms";

// The header with the id of the message that a submission is in a trace of
// several processes (hooks/messages.h), as 16 hexadecimal digits. It is there
// only if somebody records, and what is malformed is ignored.
inline constexpr char kMessageHeader[] = "weft-message-id";

// Job
//
// What a handler is given.
//
// Thread-safety: thread-compatible.
struct Job {
  // The name under which the engine keeps it and its result.
  std::string id;
  // The name of the handler.
  std::string type;
  std::string payload;
  // The fields that a `Propagator` has written, and the deadline.
  std::map<std::string, std::string> headers;
  // The attempt that is under way, from 1.
  int attempt = 1;
};

// The options of a submission.
struct JobOptions {
  // If it is not empty it is the job's id, and a job with that id that the
  // engine still knows, done or not, is not run again: the submission gets the
  // result of that one.
  std::string dedup_id = {};
  // Jobs of a higher priority are begun first; those of the same, in the order
  // of their submission. An engine without priorities takes 0 alone, and throws
  // std::invalid_argument.
  int priority = 0;
  // The time before which the job is not begun; at least 0.
  Duration delay = std::chrono::nanoseconds(0);
};

// What became of the jobs of an engine: submitted = succeeded + failed +
// expired + lost + pending.
struct JobCounts {
  // Jobs that were accepted. One that was known by its dedup id counts once.
  std::int64_t submitted = 0;
  // Jobs that have a result.
  std::int64_t succeeded = 0;
  // Jobs that were given up; each is, or was, a dead letter.
  std::int64_t failed = 0;
  // Jobs whose deadline passed before they had a result.
  std::int64_t expired = 0;
  // Jobs that were not done when the engine went.
  std::int64_t lost = 0;
  // Jobs that are queued, delayed or under a lease.
  std::int64_t pending = 0;
  // Attempts after the first of a job, for whatever reason.
  std::int64_t redelivered = 0;
  // Results and failures that were told under a lease that was lost. They have
  // changed nothing.
  std::int64_t refused = 0;
  // Dead letters that were dropped for want of room.
  std::int64_t dead_letters_dropped = 0;
};

}  // namespace weft::jobs

namespace weft::jobs_internal {

// The type of the messages that jobs and their ends are in a trace.
inline constexpr std::string_view kJobMessages = "JOB";

}  // namespace weft::jobs_internal

#endif  // WEFT_JOBS_JOB_H_
