// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Lets several tokens cancel one flow.

#ifndef WEFT_CONTEXT_INTERNAL_CANCELLATION_LINK_H_
#define WEFT_CONTEXT_INTERNAL_CANCELLATION_LINK_H_

#include <stop_token>

#include "weft/base/ref.h"

namespace weft::context_internal {

// A set of tokens: one, and those of another link. A loop, each of whose rounds
// begins in the scope of the one before, does not make it longer while the same
// tokens come again, and chains of any length are cancelled and destroyed
// without recursion.
//
// Immutable, and thread-safe.
class CancellationLink : public base::RefCounted {
 public:
  using Ref = base::Ref<const CancellationLink>;

  void Release() const noexcept;

  // Returns a token that is stopped when one of the set is; valid as long as
  // the link.
  std::stop_token stop_token() const noexcept;

  // Return `set`, which may be null for none, with one more token, or with
  // those of another set. Return `set` itself if it has them, or they can never
  // be stopped. Throw std::bad_alloc.
  static Ref With(Ref set, const std::stop_token& token);
  static Ref With(Ref set, Ref other);

 protected:
  CancellationLink() = default;
  ~CancellationLink() = default;
};

// Exchanges what the calling thread is cancelling, innermost first, for that of
// another stack that goes on here; null: nothing.
void* ExchangeCancelling(void* cancelling) noexcept;

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_CANCELLATION_LINK_H_
