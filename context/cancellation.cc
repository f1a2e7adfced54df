// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/cancellation.h"

#include <utility>

namespace weft {

using context_internal::CancellationLink;

CancellationLink::Ref CancellationToken::AsLink() const {
  return link_.get() != nullptr ? link_ : CancellationLink::With({}, token_);
}

CancellationToken CancellationToken::AnyOf(CancellationToken outer,
                                           CancellationToken inner) {
  // A cancelled token stays cancelled.
  if (!outer.can_be_cancelled() || inner.is_cancelled() ||
      outer.token_ == inner.token_) {
    return inner;
  }
  if (!inner.can_be_cancelled() || outer.is_cancelled()) return outer;
  CancellationLink::Ref link =
      inner.link_.get() != nullptr
          ? CancellationLink::With(outer.AsLink(), inner.link_)
          : CancellationLink::With(outer.AsLink(), inner.token_);
  // All sources may be gone by now.
  if (link.get() == nullptr) return inner;
  CancellationToken any(link.get()->stop_token());
  any.link_ = std::move(link);
  return any;
}

}  // namespace weft
