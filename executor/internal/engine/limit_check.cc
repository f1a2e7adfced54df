// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/engine/limit_check.h"

#include "weft/context/cancellation.h"
#include "weft/context/duration.h"
#include "weft/executor/internal/task/scheduling_events.h"

namespace weft::executor_internal {

EndedBy LimitCheck::Reached(
    const context_internal::Limits& limits) const noexcept {
  if (limits.cancellation != nullptr && limits.cancellation->is_cancelled()) {
    return EndedBy::kCancellation;
  }
  if (limits.deadline != nullptr && *limits.deadline <= timers_.now()) {
    return EndedBy::kDeadline;
  }
  return EndedBy::kNothing;
}

std::exception_ptr LimitCheck::Error(
    EndedBy what, const Resource& task, Progress progress,
    const context_internal::Limits& limits) const noexcept {
  return what == EndedBy::kCancellation
             ? CancelledErrorOf(task, progress)
             : DeadlineErrorOf(
                   task, progress,
                   context_internal::Between(*limits.deadline, timers_.now()));
}

bool LimitCheck::DropAtLimit(QueuedTask& task,
                             const context_internal::Limits& limits) noexcept {
  const EndedBy what = Reached(limits);
  if (what == EndedBy::kNothing) return false;
  // relaxed: numbers for statistics.
  (what == EndedBy::kCancellation ? cancelled_ : expired_)
      .fetch_add(1, std::memory_order_relaxed);
  EmitDrop(task,
           what == EndedBy::kCancellation
               ? hooks_internal::DropReason::kCancelled
               : hooks_internal::DropReason::kExpired,
           executor_);
  task.Discard(what == EndedBy::kCancellation
                   ? nullptr
                   : Error(what, task.resource(), Progress::kNone, limits));
  return true;
}

}  // namespace weft::executor_internal
