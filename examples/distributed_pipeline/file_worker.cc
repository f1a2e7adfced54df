// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/distributed_pipeline/file_worker.h"

#include <cstddef>

#include "weft/examples/distributed_pipeline/file_job.h"

namespace distributed_pipeline {
namespace {

// So that a thread that has done one need not wait for the next.
constexpr int kJobsAThread = 4;

}  // namespace

FileWorker::FileWorker(weft::jobs::Engine& engine, weft::Executor& executor,
                       const WorkContext& context, const AttemptLog& log,
                       int threads, weft::Duration lease)
    : worker_(
          engine, executor, context.propagator,
          {.max_in_flight = static_cast<std::size_t>(kJobsAThread * threads),
           .lease = lease,
           // Whoever submits is this program too, so its trace goes on.
           .trust = weft::Trust::kContinue}) {
  worker_.Handle(kFileJob, [&](const FileJob& job) {
    log.Begin(context, job.path);
    return DoFileJob(job, context);
  });
  worker_.Start();
}

}  // namespace distributed_pipeline
