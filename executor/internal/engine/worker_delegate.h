// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The interface by which a worker hands on the jobs that it has found.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_WORKER_DELEGATE_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_WORKER_DELEGATE_H_

#include <cstddef>

namespace weft::executor_internal {

class Completion;
class EngineThreads;
class Job;

// Says what a job means to whom the worker works for. Thread-safe.
class WorkerDelegate {
 public:
  // Runs `job`, taken from a queue, to its end on the calling thread, and then
  // what it deferred. `completes` is what the job's completes() returned.
  // Returns true if the worker gets back the admission that the job had.
  [[nodiscard]] virtual bool RunForWorker(
      Job& job, const Completion* completes) noexcept = 0;
  // The same for a job that runs on the stack of the thread that waits for it:
  // what it has deferred, which is not waited for, is queued.
  [[nodiscard]] virtual bool RunInWaitForWorker(
      Job& job, const Completion* completes) noexcept = 0;
  // Takes back what a worker was admitted in advance and has not used.
  virtual void ReturnAdmissions(std::size_t count) noexcept = 0;
  // Returns the completion of all that was accepted. The last thread does not
  // leave before it is done.
  virtual const Completion& accepted() const noexcept = 0;
  // Returns the threads that the worker's is one of.
  virtual EngineThreads& threads() const noexcept = 0;

 protected:
  ~WorkerDelegate() = default;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_WORKER_DELEGATE_H_
