// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The engine of `ManualExecutor`: tasks run when, and where, the program asks.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINES_MANUAL_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINES_MANUAL_ENGINE_H_

#include <chrono>
#include <cstddef>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/sync/waiter.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/engine_threads.h"
#include "weft/executor/internal/task/task_queue.h"
#include "weft/executor/internal/timer/timer_queue.h"

namespace weft::executor_internal {

// Timers on a clock that the program sets. It begins at the time of the steady
// clock.
//
// Thread-safe.
class ManualTimers final : public TimerQueue {
 public:
  ManualTimers() noexcept : TimerQueue(own_mutex_) {}

  void Leave() noexcept override {}

  Clock::time_point now() noexcept override ABSL_LOCKS_EXCLUDED(mutex());
  // Takes out the next timer if it is due by `until`, and sets the clock to its
  // time, unless that is past. If there is none, sets the clock to `until`, and
  // returns null.
  TimerEntry* Advance(Clock::time_point until) noexcept
      ABSL_LOCKS_EXCLUDED(mutex());

  using TimerQueue::Queue;

 private:
  void OnEarlier() noexcept override {}

  base::Mutex own_mutex_;
  Clock::time_point now_ ABSL_GUARDED_BY(mutex()) = Clock::now();
};

// Thread-safe, but only one thread at a time may run tasks.
class ManualEngine final : public Engine,
                           private EngineThreads,
                           private WaitHelper {
 public:
  // Throws std::invalid_argument for an option out of its range.
  explicit ManualEngine(const ExecutorOptions& options)
      : Engine(options, *this, Forks::kInline, this, &timers_) {}

  // Runs the oldest task; false if there is none.
  bool RunOne() ABSL_LOCKS_EXCLUDED(mutex_);
  std::size_t queued() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Runs tasks until there is none; returns how many.
  std::size_t RunAll() ABSL_LOCKS_EXCLUDED(mutex_);
  // See ManualExecutor::AdvanceBy().
  std::size_t AdvanceBy(std::chrono::steady_clock::duration time)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Stall(std::chrono::steady_clock::duration time)
      ABSL_LOCKS_EXCLUDED(mutex_);

  void QueueFork(Job& job) noexcept override ABSL_LOCKS_EXCLUDED(mutex_);
  QueuedTasks CountQueued() const noexcept override
      ABSL_LOCKS_EXCLUDED(mutex_) {
    return {.submitted = queued()};
  }

 private:
  void Reserve() override {}
  Accepted Accept(QueuePosition) noexcept override {
    return Enter(CallerHere()) ? Accepted::kToQueue : Accepted::kNo;
  }
  void Push(QueuedTask& task, QueuePosition position) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::size_t DropQueued() noexcept override ABSL_LOCKS_EXCLUDED(mutex_);
  void WaitUntilLeft() noexcept override {}

  // The thread that runs a task stands for its one worker.
  int worker() const noexcept override { return 0; }
  int concurrency() const noexcept override { return 1; }
  bool CanGoOn() const noexcept override { return true; }
  void Reconsider() noexcept override {}
  ThreadStats stats() const noexcept override { return {}; }
  [[noreturn]] void ThrowWaitLimit() const override;
  // If nothing is left that could run it throws DeadlockError, or, if there is
  // a deadline, returns false.
  bool HelpUntil(Completion& completion, Engine& awaited, WaitKind kind,
                 const base::WaitDeadline& deadline) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  bool EndsWithNext(const Completion& completion) noexcept override
      ABSL_LOCKS_EXCLUDED(mutex_);
  void WakeHelpers() noexcept override ABSL_LOCKS_EXCLUDED(mutex_);

  bool RunUntil(Completion& completion, Engine& awaited,
                const base::WaitDeadline& deadline) ABSL_LOCKS_EXCLUDED(mutex_);
  // Gives the running task back what is left of the tasks that were deferred
  // before its wait has ended: they come before those that it defers next.
  void TakeBackDeferred() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  void WakeSleepers() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes the job whose turn it is; null if there is none.
  Job* Take() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True if nothing is left that may end a wait for `completion`, of tasks of
  // `awaited`. Then it unlists `for_change`, which was listed when nothing was
  // queued.
  bool IsStuck(const Completion& completion, Engine& awaited,
               base::Waiter& for_change) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns the time of the clock after `time`; throws std::invalid_argument,
  // naming `function`, if that is negative.
  std::chrono::steady_clock::time_point After(
      std::chrono::steady_clock::duration time, const char* function) const;

  ManualTimers timers_;
  mutable base::Mutex mutex_;
  JobQueue queue_ ABSL_GUARDED_BY(mutex_);
  // Tasks that were deferred where no task was running, as the main program
  // counts as the running task; and during a wait those of the task that waits.
  // A task with a queue of its own begins only when this is empty, so all of
  // them belong to one task, or to the main program, and to other threads.
  TaskQueue first_ ABSL_GUARDED_BY(mutex_);
  base::WaiterList sleepers_
      ABSL_GUARDED_BY(mutex_);  // since nothing has changed
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINES_MANUAL_ENGINE_H_
