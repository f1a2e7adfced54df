// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The threads that run an engine's tasks, as others see them.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_ENGINE_THREADS_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_ENGINE_THREADS_H_

#include "weft/base/sync/wait_deadline.h"
#include "weft/executor/executor_stats.h"

namespace weft::executor_internal {

class Completion;
class Engine;
enum class WaitKind;

// The lowest engine has them; the engines over it run their tasks on the same
// threads. Thread-safe.
class EngineThreads {
 public:
  // Returns the calling thread's worker number; -1 if it has none.
  virtual int worker() const noexcept = 0;
  // Returns how many tasks may run at once.
  virtual int concurrency() const noexcept = 0;
  // True if one of them runs something, or could. Takes no lock.
  virtual bool CanGoOn() const noexcept = 0;
  // Called when other threads, for whose tasks some of these wait, cannot go on
  // any more: if tasks are queued here, a wait may have to be refused.
  virtual void Reconsider() noexcept = 0;
  virtual ThreadStats stats() const noexcept = 0;
  // Throws WaitLimitError.
  [[noreturn]] virtual void ThrowWaitLimit() const = 0;

 protected:
  ~EngineThreads() = default;
};

// An engine without threads of its own: those that wait for its tasks run them.
// Thread-safe.
class WaitHelper {
 public:
  // Runs jobs, in their order, or sleeps, until `completion`, of tasks of
  // `awaited`, is done or `deadline` has passed. Returns true if it was done at
  // some moment.
  virtual bool HelpUntil(Completion& completion, Engine& awaited, WaitKind kind,
                         const base::WaitDeadline& deadline) = 0;
  // True if the one job that `completion` lacks is queued and is the next that
  // HelpUntil() runs. It may miss one.
  virtual bool EndsWithNext(const Completion&) noexcept { return false; }
  // Makes the threads in HelpUntil() check again whether anything is left that
  // may end their wait.
  virtual void WakeHelpers() noexcept = 0;
  // Called where no lock is held, after a task has been queued and between the
  // tasks of a lane: something else may run here first.
  virtual void Yield() noexcept {}

 protected:
  ~WaitHelper() = default;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_ENGINE_THREADS_H_
