// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A log on standard error whose lines say which job they belong to, without
// being told.

#ifndef WEFT_EXAMPLES_JOB_PIPELINE_JOB_LOG_H_
#define WEFT_EXAMPLES_JOB_PIPELINE_JOB_LOG_H_

#include <string>

#include "weft/examples/job_pipeline/job.h"

namespace job_pipeline {

enum class Verbosity { kProblems, kSteps };

// Thread-safe.
class JobLog {
 public:
  // `job` must outlive the log.
  JobLog(const JobStorage& job, Verbosity verbosity);

  // "job 3 src/a.cc: read 10 bytes".
  void Step(const std::string& message) const;
  void Problem(const std::string& message) const;

 private:
  void Write(const std::string& message) const;

  const JobStorage& job_;
  const Verbosity verbosity_;
  const bool is_terminal_;
};

}  // namespace job_pipeline

#endif  // WEFT_EXAMPLES_JOB_PIPELINE_JOB_LOG_H_
