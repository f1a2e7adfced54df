// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// context/cancellation.h
// -----------------------------------------------------------------------------
//
// A `CancellationScope` makes a flow of work one that can be cancelled. All
// that is submitted in it inherits that, on whatever thread; a task that is
// cancelled while it is queued does not run (executor/errors.h,
// CancelledError); one that runs can ask.
//
// Example:
//
//   weft::CancellationSource source;
//   {
//     const weft::CancellationScope scope(source.token());
//     executor.Post([&] {
//       for (const Page& page : pages) {
//         if (weft::CancellationToken::Current().is_cancelled()) return;
//         Index(page);
//       }
//     });
//   }
//   source.Cancel();  // from any thread, such as when the client hangs up
//
// Node counterpart: none; `AbortController` and `AbortSignal` come near, passed
// by hand.

#ifndef WEFT_CONTEXT_CANCELLATION_H_
#define WEFT_CONTEXT_CANCELLATION_H_

#include <optional>
#include <stop_token>
#include <utility>

#include "weft/context/internal/bound_store.h"
#include "weft/context/internal/cancellation_link.h"
#include "weft/context/internal/limits.h"

namespace weft {

// CancellationToken
//
// Tells whether something was cancelled: a std::stop_token, or several at once.
//
// Thread-safety: thread-compatible; copies may be used on several threads.
// Memory ordering: what was done before cancelling happens before what follows
//   an `is_cancelled()` that returns true.
// Cost: `Current()` is one count; `is_cancelled()` one load.
class CancellationToken {
 public:
  // Of what is never cancelled.
  CancellationToken() noexcept = default;
  // Cancelled when `token` is stopped. Not explicit: it is one, as we name it.
  CancellationToken(std::stop_token token) noexcept
      : token_(std::move(token)) {}

  // The calling flow's: of all scopes that it is in.
  static CancellationToken Current() noexcept {
    const auto* const token = context_internal::CurrentLimits().cancellation;
    return token == nullptr ? CancellationToken() : *token;
  }

  // True once it has been cancelled.
  bool is_cancelled() const noexcept { return token_.stop_requested(); }
  // False if it can never be: as by default.
  bool can_be_cancelled() const noexcept { return token_.stop_possible(); }

  // The same for others, and for std::stop_callback, whose function runs where
  // somebody cancels: on that thread and in that flow's context; bind it with
  // `ContextSnapshot` if it needs this one's. Good as long as this token, a
  // copy of it, or the scope or anything submitted in it is there.
  const std::stop_token& stop_token() const noexcept { return token_; }

 private:
  friend class CancellationScope;

  // Cancelled when either is. Throws std::bad_alloc.
  static CancellationToken AnyOf(CancellationToken outer,
                                 CancellationToken inner);

  context_internal::CancellationLink::Ref AsLink() const;

  std::stop_token token_;
  // What stops `token_` if it is of several.
  context_internal::CancellationLink::Ref link_;
};

// CancellationSource
//
// Where it is decided: a std::stop_source. A copy is the same source.
//
// Thread-safety: thread-safe, but for assignment.
// Allocation: one, in the constructor.
class CancellationSource {
 public:
  CancellationSource() = default;

  // For a `CancellationScope`: cancelled when this is.
  CancellationToken token() const noexcept { return source_.get_token(); }

  // CancellationSource::Cancel()
  //
  // Cancels, and runs the std::stop_callbacks there are, before it returns.
  // True if nobody has done so before. What is queued is dropped when its turn
  // comes, timers at once; what runs goes on, and so does who waits in plain
  // code. Coroutines that wait for a future, or sleep, are queued to be told.
  bool Cancel() noexcept { return source_.request_stop(); }
  // True once it has been cancelled.
  bool is_cancelled() const noexcept { return source_.stop_requested(); }

 private:
  std::stop_source source_;
};

// CancellationScope
//
// Makes the calling flow one that is cancelled by `token`, until the end of the
// scope, besides by what it is in already. `ShieldScope` is for what must be
// done nevertheless.
//
// Scopes in scopes are told apart by their tokens: a loop that begins its next
// round inside the scope of this one may go on for ever while the same tokens
// come again, and those whose sources are gone cost nothing in the long run.
//
// Thread-safety and errors: as of `StorageScope` (storage_scope.h).
// Allocation: one; a few more inside another scope, if it adds a token.
class [[nodiscard]] CancellationScope {
 public:
  // Throws std::bad_alloc, with nothing changed.
  explicit CancellationScope(CancellationToken token)
      : store_(context_internal::UseLimits().cancellation,
               std::optional(CancellationToken::AnyOf(
                   CancellationToken::Current(), std::move(token)))),
        scope_(store_) {}
  CancellationScope(const CancellationScope&) = delete;
  CancellationScope& operator=(const CancellationScope&) = delete;

 private:
  context_internal::BoundStore store_;
  const context_internal::BoundStoreScope scope_;
};

}  // namespace weft

#endif  // WEFT_CONTEXT_CANCELLATION_H_
