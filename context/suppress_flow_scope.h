// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// context/suppress_flow_scope.h
// -----------------------------------------------------------------------------
//
// `SuppressFlowScope` keeps the context from work that is submitted until its
// end. It is for work that a request happens to start but that is not the
// request's.
//
// Example:
//
//   if (!refresher_started) {
//     const weft::SuppressFlowScope detached;
//     executor.Post([&cache] { cache.RefreshForEver(); });
//   }
//
// Node counterpart: none. .NET counterpart: `ExecutionContext.SuppressFlow()`.

#ifndef WEFT_CONTEXT_SUPPRESS_FLOW_SCOPE_H_
#define WEFT_CONTEXT_SUPPRESS_FLOW_SCOPE_H_

#include <optional>

#include "weft/context/internal/bound_store.h"
#include "weft/context/internal/inherit.h"

namespace weft {

// SuppressFlowScope
//
// A scope in which new work, in the sense of `Inheritance` (inheritance.h),
// inherits nothing: no store, not even of scopes inside this one, no deadline
// and no cancellation. The work keeps no store alive. The calling flow reads
// its own stores as before. Ids are not context: the submitter is still the
// trigger.
//
// Parts of a fork run in the caller's context, this scope included; so does
// code that runs in a `ContextSnapshot` that was taken inside.
//
// Thread-safety, cost and errors: those of a `StorageScope` (storage_scope.h).
class [[nodiscard]] SuppressFlowScope {
 public:
  // Throws std::bad_alloc, with nothing changed.
  SuppressFlowScope()
      : store_(context_internal::SuppressionSlot(), std::optional<char>()),
        scope_(store_) {}
  SuppressFlowScope(const SuppressFlowScope&) = delete;
  SuppressFlowScope& operator=(const SuppressFlowScope&) = delete;

 private:
  context_internal::BoundStore store_;
  const context_internal::BoundStoreScope scope_;
};

}  // namespace weft

#endif  // WEFT_CONTEXT_SUPPRESS_FLOW_SCOPE_H_
