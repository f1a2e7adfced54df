// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/distributed_pipeline/submission.h"

#include <exception>
#include <optional>
#include <utility>

#include "weft/context/async_local_storage.h"
#include "weft/examples/distributed_pipeline/file_job.h"
#include "weft/examples/process/interruption.h"
#include "weft/executor/coroutine.h"
#include "weft/jobs/errors.h"
#include "weft/jobs/job.h"
#include "weft/jobs/job_queue.h"
#include "weft/pipelines/pipeline.h"
#include "weft/propagation/trace_context.h"

namespace distributed_pipeline {
namespace {

using text_files::ListedFile;

// How often a job is submitted of which nobody knows whether it has arrived.
// The engine tries for a while each time.
constexpr int kMostSubmissions = 5;

// Has the job done. If the submission is lost it is made again: by its dedup id
// it is the same job, which is done once, whether the first one has arrived or
// not. What it is given must outlive the coroutine, but for the job.
weft::Task<FileResult> Work(weft::jobs::JobQueue& queue, FileJob job) {
  // Each job has a trace of its own.
  const weft::jobs::JobOptions options{.dedup_id = CurrentTraceId()};
  for (int submissions = 1;; ++submissions) {
    try {
      co_return co_await queue.Call(kFileJob, job, options);
    } catch (const weft::jobs::JobLostError&) {
      if (submissions == kMostSubmissions) throw;
    }
  }
}

// Why there is no result, without which job and where.
std::string Reason(const weft::PipelineError& error) {
  try {
    error.rethrow_nested();
  } catch (const weft::jobs::JobFailedError& failure) {
    return failure.reason();
  } catch (const std::exception& reason) {
    return reason.what();
  }
}

}  // namespace

void Submit(const std::vector<ListedFile>& files, weft::jobs::Engine& engine,
            weft::Executor& executor, const WorkContext& context,
            const SubmissionOptions& options, text_files::Totals& totals,
            SubmissionResult& result) {
  using weft::StageMode;
  weft::jobs::JobQueue queue(engine, executor, context.propagator,
                             {.max_unfinished = options.tokens});
  // Stays here: it is not among the storages that travel.
  const weft::AsyncLocalStorage<std::size_t> number({.name = "file number"});
  const auto next_file =
      [&, next = std::size_t{0}]() mutable -> std::optional<FileJob> {
    if (next == files.size() || examples::InterruptedBy() != 0) {
      return std::nullopt;
    }
    const auto trace = weft::TraceContext::New();
    number.EnterWith(next);
    context.tenant.EnterWith(options.tenant_of(next));
    weft::TraceContext::Storage().EnterWith(trace);
    result.trace_ids.push_back(trace.trace_id().ToHex());
    return FileJob{.path = files[next++].path,
                   .level = options.level,
                   .max_bytes = options.max_bytes};
  };
  const auto merge = [&](const FileResult& done) {
    const std::size_t place = *number.GetStore();
    const std::string& path = files[place].path;
    ++result.results;
    if (done.path != path || done.tenant != context.CurrentTenant() ||
        done.trace_id != CurrentTraceId()) {
      ++result.mixed;
    }
    if (done.problem.empty()) {
      totals.Add(done.facts);
    } else {
      totals.AddFailure(static_cast<std::int64_t>(place), path, done.problem);
    }
  };
  weft::Pipeline("find", next_file)
      .Then(StageMode::kParallel, "work",
            [&queue](FileJob job) { return Work(queue, std::move(job)); })
      .Then(StageMode::kSerialInOrder, "merge", merge)
      .Run(executor, {.tokens = options.tokens,
                      .on_item_error = [&](const weft::PipelineError& error) {
                        totals.AddFailure(
                            static_cast<std::int64_t>(error.item()),
                            files[error.item()].path, Reason(error));
                      }});
}

}  // namespace distributed_pipeline
