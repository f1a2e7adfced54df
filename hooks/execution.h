// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/execution.h
// -----------------------------------------------------------------------------
//
// These functions tell what is running on the calling thread. Each takes a
// nanosecond or so, and may be called from anywhere, hook callbacks included.
//
// Example:
//
//   executor.Post([] {
//     Log("task ", weft::ExecutionAsyncId(), " caused by ",
//         weft::TriggerAsyncId());
//   });
//
// Outside of any resource a thread has a root. Its id is 1 on the main thread;
// on others it is made at first use. Its trigger id is 0. Roots cause no
// events.

#ifndef WEFT_HOOKS_EXECUTION_H_
#define WEFT_HOOKS_EXECUTION_H_

#include "weft/hooks/async_id.h"
#include "weft/hooks/internal/execution_state.h"
#include "weft/hooks/resource.h"

namespace weft {

// Returns the id of the running resource: in an init callback its creator's, in
// before and after its own, in destroy 0.
//
// Node counterpart: `executionAsyncId()`.
inline AsyncId ExecutionAsyncId() noexcept {
  return hooks_internal::CurrentResource().async_id();
}

// Returns the id of the resource that caused the running one.
//
// Node counterpart: `triggerAsyncId()`.
inline AsyncId TriggerAsyncId() noexcept {
  return hooks_internal::CurrentResource().trigger_async_id();
}

// Returns the running resource, the object that its init callback was given.
// The reference is good while the resource runs. Where the execution id is 0 it
// is a shared object to which nothing can be attached.
//
// Node counterpart: `executionAsyncResource()`.
inline Resource& ExecutionAsyncResource() noexcept {
  return hooks_internal::CurrentResource();
}

}  // namespace weft

#endif  // WEFT_HOOKS_EXECUTION_H_
