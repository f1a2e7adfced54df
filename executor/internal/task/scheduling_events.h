// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Tells hooks what the engine does. While no hook wants an event, each point
// costs one relaxed load and a branch.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_SCHEDULING_EVENTS_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_SCHEDULING_EVENTS_H_

#include "weft/executor/internal/task/job.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/internal/emit.h"
#include "weft/hooks/internal/wanted_events.h"
#include "weft/hooks/worker_id.h"

namespace weft::executor_internal {

// True if a hook wants init or enqueue events. One question for both.
inline bool IsQueueingWanted() noexcept {
  using hooks_internal::EventBit;
  return hooks_internal::IsAnyWanted(EventBit(HookEvent::kInit) |
                                     EventBit(HookEvent::kEnqueue));
}

inline bool IsEnqueueWanted() noexcept {
  return hooks_internal::IsWanted(HookEvent::kEnqueue);
}
inline void EmitEnqueue(const Job& job) noexcept {
  if (IsEnqueueWanted()) [[unlikely]] {
    hooks_internal::CallEnqueueHooks(job.resource());
  }
}

// True if the calling thread is in a callback of a hook.
inline bool IsInHook() noexcept { return hooks_internal::IsInHook(); }

// `worker()` says which; it is called only if a hook wants to know.
template <typename Worker>
[[gnu::always_inline]] inline void EmitStart(const Job& job,
                                             Worker worker) noexcept {
  if (hooks_internal::IsWanted(HookEvent::kStart)) [[unlikely]] {
    if (!job.is_pump())
      hooks_internal::CallStartHooks(job.resource(), worker());
  }
}

// Emits kWorkerStart, kWorkerStop, kPark or kUnpark.
template <typename Worker>
void EmitWorkerEvent(HookEvent event, Worker worker) noexcept {
  if (hooks_internal::IsWanted(event)) [[unlikely]] {
    hooks_internal::CallWorkerHooks(event, worker());
  }
}

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_SCHEDULING_EVENTS_H_
