// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// jobs/job_stats.h
// -----------------------------------------------------------------------------
//
// What `JobQueue::stats()` and `JobWorker::stats()` return: numbers since the
// construction of the queue or the worker. `Engine::counts()` has those of the
// engine (job.h), and jobs/job_metrics.h makes metrics of all three.

#ifndef WEFT_JOBS_JOB_STATS_H_
#define WEFT_JOBS_JOB_STATS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "weft/base/language.h"

namespace weft::jobs {

// What became of the submissions of a queue: submitted = succeeded + failed +
// expired + lost + those that have not ended.
struct JobQueueStats {
  // How many submissions may be unfinished, and how many are now. Those that
  // the engine is about to be given, or to refuse, count too.
  std::size_t max_unfinished = 0;
  std::size_t unfinished = 0;
  // Submissions that the engine has taken, and has not refused since.
  std::int64_t submitted = 0;
  // Submissions that got a result.
  std::int64_t succeeded = 0;
  // Those whose job was given up.
  std::int64_t failed = 0;
  // Those whose deadline passed first.
  std::int64_t expired = 0;
  // Those of which nobody knows.
  std::int64_t lost = 0;
  // Submissions for which there was no room, here or in the engine: they threw,
  // or ended with, JobQueueFullError, or their deadline passed.
  std::int64_t full = 0;
  // The time from the submission to the end, of all that have ended together.
  std::chrono::nanoseconds total_time{0};
};

// What became of the attempts of a worker: attempts = succeeded + retried +
// given_up + expired + returned + refused + in_flight.
struct JobWorkerStats {
  // How many jobs it does at a time at most, and how many it has now.
  std::size_t max_in_flight = 0;
  std::size_t in_flight = 0;
  // Attempts that it was given.
  std::int64_t attempts = 0;
  // Of these, those after the first of a job.
  std::int64_t redelivered = 0;
  // Attempts with a result.
  std::int64_t succeeded = 0;
  // Those that have failed, and whose job is tried again.
  std::int64_t retried = 0;
  // Those after which the job was given up.
  std::int64_t given_up = 0;
  // Those that the deadline has ended.
  std::int64_t expired = 0;
  // Those that were given back: the worker has stopped, or was cancelled.
  std::int64_t returned = 0;
  // Those whose end the engine has not taken, as their lease was lost.
  // `JobCounts::refused` has those too that a broker has refused later.
  std::int64_t refused = 0;
  // How often a lease was renewed, and how often one was found lost then.
  std::int64_t leases_renewed = 0;
  std::int64_t leases_lost = 0;
  // The time from the delivery to the end, of all attempts that have ended
  // together.
  std::chrono::nanoseconds total_time{0};
};

}  // namespace weft::jobs

#endif  // WEFT_JOBS_JOB_STATS_H_
