// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// pipelines/errors.h
// -----------------------------------------------------------------------------
//
// These are the exceptions that runs of pipelines and graphs throw. They tell
// where the user's code failed, and nest its own exception (`nested_ptr()`,
// `std::rethrow_if_nested()`).

#ifndef WEFT_PIPELINES_ERRORS_H_
#define WEFT_PIPELINES_ERRORS_H_

#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "weft/base/language.h"

namespace weft {

// An error that tells that a stage threw. Its what() reads `item 3 failed in
// stage "parse": std::runtime_error: no number`.
//
// Thread-safety: immutable.
class PipelineError : public std::runtime_error, public std::nested_exception {
 public:
  // Nests the exception that is being handled.
  PipelineError(std::size_t item, std::string stage);

  // Returns the number of the item, counted from 0 as the source returned them.
  // If the source itself threw it is the number of the item that it was asked
  // for.
  std::size_t item() const noexcept { return item_; }
  // Returns the name of the stage that threw.
  const std::string& stage() const noexcept { return stage_; }

 private:
  const std::size_t item_;
  const std::string stage_;
};

// An error that tells that jobs of a graph threw. It nests the exception of the
// first of `failures()`.
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

  // Returns the jobs that threw, in the order in which the graph first heard of
  // them.
  const std::vector<Failure>& failures() const noexcept { return failures_; }
  // Returns the jobs that did not run, because a job that they come after
  // failed.
  const std::vector<std::string>& not_run() const noexcept { return not_run_; }

 private:
  const std::vector<Failure> failures_;
  const std::vector<std::string> not_run_;
};

}  // namespace weft

#endif  // WEFT_PIPELINES_ERRORS_H_
