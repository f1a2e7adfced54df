// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// jobs/in_process.h
// -----------------------------------------------------------------------------
//
// `InProcess` is the engine that needs no broker: jobs stay in this process's
// memory, and its workers do them. Code that is written for it works with
// another engine too, as a job's context crosses as text here as well: nothing
// else is inherited by accident.
//
// Example:
//
//   weft::Executor executor;
//   weft::jobs::InProcess engine(executor);
//   weft::jobs::JobWorker worker(engine, executor, propagator);
//   worker.Handle(kCount, [](std::string text) { return CountWords(text); });
//   worker.Start();
//   weft::jobs::JobQueue queue(engine, executor, propagator);
//   std::cout << queue.Submit(kCount, "one two").Get();

#ifndef WEFT_JOBS_IN_PROCESS_H_
#define WEFT_JOBS_IN_PROCESS_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "weft/context/duration.h"
#include "weft/executor/executor.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/job.h"

namespace weft::jobs {

// The options of `InProcess`.
struct InProcessOptions {
  // The greatest number of bytes of a payload or a result; at least 1.
  std::size_t max_bytes = std::size_t{1} << 20;
  // How long the end of a job with a dedup id is known, of how many such jobs,
  // and how many bytes their ids, results and reasons may have together. The
  // oldest are forgotten first, and one that has more bytes is not remembered.
  // At least 0.
  Duration remember_for = std::chrono::hours(1);
  std::size_t remember_at_most = 100'000;
  std::size_t remember_bytes = std::size_t{64} << 20;
  // How many dead letters are kept. Beyond that the oldest are dropped, and
  // counted.
  std::size_t max_dead_letters = 10'000;

  // Throws std::invalid_argument, naming the option, if one is out of range.
  void Validate() const;
};

// InProcess
//
// Thread-safety: thread-safe, except for destruction.
// Lifetime: `executor`, whose timers end delays and leases, must outlive it.
//   Workers that subscribe must be gone before. Jobs that are not done when it
//   is destroyed end with JobLostError, which their submitters get.
// Promises: a job whose lease has run out is begun again, so it may be done
//   more than once; the first end counts. With the process all jobs are gone.
// Deadlines: a job ends when its deadline passes, wherever it is. The lease of
//   one that runs is lost then.
// Limits: after the executor's `Shutdown()` delays, deadlines and leases do not
//   expire any more.
// Cost: a lock, which all its jobs share, and a few allocations a job.
// Errors: out of memory `Submit()` throws std::bad_alloc, and there is no job.
//   An end for which there is no memory throws too, and the lease goes on: it
//   may be told again, or the job is begun again when the lease has run out.
//   What is ready, or due, and cannot be delivered waits for the next call, or
//   for a timer of 100 ms.
class InProcess final : public Engine {
 public:
  // Throws std::invalid_argument, naming the option, if one is out of range.
  explicit InProcess(Executor& executor, const InProcessOptions& options = {});
  ~InProcess() override;

  void Submit(Job job, const JobOptions& options,
              std::function<void(JobEnd)> ended) override;
  std::unique_ptr<Subscription> Subscribe(std::shared_ptr<Consumer> consumer,
                                          const LeaseOptions& options) override;
  std::size_t max_bytes() const noexcept override;
  JobCounts counts() const override;
  std::vector<DeadLetter> TakeDeadLetters(std::size_t at_most) override;

 private:
  class Core;
  class HeldLease;
  class HeldSubscription;

  const std::shared_ptr<Core> core_;
};

}  // namespace weft::jobs

#endif  // WEFT_JOBS_IN_PROCESS_H_
