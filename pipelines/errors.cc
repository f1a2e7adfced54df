// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/pipelines/errors.h"

#include <utility>

#include "weft/base/describe_exception.h"
#include "weft/pipelines/internal/quote.h"

namespace weft {
namespace {

using base::DescribeException;
using pipelines_internal::Quote;

std::string DescribeRun(const std::vector<JobGraphError::Failure>& failures,
                        const std::vector<std::string>& not_run) {
  std::string text;
  for (const JobGraphError::Failure& failure : failures) {
    text += (text.empty() ? "job " : "; job ") + Quote(failure.job) +
            " failed: " + DescribeException(failure.exception);
  }
  for (std::size_t i = 0; i < not_run.size(); ++i) {
    text += (i == 0 ? "; not run: " : ", ") + Quote(not_run[i]);
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
                             std::vector<std::string> not_run)
    : std::runtime_error(DescribeRun(failures, not_run)),
      failures_(std::move(failures)),
      not_run_(std::move(not_run)) {}

}  // namespace weft
