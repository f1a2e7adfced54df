// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The engine of `ManualExecutor`: tasks run when, and where, they are asked to.

#ifndef WEFT_EXECUTOR_INTERNAL_MANUAL_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_MANUAL_ENGINE_H_

#include <cstddef>

#include "absl/base/thread_annotations.h"
#include "weft/context/internal/mutex.h"
#include "weft/executor/internal/engine.h"
#include "weft/executor/internal/task_queue.h"
#include "weft/executor/internal/waiter.h"

namespace weft::executor_internal {

// Thread-safe, but that one thread at a time may run tasks.
class ManualEngine final : public Engine {
 public:
  // Throws std::invalid_argument for an option out of its range.
  explicit ManualEngine(const ExecutorOptions& options) : Engine(options) {}

  // Runs the oldest task; false if there is none.
  bool RunOne() ABSL_LOCKS_EXCLUDED(mutex_);
  std::size_t queued() ABSL_LOCKS_EXCLUDED(mutex_);

  // If nothing is left that could run it throws DeadlockError, or, if there is
  // a deadline, returns.
  void HelpUntil(Completion& completion, Awaited whose, WaitHelps helps,
                 WaitKind kind, const WaitDeadline& deadline) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  Engine* outside_helper() noexcept override { return this; }
  int worker() const noexcept override { return 0; }
  int concurrency() const noexcept override { return 1; }

 private:
  void QueueFork(Job&) noexcept override {}  // has no workers to run it
  bool EnsureThread() noexcept override { return true; }
  bool Accept() noexcept override { return accepted().Enter(1, CallerHere()); }
  void Ended() noexcept override ABSL_LOCKS_EXCLUDED(mutex_);
  void Push(Task& task, Turn turn) override ABSL_LOCKS_EXCLUDED(mutex_);
  std::size_t DropQueued() noexcept override ABSL_LOCKS_EXCLUDED(mutex_);
  void WaitUntilLeft() noexcept override {}

  // The task whose turn it is; of those that `completion` waits for, if it is
  // not null. Null if there is none.
  Task* Take(const Completion* completion)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void RunHere(Task& task) noexcept;

  context_internal::Mutex mutex_;
  TaskQueue queue_ ABSL_GUARDED_BY(mutex_);
  // Deferred where no task was running: the main program is the running task.
  TaskQueue first_ ABSL_GUARDED_BY(mutex_);
  WaiterList sleepers_ ABSL_GUARDED_BY(mutex_);  // threads that could help
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_MANUAL_ENGINE_H_
