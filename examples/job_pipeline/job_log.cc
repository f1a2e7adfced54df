// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/job_pipeline/job_log.h"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "weft/examples/printable.h"

namespace job_pipeline {

JobLog::JobLog(const JobStorage& job, Verbosity verbosity)
    : job_(job),
      verbosity_(verbosity),
      is_terminal_(isatty(STDERR_FILENO) != 0) {}

void JobLog::Step(const std::string& message) const {
  if (verbosity_ == Verbosity::kSteps) Write(message);
}

void JobLog::Problem(const std::string& message) const { Write(message); }

void JobLog::Write(const std::string& message) const {
  const Job* const job = job_.GetStore();
  // On a terminal the line takes the place of the progress.
  const std::string line = absl::StrCat(
      is_terminal_ ? "\r\x1b[K" : "",
      job != nullptr
          ? absl::StrCat("job ", job->id, " ", examples::Printable(job->file))
          : "no job",
      ": ", message, "\n");
  // One call, so that lines stay whole.
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace job_pipeline
