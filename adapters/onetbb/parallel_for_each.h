// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/onetbb/parallel_for_each.h
// -----------------------------------------------------------------------------
//
// `weft::tbb::parallel_for_each` is `tbb::parallel_for_each` whose body runs,
// on whichever thread, in the context of the caller, also for items that a body
// adds through its feeder.
//
// To hooks the call is one resource, "TBB_PARALLEL_FOR_EACH". Init and destroy
// come at its beginning and end, before and after around each run of the body.

#ifndef WEFT_ADAPTERS_ONETBB_PARALLEL_FOR_EACH_H_
#define WEFT_ADAPTERS_ONETBB_PARALLEL_FOR_EACH_H_

#include <iterator>
#include <source_location>
#include <utility>

#include "oneapi/tbb/parallel_for_each.h"
#include "oneapi/tbb/task_group.h"
#include "weft/adapters/onetbb/internal/bound_body.h"
#include "weft/adapters/onetbb/internal/flow_scopes.h"

namespace weft {

namespace tbb_internal {

// A BoundBody for a body of which oneTBB asks the type of the feeder's items.
// It does so only where the body has exactly one operator().
template <typename Fn, typename Item, typename Fed>
struct BoundFeederBody {
  void operator()(Item item, ::tbb::feeder<Fed>& feeder) const {
    const BodyScope scope(call);
    fn(std::forward<Item>(item), feeder);
  }

  const AlgorithmCall& call;
  const Fn& fn;
};

template <typename Fn, typename Item, typename Fed>
BoundFeederBody<Fn, Item, Fed> BorrowForEach(
    const AlgorithmCall& call, const Fn& fn,
    void (Fn::*)(Item, ::tbb::feeder<Fed>&) const) {
  return {call, fn};
}

template <typename Iterator, typename Body, typename... Rest>
void ParallelForEach(std::source_location where, Iterator first, Iterator last,
                     const Body& body, Rest&... rest) {
  const AlgorithmCall call("TBB_PARALLEL_FOR_EACH", where);
  if constexpr (requires { BorrowForEach(call, body, &Body::operator()); }) {
    ::tbb::parallel_for_each(
        first, last, BorrowForEach(call, body, &Body::operator()), rest...);
  } else {
    ::tbb::parallel_for_each(first, last, Borrow(call, body), rest...);
  }
}

}  // namespace tbb_internal

namespace tbb {

using ::tbb::feeder;
using ::tbb::task_group_context;

// parallel_for_each()
//
// Calls `tbb::parallel_for_each`, with the same parameters except for a last
// one, which the caller leaves out. A run of the body starts in the context
// that was current at the call; what it enters ends with it. The caller's
// context is untouched.
//
// Cost, with no hook: about 2 ns for a run of the body; no
// shared count, and no allocation.
// Differs from oneTBB: other work that the caller's thread runs until the call
// returns runs outside of the caller's context.
template <typename Iterator, typename Body>
  requires std::input_iterator<Iterator>
void parallel_for_each(
    Iterator first, Iterator last, const Body& body,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelForEach(where, first, last, body);
}
template <typename Iterator, typename Body>
  requires std::input_iterator<Iterator>
void parallel_for_each(
    Iterator first, Iterator last, const Body& body,
    task_group_context& context,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelForEach(where, first, last, body, context);
}

template <typename Range, typename Body>
void parallel_for_each(
    Range&& range, const Body& body,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelForEach(where, std::begin(range), std::end(range),
                                body);
}
template <typename Range, typename Body>
void parallel_for_each(
    Range&& range, const Body& body, task_group_context& context,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelForEach(where, std::begin(range), std::end(range), body,
                                context);
}

}  // namespace tbb
}  // namespace weft

#endif  // WEFT_ADAPTERS_ONETBB_PARALLEL_FOR_EACH_H_
