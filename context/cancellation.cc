// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/cancellation.h"

namespace weft {
namespace {

struct Stop {
  void operator()() noexcept { source.request_stop(); }
  std::stop_source source;
};

// Stops its source when either token is stopped. Keeps the tokens, and with
// them what they are linked to.
class Link {
 public:
  Link(CancellationToken outer, CancellationToken inner)
      : outer_(std::move(outer)),
        inner_(std::move(inner)),
        on_outer_(outer_.stop_token(), Stop{source_}),
        on_inner_(inner_.stop_token(), Stop{source_}) {}

  std::stop_token token() const noexcept { return source_.get_token(); }

 private:
  const CancellationToken outer_;
  const CancellationToken inner_;
  std::stop_source source_;
  // Last: they are gone before what they stop.
  std::stop_callback<Stop> on_outer_;
  std::stop_callback<Stop> on_inner_;
};

}  // namespace

CancellationToken CancellationToken::AnyOf(CancellationToken outer,
                                           CancellationToken inner) {
  if (!outer.can_be_cancelled() || outer.token_ == inner.token_) return inner;
  if (!inner.can_be_cancelled()) return outer;
  auto link = std::make_shared<const Link>(std::move(outer), std::move(inner));
  CancellationToken any(link->token());
  any.link_ = std::move(link);
  return any;
}

}  // namespace weft
