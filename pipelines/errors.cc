// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/pipelines/errors.h"

#include <utility>

#include "weft/base/describe_exception.h"

namespace weft {
namespace {

using base::DescribeException;

std::string Quote(const std::string& name) { return '"' + name + '"'; }

std::string DescribeRun(const std::vector<JobGraphError::Failure>& failures,
                        const std::vector<std::string>& skipped_tasks) {
  std::string text;
  for (const JobGraphError::Failure& failure : failures) {
    text += (text.empty() ? "job " : "; job ") + Quote(failure.job) +
            " failed: " + DescribeException(failure.exception);
  }
  for (std::size_t i = 0; i < skipped_tasks.size(); ++i) {
    text += (i == 0 ? "; not run: " : ", ") + Quote(skipped_tasks[i]);
  }
  return text;
}

}  // namespace

PipelineError::PipelineError(std::size_t item, std::string stage)
    : std::runtime_error("item " + std::to_string(item) + " failed in stage " +
                         Quote(stage) + ": " +
                         DescribeException(std::current_exception())),
      item_(item),
      stage_(std::move(stage)) {}

JobGraphError::JobGraphError(std::vector<Failure> failures,
                             std::vector<std::string> skipped_tasks)
    : std::runtime_error(DescribeRun(failures, skipped_tasks)),
      failures_(std::move(failures)),
      not_run_(std::move(skipped_tasks)) {}

}  // namespace weft
