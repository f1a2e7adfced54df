// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// jobs/errors.h
// -----------------------------------------------------------------------------
//
// These are the exceptions of jobs: what the future of a job's result throws if
// there is none, what a submission throws, and what a handler throws to say
// that a job is not worth another attempt.

#ifndef WEFT_JOBS_ERRORS_H_
#define WEFT_JOBS_ERRORS_H_

#include <stdexcept>
#include <string>
#include <utility>

#include "weft/base/language.h"

namespace weft::jobs {

// Thrown for a job that has been given up: its last attempt failed, it was not
// worth another, or its lease ran out too often. It is among the dead letters.
class JobFailedError : public std::runtime_error {
 public:
  // Makes one for that job.
  JobFailedError(const std::string& what, std::string job_id, int attempts,
                 std::string reason)
      : std::runtime_error(what),
        job_id_(std::move(job_id)),
        attempts_(attempts),
        reason_(std::move(reason)) {}

  // Returns the id of the job.
  const std::string& job_id() const noexcept { return job_id_; }
  // Returns how often the job was begun.
  int attempts() const noexcept { return attempts_; }
  // Returns why the last attempt failed.
  const std::string& reason() const noexcept { return reason_; }

 private:
  std::string job_id_;
  int attempts_;
  std::string reason_;
};

// Thrown if the outcome of a job is unknown: its engine has been destroyed, or
// the broker has not confirmed the submission.
class JobLostError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thrown by a submission to a queue that is full and rejects.
class JobQueueFullError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thrown by a submission whose payload is larger than the engine takes.
class JobTooLargeError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thrown by a handler, or by a codec that cannot read a payload: the job goes
// to the dead letters without another attempt.
class NotWorthRetryingError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace weft::jobs

#endif  // WEFT_JOBS_ERRORS_H_
