// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The body object that reductions and scans get instead of the user's, which
// oneTBB splits, runs on subranges, and joins.

#ifndef WEFT_ADAPTERS_ONETBB_INTERNAL_SPLIT_BODY_H_
#define WEFT_ADAPTERS_ONETBB_INTERNAL_SPLIT_BODY_H_

#include <optional>
#include <type_traits>
#include <utility>

#include "oneapi/tbb/blocked_range.h"
#include "weft/adapters/onetbb/internal/flow_scopes.h"

namespace weft::tbb_internal {

// Borrows the user's own object; owns those that are split off. It uses all of
// them inside the call.
template <typename Body>
class SplitBody {
 public:
  SplitBody(const AlgorithmCall& call, Body& body)
      : call_(call), body_(&body) {}
  SplitBody(SplitBody& other, ::tbb::split split) : call_(other.call_) {
    const BodyScope scope(call_);
    body_ = &own_.emplace(*other.body_, split);
  }
  SplitBody(const SplitBody&) = delete;
  SplitBody& operator=(const SplitBody&) = delete;
  ~SplitBody() = default;

  // Takes a range, and for scans a tag.
  template <typename... Args>
    requires std::is_invocable_v<Body&, Args...>
  void operator()(Args&&... args) {
    const BodyScope scope(call_);
    (*body_)(std::forward<Args>(args)...);
  }
  void join(SplitBody& right) {
    const BodyScope scope(call_);
    body_->join(*right.body_);
  }
  void reverse_join(SplitBody& left) {
    const BodyScope scope(call_);
    body_->reverse_join(*left.body_);
  }
  void assign(SplitBody& other) {
    const BodyScope scope(call_);
    body_->assign(*other.body_);
  }

 private:
  const AlgorithmCall& call_;
  std::optional<Body> own_;
  Body* body_;
};

}  // namespace weft::tbb_internal

#endif  // WEFT_ADAPTERS_ONETBB_INTERNAL_SPLIT_BODY_H_
