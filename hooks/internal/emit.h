// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The event points: the runtime calls them when something happens to a
// resource. While no hook wants the kind, a call costs one relaxed load and a
// branch; all the rest is out of line.

#ifndef WEFT_HOOKS_INTERNAL_EMIT_H_
#define WEFT_HOOKS_INTERNAL_EMIT_H_

#include "weft/hooks/hook_event.h"
#include "weft/hooks/internal/wanted_events.h"
#include "weft/hooks/resource.h"
#include "weft/hooks/worker_id.h"

namespace weft::hooks_internal {

// Each calls the enabled hooks for one event.
void CallInitHooks(Resource& resource) noexcept;
void CallBeforeHooks(const Resource& resource) noexcept;
void CallAfterHooks(const Resource& resource) noexcept;
void CallPromiseResolveHooks(const Resource& resource) noexcept;
void CallEnqueueHooks(const Resource& resource) noexcept;
void CallStartHooks(const Resource& resource, WorkerId worker) noexcept;
void CallStealHooks(const Resource& resource, WorkerId from,
                    WorkerId to) noexcept;
// Calls them for kWorkerStart, kWorkerStop, kPark or kUnpark.
void CallWorkerHooks(HookEvent event, WorkerId worker) noexcept;
// Calls them in no context, after any destroy callback that is running on this
// thread. An event that has to wait for that takes along what is attached to
// the resource; a resource that lives on is const here, and keeps it.
void CallDestroyHooks(Resource& resource) noexcept;
void CallDestroyHooks(const Resource& resource) noexcept;

// True if the calling thread is in a callback.
bool IsInHook() noexcept;

// `resource` must be complete: hooks may look at it and attach state to it.
inline void EmitInit(Resource& resource) noexcept {
  if (IsWanted(HookEvent::kInit)) [[unlikely]]
    CallInitHooks(resource);
}

inline void EmitBefore(const Resource& resource) noexcept {
  if (IsWanted(HookEvent::kBefore)) [[unlikely]]
    CallBeforeHooks(resource);
}

inline void EmitAfter(const Resource& resource) noexcept {
  if (IsWanted(HookEvent::kAfter)) [[unlikely]]
    CallAfterHooks(resource);
}

inline void EmitPromiseResolve(const Resource& resource) noexcept {
  if (IsWanted(HookEvent::kPromiseResolve)) [[unlikely]] {
    CallPromiseResolveHooks(resource);
  }
}

inline void EmitDestroy(Resource& resource) noexcept {
  if (IsWanted(HookEvent::kDestroy)) [[unlikely]]
    CallDestroyHooks(resource);
}
inline void EmitDestroy(const Resource& resource) noexcept {
  if (IsWanted(HookEvent::kDestroy)) [[unlikely]]
    CallDestroyHooks(resource);
}

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_EMIT_H_
