// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Event points: what the runtime calls when something happens to a resource.
// With no hook that wants the kind, one relaxed load and a branch; all the rest
// is out of line.

#ifndef WEFT_HOOKS_INTERNAL_EMIT_H_
#define WEFT_HOOKS_INTERNAL_EMIT_H_

#include "weft/hooks/async_id.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/internal/wanted_events.h"
#include "weft/hooks/resource.h"

namespace weft::hooks_internal {

// Call the enabled hooks, each for one event.
void CallInitHooks(Resource& resource) noexcept;
void CallHooks(HookEvent event, AsyncId async_id) noexcept;
// In no context, after any destroy callback that is running on this thread.
void CallDestroyHooks(AsyncId async_id) noexcept;

// `resource` must be whole: hooks may look at it and attach state to it.
inline void EmitInit(Resource& resource) noexcept {
  if (IsWanted(HookEvent::kInit)) [[unlikely]]
    CallInitHooks(resource);
}

inline void EmitBefore(AsyncId async_id) noexcept {
  if (IsWanted(HookEvent::kBefore)) [[unlikely]] {
    CallHooks(HookEvent::kBefore, async_id);
  }
}

inline void EmitAfter(AsyncId async_id) noexcept {
  if (IsWanted(HookEvent::kAfter)) [[unlikely]] {
    CallHooks(HookEvent::kAfter, async_id);
  }
}

inline void EmitPromiseResolve(AsyncId async_id) noexcept {
  if (IsWanted(HookEvent::kPromiseResolve)) [[unlikely]] {
    CallHooks(HookEvent::kPromiseResolve, async_id);
  }
}

inline void EmitDestroy(AsyncId async_id) noexcept {
  if (IsWanted(HookEvent::kDestroy)) [[unlikely]]
    CallDestroyHooks(async_id);
}

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_EMIT_H_
