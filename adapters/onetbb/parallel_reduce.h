// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/onetbb/parallel_reduce.h
// -----------------------------------------------------------------------------
//
// `weft::tbb::parallel_reduce` and `parallel_deterministic_reduce` are
// oneTBB's, with bodies and reductions that run, on whichever thread, in the
// context of the caller.
//
// To hooks the call is one resource, "TBB_PARALLEL_REDUCE" or
// "TBB_PARALLEL_DETERMINISTIC_REDUCE". Init and destroy come at its beginning
// and end, before and after around each run of the body on a subrange, each
// split of a body object and each reduction.

#ifndef WEFT_ADAPTERS_ONETBB_PARALLEL_REDUCE_H_
#define WEFT_ADAPTERS_ONETBB_PARALLEL_REDUCE_H_

#include <concepts>
#include <source_location>

#include "oneapi/tbb/parallel_reduce.h"
#include "oneapi/tbb/task_group.h"
#include "weft/adapters/onetbb/internal/bound_body.h"
#include "weft/adapters/onetbb/internal/flow_scopes.h"
#include "weft/adapters/onetbb/internal/split_body.h"

namespace weft {

namespace tbb_internal {

// Calls oneTBB's. `rest` is a partitioner, a task_group_context, both, or none.
template <typename Range, typename Value, typename Fn, typename Reduction,
          typename... Rest>
Value ParallelReduce(std::source_location where, const Range& range,
                     const Value& identity, const Fn& fn,
                     const Reduction& reduction, Rest&... rest) {
  const AlgorithmCall call("TBB_PARALLEL_REDUCE", where);
  return ::tbb::parallel_reduce(range, identity, Borrow(call, fn),
                                Borrow(call, reduction), rest...);
}
template <typename Range, typename Body, typename... Rest>
void ParallelReduceBody(std::source_location where, const Range& range,
                        Body& body, Rest&... rest) {
  const AlgorithmCall call("TBB_PARALLEL_REDUCE", where);
  SplitBody<Body> split(call, body);
  ::tbb::parallel_reduce(range, split, rest...);
}

template <typename Range, typename Value, typename Fn, typename Reduction,
          typename... Rest>
Value ParallelDeterministicReduce(std::source_location where,
                                  const Range& range, const Value& identity,
                                  const Fn& fn, const Reduction& reduction,
                                  Rest&... rest) {
  const AlgorithmCall call("TBB_PARALLEL_DETERMINISTIC_REDUCE", where);
  return ::tbb::parallel_deterministic_reduce(range, identity, Borrow(call, fn),
                                              Borrow(call, reduction), rest...);
}
template <typename Range, typename Body, typename... Rest>
void ParallelDeterministicReduceBody(std::source_location where,
                                     const Range& range, Body& body,
                                     Rest&... rest) {
  const AlgorithmCall call("TBB_PARALLEL_DETERMINISTIC_REDUCE", where);
  SplitBody<Body> split(call, body);
  ::tbb::parallel_deterministic_reduce(range, split, rest...);
}

}  // namespace tbb_internal

namespace tbb {

using ::tbb::task_group_context;

// parallel_reduce()
//
// Calls `tbb::parallel_reduce`, with functions or with a body object. The
// parameters are the same except for a last one, which the caller leaves out. A
// run of a body starts in the context that was current at the call; what it
// enters ends with it. The caller's context is untouched.
//
// Cost, with no hook: about 2 ns for a run of a function or of the body; no
// shared count, and no allocation.
// Differs from oneTBB: other work that the caller's thread runs until the call
// returns runs outside of the caller's context.
template <typename Range, typename Value, typename Fn, typename Reduction>
  requires std::invocable<const Fn&, const Range&, const Value&>
Value parallel_reduce(
    const Range& range, const Value& identity, const Fn& fn,
    const Reduction& reduction,
    std::source_location where = std::source_location::current()) {
  return tbb_internal::ParallelReduce(where, range, identity, fn, reduction);
}
template <typename Range, typename Value, typename Fn, typename Reduction>
  requires std::invocable<const Fn&, const Range&, const Value&>
Value parallel_reduce(
    const Range& range, const Value& identity, const Fn& fn,
    const Reduction& reduction, task_group_context& context,
    std::source_location where = std::source_location::current()) {
  return tbb_internal::ParallelReduce(where, range, identity, fn, reduction,
                                      context);
}
template <typename Range, typename Value, typename Fn, typename Reduction,
          tbb_internal::Partitioner Partitioner>
  requires std::invocable<const Fn&, const Range&, const Value&>
Value parallel_reduce(
    const Range& range, const Value& identity, const Fn& fn,
    const Reduction& reduction, Partitioner&& partitioner,
    std::source_location where = std::source_location::current()) {
  return tbb_internal::ParallelReduce(where, range, identity, fn, reduction,
                                      partitioner);
}
template <typename Range, typename Value, typename Fn, typename Reduction,
          tbb_internal::Partitioner Partitioner>
  requires std::invocable<const Fn&, const Range&, const Value&>
Value parallel_reduce(
    const Range& range, const Value& identity, const Fn& fn,
    const Reduction& reduction, Partitioner&& partitioner,
    task_group_context& context,
    std::source_location where = std::source_location::current()) {
  return tbb_internal::ParallelReduce(where, range, identity, fn, reduction,
                                      partitioner, context);
}
template <typename Range, typename Body>
  requires std::invocable<Body&, const Range&>
void parallel_reduce(
    const Range& range, Body& body,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelReduceBody(where, range, body);
}
template <typename Range, typename Body>
  requires std::invocable<Body&, const Range&>
void parallel_reduce(
    const Range& range, Body& body, task_group_context& context,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelReduceBody(where, range, body, context);
}
template <typename Range, typename Body, tbb_internal::Partitioner Partitioner>
  requires std::invocable<Body&, const Range&>
void parallel_reduce(
    const Range& range, Body& body, Partitioner&& partitioner,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelReduceBody(where, range, body, partitioner);
}
template <typename Range, typename Body, tbb_internal::Partitioner Partitioner>
  requires std::invocable<Body&, const Range&>
void parallel_reduce(
    const Range& range, Body& body, Partitioner&& partitioner,
    task_group_context& context,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelReduceBody(where, range, body, partitioner, context);
}

// parallel_deterministic_reduce()
//
// Does the same with simple_partitioner or static_partitioner: it splits and
// joins the same way every time.
template <typename Range, typename Value, typename Fn, typename Reduction>
  requires std::invocable<const Fn&, const Range&, const Value&>
Value parallel_deterministic_reduce(
    const Range& range, const Value& identity, const Fn& fn,
    const Reduction& reduction,
    std::source_location where = std::source_location::current()) {
  return tbb_internal::ParallelDeterministicReduce(where, range, identity, fn,
                                                   reduction);
}
template <typename Range, typename Value, typename Fn, typename Reduction>
  requires std::invocable<const Fn&, const Range&, const Value&>
Value parallel_deterministic_reduce(
    const Range& range, const Value& identity, const Fn& fn,
    const Reduction& reduction, task_group_context& context,
    std::source_location where = std::source_location::current()) {
  return tbb_internal::ParallelDeterministicReduce(where, range, identity, fn,
                                                   reduction, context);
}
template <typename Range, typename Value, typename Fn, typename Reduction,
          tbb_internal::Partitioner Partitioner>
  requires std::invocable<const Fn&, const Range&, const Value&>
Value parallel_deterministic_reduce(
    const Range& range, const Value& identity, const Fn& fn,
    const Reduction& reduction, Partitioner&& partitioner,
    std::source_location where = std::source_location::current()) {
  return tbb_internal::ParallelDeterministicReduce(where, range, identity, fn,
                                                   reduction, partitioner);
}
template <typename Range, typename Value, typename Fn, typename Reduction,
          tbb_internal::Partitioner Partitioner>
  requires std::invocable<const Fn&, const Range&, const Value&>
Value parallel_deterministic_reduce(
    const Range& range, const Value& identity, const Fn& fn,
    const Reduction& reduction, Partitioner&& partitioner,
    task_group_context& context,
    std::source_location where = std::source_location::current()) {
  return tbb_internal::ParallelDeterministicReduce(
      where, range, identity, fn, reduction, partitioner, context);
}
template <typename Range, typename Body>
  requires std::invocable<Body&, const Range&>
void parallel_deterministic_reduce(
    const Range& range, Body& body,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelDeterministicReduceBody(where, range, body);
}
template <typename Range, typename Body>
  requires std::invocable<Body&, const Range&>
void parallel_deterministic_reduce(
    const Range& range, Body& body, task_group_context& context,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelDeterministicReduceBody(where, range, body, context);
}
template <typename Range, typename Body, tbb_internal::Partitioner Partitioner>
  requires std::invocable<Body&, const Range&>
void parallel_deterministic_reduce(
    const Range& range, Body& body, Partitioner&& partitioner,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelDeterministicReduceBody(where, range, body,
                                                partitioner);
}
template <typename Range, typename Body, tbb_internal::Partitioner Partitioner>
  requires std::invocable<Body&, const Range&>
void parallel_deterministic_reduce(
    const Range& range, Body& body, Partitioner&& partitioner,
    task_group_context& context,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelDeterministicReduceBody(where, range, body, partitioner,
                                                context);
}

}  // namespace tbb
}  // namespace weft

#endif  // WEFT_ADAPTERS_ONETBB_PARALLEL_REDUCE_H_
