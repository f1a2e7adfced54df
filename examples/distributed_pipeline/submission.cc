// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/distributed_pipeline/submission.h"

#include <exception>
#include <optional>

#include "weft/context/async_local_storage.h"
#include "weft/examples/distributed_pipeline/file_job.h"
#include "weft/examples/process/interruption.h"
#include "weft/jobs/errors.h"
#include "weft/jobs/job_queue.h"
#include "weft/pipelines/pipeline.h"
#include "weft/propagation/trace_context.h"

namespace distributed_pipeline {
namespace {

using text_files::ListedFile;

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
      .Then(StageMode::kParallel, "work", weft::jobs::Remote(queue, kFileJob))
      .Then(StageMode::kSerialInOrder, "merge", merge)
      .Run(executor, {.tokens = options.tokens,
                      .on_item_error = [&](const weft::PipelineError& error) {
                        totals.AddFailure(
                            static_cast<std::int64_t>(error.item()),
                            files[error.item()].path, Reason(error));
                      }});
}

}  // namespace distributed_pipeline
