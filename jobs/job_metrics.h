// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// jobs/job_metrics.h
// -----------------------------------------------------------------------------
//
// Queues, workers and engines as metrics, for Prometheus and the debug page:
//
//   const std::vector<weft::MetricFamily> metrics = weft::jobs::JobMetrics(
//       {.queues = {{"mail", queue.stats()}},
//        .workers = {{"mail", worker.stats()}},
//        .engines = {{"nats", engine.counts()}}});
//   weft::observe::MetricsText(format, executors, metrics);
//
// What there is of each queue, with the label `queue`:
//
//   weft_job_submissions_total            as in job_stats.h
//   weft_job_submissions_ended_total{end} succeeded, failed, expired, lost
//   weft_job_submissions_full_total       the same
//   weft_job_submission_seconds_total     the same: `total_time`
//   weft_jobs_unfinished, weft_jobs_max_unfinished
//
// Of each worker, with the label `worker`:
//
//   weft_job_attempts_total, weft_job_redeliveries_total
//   weft_job_attempts_ended_total{end}    succeeded, retried, given_up,
//                                         expired, returned, refused
//   weft_job_attempt_seconds_total
//   weft_job_leases_renewed_total, weft_job_leases_lost_total
//   weft_jobs_in_flight, weft_jobs_max_in_flight
//
// Of each engine, as this process knows it, with the label `engine`:
//
//   weft_job_engine_submitted_total       as in job.h
//   weft_job_engine_ended_total{end}      succeeded, failed, expired, lost
//   weft_job_engine_redelivered_total, weft_job_engine_refused_total,
//   weft_job_engine_dead_letters_dropped_total
//   weft_job_engine_pending

#ifndef WEFT_JOBS_JOB_METRICS_H_
#define WEFT_JOBS_JOB_METRICS_H_

#include <string>
#include <vector>

#include "weft/executor/metric_family.h"
#include "weft/jobs/job.h"
#include "weft/jobs/job_stats.h"

namespace weft::jobs {

// A queue, by the name that its metrics bear.
struct NamedJobQueue {
  std::string name;     // the label `queue`
  JobQueueStats stats;  // what JobQueue::stats() has returned
};

// A worker, by the name that its metrics bear.
struct NamedJobWorker {
  std::string name;      // the label `worker`
  JobWorkerStats stats;  // what JobWorker::stats() has returned
};

// An engine, by the name that its metrics bear.
struct NamedJobEngine {
  std::string name;  // the label `engine`
  JobCounts counts;  // what Engine::counts() has returned
};

// What there are metrics of. Of one kind none may have another's name.
struct JobParts {
  std::vector<NamedJobQueue> queues = {};    // queues of this process
  std::vector<NamedJobWorker> workers = {};  // its workers
  std::vector<NamedJobEngine> engines = {};  // its engines
};

// JobMetrics()
//
// Returns the metrics of `parts`; no families of a kind of which there is none.
//
// Thread-safety: thread-safe. Throws std::bad_alloc.
std::vector<MetricFamily> JobMetrics(const JobParts& parts);

}  // namespace weft::jobs

#endif  // WEFT_JOBS_JOB_METRICS_H_
