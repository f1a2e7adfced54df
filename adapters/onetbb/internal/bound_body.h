// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Function objects that oneTBB gets instead of the user's: they run the user's
// in an AlgorithmCall, and borrow it.

#ifndef WEFT_ADAPTERS_ONETBB_INTERNAL_BOUND_BODY_H_
#define WEFT_ADAPTERS_ONETBB_INTERNAL_BOUND_BODY_H_

#include <concepts>
#include <type_traits>
#include <utility>

#include "oneapi/tbb/partitioner.h"
#include "weft/adapters/onetbb/internal/flow_scopes.h"

namespace weft::tbb_internal {

// Matches oneTBB's partitioners, as arguments.
template <typename P>
concept Partitioner =
    std::same_as<std::remove_cvref_t<P>, ::tbb::simple_partitioner> ||
    std::same_as<std::remove_cvref_t<P>, ::tbb::auto_partitioner> ||
    std::same_as<std::remove_cvref_t<P>, ::tbb::static_partitioner> ||
    std::same_as<std::remove_cvref_t<P>, ::tbb::affinity_partitioner>;

// Runs `Fn` in the call. If `Fn` is a plain type each copy of this has its own
// copy of the function; it may also be a `const` reference to one that outlives
// the call.
template <typename Fn>
class BoundBody {
 public:
  BoundBody(const AlgorithmCall& call, const std::remove_reference_t<Fn>& fn)
      : call_(&call), fn_(fn) {}

  template <typename... Args>
    requires std::invocable<const std::remove_reference_t<Fn>&, Args...>
  decltype(auto) operator()(Args&&... args) const {
    const BodyScope scope(*call_);
    return fn_(std::forward<Args>(args)...);
  }

 private:
  const AlgorithmCall* call_;
  const Fn fn_;
};

template <typename Fn>
BoundBody<const Fn&> Borrow(const AlgorithmCall& call, const Fn& fn) {
  return {call, fn};
}

}  // namespace weft::tbb_internal

#endif  // WEFT_ADAPTERS_ONETBB_INTERNAL_BOUND_BODY_H_
