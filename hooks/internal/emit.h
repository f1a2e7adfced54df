// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The event points: the runtime calls them when something happens to a
// resource. While neither a hook nor the sink wants the kind, a call costs one
// relaxed load and a branch; all the rest is out of line.

#ifndef WEFT_HOOKS_INTERNAL_EMIT_H_
#define WEFT_HOOKS_INTERNAL_EMIT_H_

#include <cstdint>

#include "weft/hooks/hook_event.h"
#include "weft/hooks/internal/signal.h"
#include "weft/hooks/internal/sink.h"
#include "weft/hooks/internal/wanted_events.h"
#include "weft/hooks/resource.h"
#include "weft/hooks/worker_id.h"

namespace weft::hooks_internal {

// Each tells the sink, and calls the enabled hooks, for one event: `wanted` is
// what Wanted() has returned for the bits of both.
// For `frame` and `detail` see Told.
void CallInit(EventBits wanted, Resource& resource,
              const context_internal::Frame* frame = nullptr,
              std::uint64_t detail = 0) noexcept;
void CallBefore(EventBits wanted, const Resource& resource) noexcept;
void CallAfter(EventBits wanted, const Resource& resource) noexcept;
void CallPromiseResolve(EventBits wanted, const Resource& resource) noexcept;
// `executor` is 0 for a part of a fork.
void CallEnqueue(EventBits wanted, const Resource& resource,
                 std::uint64_t executor) noexcept;
// `wanted` may also have the bit of the sink's kBefore, which is told whose
// task begins.
void CallStart(EventBits wanted, const Resource& resource, WorkerId worker,
               std::uint64_t executor) noexcept;
void CallSteal(EventBits wanted, const Resource& resource, WorkerId from,
               WorkerId to) noexcept;
// For kWorkerStart, kWorkerStop, kPark or kUnpark.
void CallWorker(EventBits wanted, HookEvent event, WorkerId worker) noexcept;
// Calls hooks in no context, after any destroy callback that is running on this
// thread. An event that has to wait for that takes along what is attached to
// the resource; a resource that lives on is const here, and keeps it.
void CallDestroy(EventBits wanted, Resource& resource) noexcept;
void CallDestroy(EventBits wanted, const Resource& resource) noexcept;

// True if the calling thread is in a callback.
bool IsInHook() noexcept;

// The bits of an event of a part of a fork that is not stolen: the sink has
// signals of its own for these, or none.
constexpr EventBits ForkBits(HookEvent event) noexcept {
  switch (event) {
    case HookEvent::kInit:
      return EventBit(event) | SignalBit(Signal::kForkInit);
    case HookEvent::kBefore:
      return EventBit(event) | SignalBit(Signal::kForkBefore);
    case HookEvent::kAfter:
      return EventBit(event) | SignalBit(Signal::kForkAfter);
    default:
      return EventBit(event);
  }
}

// `bits` are BothBits() or ForkBits().

// `resource` must be complete: hooks may look at it and attach state to it.
[[gnu::always_inline]] inline void EmitInit(
    Resource& resource, EventBits bits = BothBits(HookEvent::kInit)) noexcept {
  if (const EventBits wanted = Wanted(bits)) [[unlikely]] {
    CallInit(wanted, resource);
  }
}

// The same for one that keeps `frame`, which may be null.
[[gnu::always_inline]] inline void EmitInit(
    Resource& resource, const context_internal::Frame* frame) noexcept {
  if (const EventBits wanted = Wanted(BothBits(HookEvent::kInit)))
      [[unlikely]] {
    CallInit(wanted, resource, frame);
  }
}

[[gnu::always_inline]] inline void EmitBefore(
    const Resource& resource,
    EventBits bits = BothBits(HookEvent::kBefore)) noexcept {
  if (const EventBits wanted = Wanted(bits)) [[unlikely]] {
    CallBefore(wanted, resource);
  }
}

[[gnu::always_inline]] inline void EmitAfter(
    const Resource& resource,
    EventBits bits = BothBits(HookEvent::kAfter)) noexcept {
  if (const EventBits wanted = Wanted(bits)) [[unlikely]] {
    CallAfter(wanted, resource);
  }
}

inline void EmitPromiseResolve(const Resource& resource) noexcept {
  if (const EventBits wanted = Wanted(BothBits(HookEvent::kPromiseResolve)))
      [[unlikely]] {
    CallPromiseResolve(wanted, resource);
  }
}

[[gnu::always_inline]] inline void EmitDestroy(
    Resource& resource,
    EventBits bits = BothBits(HookEvent::kDestroy)) noexcept {
  if (const EventBits wanted = Wanted(bits)) [[unlikely]] {
    CallDestroy(wanted, resource);
  }
}
inline void EmitDestroy(const Resource& resource) noexcept {
  if (const EventBits wanted = Wanted(BothBits(HookEvent::kDestroy)))
      [[unlikely]] {
    CallDestroy(wanted, resource);
  }
}

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_EMIT_H_
