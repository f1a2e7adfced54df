// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Does jobs.

#ifndef WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_FILE_WORKER_H_
#define WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_FILE_WORKER_H_

#include "weft/context/duration.h"
#include "weft/examples/distributed_pipeline/attempt_log.h"
#include "weft/examples/distributed_pipeline/work_context.h"
#include "weft/executor/executor.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/job_stats.h"
#include "weft/jobs/job_worker.h"

namespace distributed_pipeline {

// Takes jobs from the engine from its construction to its destruction, which
// waits for those that it has taken. What it is given must outlive it.
class FileWorker {
 public:
  // `threads`: those of the executor. `lease`: how long a job is this worker's
  // without a sign of life.
  FileWorker(weft::jobs::Engine& engine, weft::Executor& executor,
             const WorkContext& context, const AttemptLog& log, int threads,
             weft::Duration lease);

  weft::jobs::JobWorkerStats stats() const { return worker_.stats(); }

 private:
  weft::jobs::JobWorker worker_;
};

}  // namespace distributed_pipeline

#endif  // WEFT_EXAMPLES_DISTRIBUTED_PIPELINE_FILE_WORKER_H_
