// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/default_trigger_scope.h
// -----------------------------------------------------------------------------
//
// `DefaultTriggerScope` is for authors of libraries. A resource that is made
// inside is reported as caused by the resource that the scope names, and not by
// the one that happens to run.
//
// Example:
//
//   void Connection::OnReadable() {
//     // Not the poller's doing, but this connection's.
//     const weft::DefaultTriggerScope scope(resource_.async_id());
//     executor_.Post([this] { Parse(); });
//   }
//
// Node counterpart: the internal `defaultTriggerAsyncIdScope()`.

#ifndef WEFT_HOOKS_DEFAULT_TRIGGER_SCOPE_H_
#define WEFT_HOOKS_DEFAULT_TRIGGER_SCOPE_H_

#include <utility>

#include "weft/hooks/async_id.h"
#include "weft/hooks/internal/causes.h"
#include "weft/hooks/internal/execution_state.h"
#include "weft/hooks/resource.h"

namespace weft {

// DefaultTriggerScope
//
// A scope in which resources that the running one makes have `trigger_async_id`
// as their trigger, unless they are given another. It does not affect the code
// that those resources run.
//
// Thread-safety: owner-only; scopes nest, innermost ends first.
class [[nodiscard]] DefaultTriggerScope {
 public:
  // Takes any id. The id 0 is the same as no scope.
  explicit DefaultTriggerScope(AsyncId trigger_async_id) noexcept
      : override_{Resource({}, trigger_async_id, kNoAsyncId),
                  hooks_internal::CurrentResource()},
        outer_(std::exchange(
            hooks_internal::execution_state,
            trigger_async_id == kNoAsyncId
                ? hooks_internal::ExecutionState(override_.running)
                : hooks_internal::ExecutionState(override_))) {
    if (hooks_internal::CausesAreKept()) [[unlikely]] {
      hooks_internal::PassCause(override_.running, override_.trigger);
    }
  }
  DefaultTriggerScope(const DefaultTriggerScope&) = delete;
  DefaultTriggerScope& operator=(const DefaultTriggerScope&) = delete;
  ~DefaultTriggerScope() { hooks_internal::execution_state = outer_; }

 private:
  const hooks_internal::TriggerOverride override_;
  const hooks_internal::ExecutionState outer_;
};

}  // namespace weft

#endif  // WEFT_HOOKS_DEFAULT_TRIGGER_SCOPE_H_
