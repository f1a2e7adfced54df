// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// jobs/engine.h
// -----------------------------------------------------------------------------
//
// `Engine` is what keeps jobs until they are done and hands them to workers. It
// is the interface between `JobQueue` and `JobWorker`, which programs use, and
// what is behind them: `InProcess`, or an adapter of a broker. A program that
// only uses jobs needs no more of it than its name.

#ifndef WEFT_JOBS_ENGINE_H_
#define WEFT_JOBS_ENGINE_H_

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "weft/context/duration.h"
#include "weft/jobs/job.h"

namespace weft::jobs {

// How a job has ended.
struct JobEnd {
  // The result, if `failure` is null.
  std::string result = {};
  // Why there is none: JobFailedError, JobLostError or DeadlineExceededError.
  std::exception_ptr failure = {};
};

// Lease
//
// The right to do a job for a time. The engine takes an end only from the lease
// that is good at that moment: if it has run out, another worker may have the
// job, and what this one says changes nothing.
//
// Thread-safety: thread-safe. One end is called at most.
// Lifetime: it may outlive the engine. Destroyed without an end it lets the
//   time run out.
class Lease {
 public:
  virtual ~Lease() = default;

  // Returns the job.
  virtual const Job& job() const noexcept = 0;

  // Lease::Renew()
  //
  // Makes the lease last for its whole time from now. Returns false if it is
  // known to be lost: it has run out, or the job has ended elsewhere.
  virtual bool Renew() noexcept = 0;

  // Each of the following ends the attempt. It returns false if the lease is
  // known to be lost, and changes nothing then. An engine that must ask a
  // broker returns true before it has: if the broker says that the lease was
  // lost, that changes nothing either, and `JobCounts::refused` tells.

  // The job has a result.
  virtual bool Succeed(std::string result) = 0;
  // The job is queued again after `pause`.
  virtual bool Retry(Duration pause) = 0;
  // The job goes to the dead letters.
  virtual bool GiveUp(const std::string& reason) = 0;
  // The job's deadline has passed.
  virtual bool Expire() = 0;
  // The job is queued again at once, and the attempt does not count.
  virtual bool Return() noexcept = 0;
};

// A job that was given up. It may come a moment after the job's end.
struct DeadLetter {
  Job job;             // with the number of its last attempt
  std::string reason;  // why that failed
};

// Engine
//
// Thread-safety: thread-safe, except for destruction.
class Engine {
 public:
  // Takes jobs. A consumer is called on any thread, in any context.
  class Consumer {
   public:
    virtual ~Consumer() = default;
    // Takes the lease of a job. It must not block or throw.
    virtual void Deliver(std::unique_ptr<Lease> lease) noexcept = 0;
  };

  // The way of jobs to one consumer. After its destructor no call of
  // `Deliver()` begins; one that has begun may still go on.
  class Subscription {
   public:
    virtual ~Subscription() = default;
    // Allows `places` further calls of `Deliver()`.
    virtual void Request(std::size_t places) = 0;
  };

  // How jobs are leased.
  struct LeaseOptions {
    Duration time;     // how long a lease lasts
    int max_attempts;  // in all; those whose lease ran out count
  };

  virtual ~Engine() = default;

  // Engine::Submit()
  //
  // Accepts a job, and calls `ended` once, on any thread, in any context, when
  // it has ended, or when it is known that nobody will tell. `ended` must not
  // block or throw. Throws JobTooLargeError, and std::invalid_argument for an
  // option that the engine does not have or a header that it cannot send, and
  // then calls nothing. Any engine sends headers whose names are tokens as in
  // HTTP, and whose values are visible ASCII, with blanks inside.
  virtual void Submit(Job job, const JobOptions& options,
                      std::function<void(JobEnd)> ended) = 0;

  // Engine::Subscribe()
  //
  // Has jobs delivered to `consumer`. The engine must outlive the subscription.
  // Throws std::runtime_error if a broker does not have such leases.
  virtual std::unique_ptr<Subscription> Subscribe(
      std::shared_ptr<Consumer> consumer, const LeaseOptions& options) = 0;

  // Returns the greatest number of bytes of a payload or a result.
  virtual std::size_t max_bytes() const noexcept = 0;

  // Returns what became of the jobs, as far as this process knows.
  virtual JobCounts counts() const = 0;

  // Engine::TakeDeadLetters()
  //
  // Returns up to `at_most` dead letters, the oldest first, and forgets them.
  // May wait for a broker; throws std::runtime_error if that does not answer.
  virtual std::vector<DeadLetter> TakeDeadLetters(std::size_t at_most) = 0;
};

}  // namespace weft::jobs

#endif  // WEFT_JOBS_ENGINE_H_
