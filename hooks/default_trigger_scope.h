// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/default_trigger_scope.h
// -----------------------------------------------------------------------------
//
// `DefaultTriggerScope` is for authors of libraries: what is made inside is
// reported as caused by the resource it names, where that is not the one that
// happens to run.
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
#include "weft/hooks/internal/execution_state.h"

namespace weft {

// DefaultTriggerScope
//
// Until its end, resources made by the running one have `trigger_async_id` as
// their trigger unless they are given another. What they run is not concerned.
//
// Thread-safety: owner-only; scopes nest, innermost ends first.
class [[nodiscard]] DefaultTriggerScope {
 public:
  // Any id but 0, which is the same as no scope.
  explicit DefaultTriggerScope(AsyncId trigger_async_id) noexcept
      : outer_(std::exchange(hooks_internal::execution_state.default_trigger,
                             trigger_async_id)) {}
  DefaultTriggerScope(const DefaultTriggerScope&) = delete;
  DefaultTriggerScope& operator=(const DefaultTriggerScope&) = delete;
  ~DefaultTriggerScope() {
    hooks_internal::execution_state.default_trigger = outer_;
  }

 private:
  const AsyncId outer_;
};

}  // namespace weft

#endif  // WEFT_HOOKS_DEFAULT_TRIGGER_SCOPE_H_
