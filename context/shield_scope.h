// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// context/shield_scope.h
// -----------------------------------------------------------------------------
//
// `ShieldScope` takes deadline and cancellation away until its end. It is for
// work that must be done though its flow is cancelled or late.
//
// Example:
//
//   const weft::ShieldScope shield;
//   executor.Post([connection] { connection->Rollback(); });
//
// Node counterpart: none.

#ifndef WEFT_CONTEXT_SHIELD_SCOPE_H_
#define WEFT_CONTEXT_SHIELD_SCOPE_H_

#include <chrono>
#include <optional>

#include "weft/context/cancellation.h"
#include "weft/context/internal/bound_store.h"
#include "weft/context/internal/limits.h"

namespace weft {

// ShieldScope
//
// A scope in which submitted work inherits neither deadline nor cancellation
// from outside. It does inherit those of scopes inside, and all other context
// as usual.
//
// Thread-safety, cost and errors: those of two `StorageScope`s
// (storage_scope.h).
class [[nodiscard]] ShieldScope {
 public:
  // Throws std::bad_alloc, with nothing changed.
  ShieldScope()
      : deadline_(context_internal::UseLimits().deadline,
                  std::optional<std::chrono::steady_clock::time_point>()),
        deadline_scope_(deadline_),
        cancellation_(context_internal::UseLimits().cancellation, NoToken()),
        cancellation_scope_(cancellation_) {}
  ShieldScope(const ShieldScope&) = delete;
  ShieldScope& operator=(const ShieldScope&) = delete;

 private:
  // Not inlined: g++ 12 with -O2 warns that the token which is not there is
  // used uninitialized, in whatever file has the scope.
  [[gnu::noinline]] static std::optional<CancellationToken> NoToken() noexcept {
    return std::nullopt;
  }

  context_internal::BoundStore deadline_;
  const context_internal::BoundStoreScope deadline_scope_;
  context_internal::BoundStore cancellation_;
  const context_internal::BoundStoreScope cancellation_scope_;
};

}  // namespace weft

#endif  // WEFT_CONTEXT_SHIELD_SCOPE_H_
