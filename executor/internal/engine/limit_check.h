// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The limits of tasks, on the clock of their engine: the cancellation and the
// deadline of the flow that a task belongs to.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_LIMIT_CHECK_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_LIMIT_CHECK_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>

#include "weft/executor/executor_stats.h"
#include "weft/executor/internal/engine/engine_timers.h"
#include "weft/executor/internal/task/limit_error.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/task/task_scope.h"

namespace weft::executor_internal {

// Thread-safe.
class LimitCheck {
 public:
  // `executor` is the number of the engine.
  LimitCheck(const EngineTimers& timers, std::uint64_t executor) noexcept
      : timers_(timers), executor_(executor) {}

  // Returns which of `limits` has been reached.
  EndedBy Reached(const context_internal::Limits& limits) const noexcept;
  // Returns the error for a task that `what` has ended, if that is not nothing.
  std::exception_ptr Error(
      EndedBy what, const Resource& task, Progress progress,
      const context_internal::Limits& limits) const noexcept;

  // Ends `task` unrun if one of its limits has been reached; else returns
  // false, as it does unless LimitsAreUsed().
  bool Drop(QueuedTask& task) noexcept {
    const context_internal::Limits limits = task.limits();
    return limits.any() && DropAtLimit(task, limits);
  }
  // Counts one more task that has ended unrun for another reason.
  void CountRefused() noexcept {
    // relaxed: a number for statistics.
    refused_.fetch_add(1, std::memory_order_relaxed);
  }
  // Counts one more that has ended unrun as its own deadline had passed.
  void CountExpired() noexcept {
    // relaxed: a number for statistics.
    expired_.fetch_add(1, std::memory_order_relaxed);
  }
  // Counts the tasks that Drop() has ended, and those.
  DroppedTasks dropped() const noexcept {
    // relaxed: numbers for statistics.
    return {cancelled_.load(std::memory_order_relaxed),
            expired_.load(std::memory_order_relaxed),
            refused_.load(std::memory_order_relaxed)};
  }

 private:
  bool DropAtLimit(QueuedTask& task,
                   const context_internal::Limits& limits) noexcept;

  const EngineTimers& timers_;
  const std::uint64_t executor_;
  std::atomic<std::size_t> cancelled_{0};
  std::atomic<std::size_t> expired_{0};
  std::atomic<std::size_t> refused_{0};
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_LIMIT_CHECK_H_
