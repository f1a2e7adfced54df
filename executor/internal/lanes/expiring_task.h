// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The tasks that `BoundedExecutor` has besides those of `Executor`: tasks that
// may be rejected without an exception, and tasks with a deadline.

#ifndef WEFT_EXECUTOR_INTERNAL_LANES_EXPIRING_TASK_H_
#define WEFT_EXECUTOR_INTERNAL_LANES_EXPIRING_TASK_H_

#include <chrono>
#include <exception>
#include <source_location>
#include <utility>

#include "weft/base/steady_now.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/hooks/providers.h"

namespace weft::executor_internal {

using TimePoint = std::chrono::steady_clock::time_point;

// Submits `task` to the engine of a bounded executor. Returns false, and
// nothing has been made or will run, if there is no place for it; if it
// `may_wait` the executor does what it does when it is full, until `deadline`,
// if not null.
bool TrySubmit(Engine& engine, TaskPtr task, bool may_wait,
               const TimePoint* deadline);
// Counts an accepted task that has not run in time.
void CountExpired(Engine& engine) noexcept;

// A task that nobody waits for, and that does not run after its deadline.
template <typename Fn>
class ExpiringTask final : public FunctionTask<ExpiringTask<Fn>> {
 public:
  template <typename F>
  ExpiringTask(Engine& engine, TimePoint deadline, F&& fn,
               std::source_location where)
      : ExpiringTask::FunctionTask(Job::Form::kTask, Provider::kTask,
                                   TaskOrigin::Hold::kCached, where),
        engine_(engine),
        deadline_(deadline),
        function_(std::forward<F>(fn)) {}

 private:
  friend FunctionTask<ExpiringTask>;

  bool Begin() noexcept {
    expired_ = base::SteadyNow() >= deadline_;
    return !expired_;
  }
  void Call() { static_cast<void>(function_.Call()); }
  void DropFunction() noexcept { function_.Drop(); }
  void Fail(std::exception_ptr exception, Engine& engine) noexcept {
    HandleUnhandled(engine, std::move(exception));
  }
  void Refuse(const std::exception_ptr&) noexcept {
    if (expired_) CountExpired(engine_);
  }
  void Dispose() noexcept override { delete this; }

  Engine& engine_;  // lives while the task is pending
  const TimePoint deadline_;
  bool expired_ = false;
  TaskFunction<Fn> function_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_LANES_EXPIRING_TASK_H_
