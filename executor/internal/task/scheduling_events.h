// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Tells hooks and the sink what the engine does. While nobody wants an event,
// each point costs one relaxed load and a branch.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_SCHEDULING_EVENTS_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_SCHEDULING_EVENTS_H_

#include <cstdint>

#include "weft/executor/internal/task/job.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/internal/emit.h"
#include "weft/hooks/internal/signal.h"
#include "weft/hooks/internal/sink.h"
#include "weft/hooks/internal/wanted_events.h"
#include "weft/hooks/resource.h"
#include "weft/hooks/worker_id.h"

namespace weft::executor_internal {

class Completion;

using hooks_internal::BothBits;
using hooks_internal::ForkBits;

// The bits of those who want to know that a task is queued.
constexpr hooks_internal::EventBits EnqueueBits() noexcept {
  return BothBits(HookEvent::kEnqueue) |
         hooks_internal::SignalBit(hooks_internal::Signal::kEnqueueSample);
}

// Returns what of `wanted` is wanted of `job`.
inline hooks_internal::EventBits WantedOf(
    const Job& job, hooks_internal::EventBits wanted) noexcept {
  using hooks_internal::Signal;
  return hooks_internal::IsSample(job.resource().async_id())
             ? wanted
             : wanted & ~hooks_internal::SignalBit(Signal::kEnqueueSample);
}

// True if anyone wants init or enqueue events. One question for both.
inline bool IsQueueingWanted() noexcept {
  return hooks_internal::IsAnyWanted(BothBits(HookEvent::kInit) |
                                     EnqueueBits());
}
// The same of `job`, which may be no sample.
inline bool IsQueueingWanted(const Job& job) noexcept {
  const hooks_internal::EventBits wanted =
      hooks_internal::Wanted(BothBits(HookEvent::kInit) | EnqueueBits());
  return wanted != 0 && WantedOf(job, wanted) != 0;
}
// The same for a part of a fork.
inline bool IsForkQueueingWanted() noexcept {
  return hooks_internal::IsAnyWanted(ForkBits(HookEvent::kInit) |
                                     ForkBits(HookEvent::kEnqueue));
}

// True if a hook wants enqueue events.
inline bool IsEnqueueWanted() noexcept {
  return hooks_internal::IsWanted(HookEvent::kEnqueue);
}
// `executor` is the number of the engine; 0 for a part of a fork. `bits` as in
// emit.h.
inline void EmitEnqueue(
    const Job& job, std::uint64_t executor,
    hooks_internal::EventBits bits = EnqueueBits()) noexcept {
  if (hooks_internal::EventBits wanted = hooks_internal::Wanted(bits))
      [[unlikely]] {
    wanted = WantedOf(job, wanted);
    if (wanted != 0) {
      hooks_internal::CallEnqueue(wanted, job.resource(), executor);
    }
  }
}

// True if the calling thread is in a callback of a hook.
inline bool IsInHook() noexcept { return hooks_internal::IsInHook(); }

// The bits of those who want start events, or only want to know whose task it
// is that begins.
inline constexpr hooks_internal::EventBits kBeginBit =
    hooks_internal::SignalBit(hooks_internal::Signal::kBefore);
inline constexpr hooks_internal::EventBits kStartBits =
    BothBits(HookEvent::kStart) | kBeginBit;
inline bool IsStartWanted() noexcept {
  return hooks_internal::IsAnyWanted(kStartBits);
}
// `worker()` says which; it is called only if someone wants to know. `executor`
// as in EmitEnqueue().
template <typename Worker>
[[gnu::always_inline]] inline void EmitStart(
    const Job& job, std::uint64_t executor, Worker worker,
    hooks_internal::EventBits bits = kStartBits) noexcept {
  if (const hooks_internal::EventBits wanted = hooks_internal::Wanted(bits))
      [[unlikely]] {
    if (!job.is_pump()) {
      hooks_internal::CallStart(wanted, job.resource(), worker(),
                                job.is_task() ? executor : 0);
    }
  }
}
// The same for a task: calls `emit()`, unless all that is wanted is whose it
// is.
template <typename Emit>
[[gnu::always_inline]] inline void EmitTaskStart(std::uint64_t executor,
                                                 Emit emit) noexcept {
  if (!IsStartWanted()) [[likely]]
    return;
  if (hooks_internal::IsAnyWanted(kStartBits & ~kBeginBit)) return emit();
  hooks_internal::starts_for = executor;
}

// Emits kWorkerStart or kWorkerStop; the others are ParkScope's.
template <typename Worker>
void EmitWorkerEvent(HookEvent event, Worker worker) noexcept {
  if (const hooks_internal::EventBits wanted =
          hooks_internal::Wanted(BothBits(event))) [[unlikely]] {
    hooks_internal::CallWorker(wanted, event, worker());
  }
}

// Tells that `worker` sleeps: emits kPark at its begin, and kUnpark at its end.
// Hooks may use all of Weft, so both must come where the worker may, too.
class [[nodiscard]] ParkScope {
 public:
  explicit ParkScope(WorkerId worker) noexcept : worker_(worker) {
    EmitWorkerEvent(HookEvent::kPark, [this] { return worker_; });
  }
  ParkScope(const ParkScope&) = delete;
  ParkScope& operator=(const ParkScope&) = delete;
  ~ParkScope() {
    EmitWorkerEvent(HookEvent::kUnpark, [this] { return worker_; });
  }

 private:
  const WorkerId worker_;
};

// `worker` has taken `job` from `victim`.
inline void EmitSteal(const Job& job, WorkerId victim,
                      WorkerId worker) noexcept {
  if (job.is_pump()) return;
  const hooks_internal::EventBits wanted =
      hooks_internal::Wanted(BothBits(HookEvent::kSteal));
  if (wanted != 0) {
    hooks_internal::CallSteal(wanted, job.resource(), victim, worker);
  }
}
inline bool IsStealWanted() noexcept {
  return hooks_internal::IsAnyWanted(BothBits(HookEvent::kSteal));
}

// A worker finds nothing to run.
template <typename Worker>
void EmitSearch(Worker worker) noexcept {
  using hooks_internal::Signal;
  if (hooks_internal::IsAnyWanted(hooks_internal::SignalBit(Signal::kSearch)))
      [[unlikely]] {
    hooks_internal::TellSink({Signal::kSearch, nullptr, worker()});
  }
}

// A task ends unrun.
inline void EmitDrop(const Job& job, hooks_internal::DropReason reason,
                     std::uint64_t executor) noexcept {
  hooks_internal::EmitSignal(hooks_internal::Signal::kDrop, &job.resource(),
                             {executor, -1},
                             static_cast<std::uint64_t>(reason));
}

// The running resource is about to wait asleep for `what`, which may be null,
// and has done so.
inline void EmitWait(const Resource& resource,
                     const Completion* what) noexcept {
  hooks_internal::EmitSignal(hooks_internal::Signal::kWait, &resource,
                             hooks_internal::kNoWorker,
                             reinterpret_cast<std::uintptr_t>(what));
}
inline void EmitWaitEnd(const Resource& resource) noexcept {
  hooks_internal::EmitSignal(hooks_internal::Signal::kWaitEnd, &resource);
}

// True if anyone wants to know that a coroutine awaits a future.
inline bool IsAwaitWanted() noexcept {
  return hooks_internal::IsAnyWanted(
      hooks_internal::SignalBit(hooks_internal::Signal::kAwait));
}
// The coroutine, which is suspended, is about to await the future of that id.
inline void EmitAwait(const Resource& resource, AsyncId future) noexcept {
  hooks_internal::TellSink({hooks_internal::Signal::kAwait, &resource,
                            hooks_internal::kNoWorker, future});
}

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_SCHEDULING_EVENTS_H_
