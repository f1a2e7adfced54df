// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// context/cancellation.h
// -----------------------------------------------------------------------------
//
// A `CancellationScope` makes a flow of work cancellable. All work that is
// submitted in it inherits that, on whatever thread. A task that is cancelled
// while it is queued does not run (executor/errors.h, CancelledError); a task
// that runs can ask.
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
// A token that tells whether something was cancelled: a std::stop_token, or
// several at once.
//
// Thread-safety: thread-compatible; copies may be used on several threads.
// Memory ordering: what was done before cancelling happens before what follows
//   an `is_cancelled()` that returns true.
// Cost: `Current()` is one count; `is_cancelled()` one load.
class CancellationToken {
 public:
  // Makes a token that is never cancelled.
  CancellationToken() noexcept = default;
  // Makes a token that is cancelled when `token` is stopped. It is not
  // explicit, as a std::stop_token is a token under another name.
  CancellationToken(std::stop_token token) noexcept
      : token_(std::move(token)) {}

  // Returns the calling flow's token, which is that of all scopes that the flow
  // is in.
  static CancellationToken Current() noexcept {
    const auto* const token = context_internal::CurrentLimits().cancellation;
    return token == nullptr ? CancellationToken() : *token;
  }

  // True once it has been cancelled.
  bool is_cancelled() const noexcept { return token_.stop_requested(); }
  // False if it can never be cancelled, as a default token.
  bool can_be_cancelled() const noexcept { return token_.stop_possible(); }

  // Returns the token for code that takes a std::stop_token, and for
  // std::stop_callback. The function of a callback runs where `Cancel()` is
  // called: on that thread and in that flow's context. Bind it with
  // `ContextSnapshot` if it needs the context of this flow. The reference is
  // good as long as this token, a copy of it, or the scope or anything
  // submitted in it is there.
  const std::stop_token& stop_token() const noexcept { return token_; }

 private:
  friend class CancellationScope;

  // Returns a token that is cancelled when either of the two is. Throws
  // std::bad_alloc.
  static CancellationToken AnyOf(CancellationToken outer,
                                 CancellationToken inner);

  context_internal::CancellationLink::Ref AsLink() const;

  std::stop_token token_;
  // Stops `token_` if that stands for several tokens.
  context_internal::CancellationLink::Ref link_;
};

// CancellationSource
//
// A source that cancels its tokens: a std::stop_source. A copy is the same
// source.
//
// Thread-safety: thread-safe, but for assignment.
// Allocation: one, in the constructor.
class CancellationSource {
 public:
  CancellationSource() = default;

  // Returns a token for a `CancellationScope`, which is cancelled when this
  // source is.
  CancellationToken token() const noexcept { return source_.get_token(); }

  // CancellationSource::Cancel()
  //
  // Cancels, and runs the std::stop_callbacks there are, before it returns.
  // Returns true if the source was not cancelled before. A queued task is
  // dropped when its turn comes, a timer at once. A task that runs goes on, and
  // so does a thread that waits in plain code. A coroutine that waits for a
  // future, or sleeps, is queued, and throws when it goes on.
  bool Cancel() noexcept { return source_.request_stop(); }
  // True once it has been cancelled.
  bool is_cancelled() const noexcept { return source_.stop_requested(); }

 private:
  std::stop_source source_;
};

// CancellationScope
//
// A scope in which the calling flow is cancelled by `token` too, besides by the
// scopes that it is in already. `ShieldScope` is for work that must be done
// nevertheless.
//
// A scope inside another one adds nothing if its token is there already, and
// tokens whose sources are gone are dropped. So a task that submits its own
// next round from inside a scope may do so for ever, and its context does not
// grow.
//
// Thread-safety and errors: those of `StorageScope` (storage_scope.h).
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
