// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// pipelines/errors.h
// -----------------------------------------------------------------------------
//
// What runs of pipelines and graphs throw: where the user's code failed, with
// its own exception nested (`nested_ptr()`, `std::rethrow_if_nested()`).

#ifndef WEFT_PIPELINES_ERRORS_H_
#define WEFT_PIPELINES_ERRORS_H_

#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/base/language.h"

namespace weft {

// A stage threw. what(): `item 3 failed in stage "parse": std::runtime_error:
// no number`.
//
// Thread-safety: immutable.
class PipelineError : public std::runtime_error, public std::nested_exception {
 public:
  // Nests the exception that is being handled.
  PipelineError(std::size_t item, std::string stage);

  // Which one, counted from 0 as the source returned them; for the source
  // itself the one that it was asked for.
  std::size_t item() const noexcept { return item_; }
  // The name of the stage that threw.
  const std::string& stage() const noexcept { return stage_; }

 private:
  const std::size_t item_;
  const std::string stage_;
};

// Jobs of a graph threw. Nested is what the first of `failures()` threw.
//
// Thread-safety: immutable.
class JobGraphError : public std::runtime_error, public std::nested_exception {
 public:
  // A job that threw.
  struct Failure {
    std::string job;               // its name
    std::exception_ptr exception;  // what it threw
  };

  // Nests the exception that is being handled.
  JobGraphError(std::vector<Failure> failures,
                std::vector<std::string> not_run);

  // The jobs that threw, in the order in which the graph first heard of them.
  const std::vector<Failure>& failures() const noexcept { return failures_; }
  // Those that did not run, because one that they come after failed.
  const std::vector<std::string>& not_run() const noexcept { return not_run_; }

 private:
  const std::vector<Failure> failures_;
  const std::vector<std::string> not_run_;
};

}  // namespace weft

#endif  // WEFT_PIPELINES_ERRORS_H_
