// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/onetbb/parallel_for.h
// -----------------------------------------------------------------------------
//
// `weft::tbb::parallel_for` is `tbb::parallel_for` whose body runs, on
// whichever thread, in the context of the caller.
//
// Example:
//
//   request_id.Run(RequestId{42}, [&] {
//     weft::tbb::parallel_for(0, 1000, [&](int i) {
//       Log(*request_id.GetStore(), i);  // 42, on all threads
//     });
//   });
//
// To hooks the call is one resource, "TBB_PARALLEL_FOR", caused by the caller.
// Init and destroy come at its beginning and end, before and after around each
// run of the body on a subrange. Several threads may be inside at once.

#ifndef WEFT_ADAPTERS_ONETBB_PARALLEL_FOR_H_
#define WEFT_ADAPTERS_ONETBB_PARALLEL_FOR_H_

#include <concepts>
#include <source_location>
#include <utility>

#include "oneapi/tbb/blocked_range.h"
#include "oneapi/tbb/parallel_for.h"
#include "oneapi/tbb/partitioner.h"
#include "oneapi/tbb/task_group.h"
#include "weft/adapters/onetbb/internal/bound_body.h"
#include "weft/adapters/onetbb/internal/flow_scopes.h"

namespace weft {

namespace tbb_internal {

inline constexpr char kParallelFor[] = "TBB_PARALLEL_FOR";

// Runs a function for each index of a subrange.
template <typename Index, typename Fn>
struct IndexBody {
  void operator()(const ::tbb::blocked_range<Index>& range) const {
    const BodyScope scope(call);
    const Index end = range.end();
    for (Index i = range.begin(); i < end;) {
      // This is a loop of its own, left only where something was entered: it
      // calls nothing but `fn`.
      const StepScope steps(call);
      do {
        fn(static_cast<Index>(first + i * step));
        ++i;
      } while (i < end && steps.IsFresh());
    }
  }

  const AlgorithmCall& call;
  const Fn& fn;
  const Index first;
  const Index step;
};

// Calls oneTBB's. `rest` is a partitioner, a task_group_context, both, or none.
template <typename Range, typename Body, typename... Rest>
void ParallelFor(std::source_location where, const Range& range,
                 const Body& body, Rest&&... rest) {
  const AlgorithmCall call(kParallelFor, where);
  ::tbb::parallel_for(range, BoundBody<Body>(call, body),
                      std::forward<Rest>(rest)...);
}

template <typename Index, typename Fn, typename... Rest>
void ParallelForIndex(std::source_location where, Index first, Index last,
                      Index step, const Fn& fn, Rest&&... rest) {
  const AlgorithmCall call(kParallelFor, where);
  if (step <= 0) {
    // This throws what oneTBB throws.
    ::tbb::parallel_for(first, last, step, fn);
  } else if (first < last) {
    const auto count =
        static_cast<Index>((last - first - Index(1)) / step + Index(1));
    ::tbb::parallel_for(::tbb::blocked_range<Index>(Index(0), count),
                        IndexBody<Index, Fn>{call, fn, first, step},
                        std::forward<Rest>(rest)...);
  }
}

}  // namespace tbb_internal

namespace tbb {

using ::tbb::task_group_context;

// parallel_for()
//
// Calls `tbb::parallel_for`. Overloads, meaning and exceptions are those of
// oneTBB, except for a last parameter, the place of the call, which the caller
// leaves out. A run of the body starts in the context that was current at the
// call; what it enters ends with it, or, where the body takes an index, with
// that index. The caller's context is untouched.
//
// Cost, with no hook: about 2 ns for a run of the body on a subrange; no
// shared count, and no allocation.
// Differs from oneTBB: other work that the caller's thread runs until the call
// returns, such as other people's tasks, runs outside of the caller's context.
template <typename Range, typename Body>
  requires std::invocable<const Body&, Range&>
void parallel_for(
    const Range& range, const Body& body,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelFor(where, range, body);
}
template <typename Range, typename Body>
  requires std::invocable<const Body&, Range&>
void parallel_for(
    const Range& range, const Body& body, task_group_context& context,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelFor(where, range, body, context);
}
template <typename Range, typename Body, tbb_internal::Partitioner Partitioner>
  requires std::invocable<const Body&, Range&>
void parallel_for(
    const Range& range, const Body& body, Partitioner&& partitioner,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelFor(where, range, body, partitioner);
}
template <typename Range, typename Body, tbb_internal::Partitioner Partitioner>
  requires std::invocable<const Body&, Range&>
void parallel_for(
    const Range& range, const Body& body, Partitioner&& partitioner,
    task_group_context& context,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelFor(where, range, body, partitioner, context);
}

template <typename Index, typename Fn>
  requires std::invocable<const Fn&, Index>
void parallel_for(
    Index first, Index last, const Fn& fn,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelForIndex(where, first, last, Index(1), fn);
}
template <typename Index, typename Fn>
  requires std::invocable<const Fn&, Index>
void parallel_for(
    Index first, Index last, const Fn& fn, task_group_context& context,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelForIndex(where, first, last, Index(1), fn, context);
}
template <typename Index, typename Fn, tbb_internal::Partitioner Partitioner>
  requires std::invocable<const Fn&, Index>
void parallel_for(
    Index first, Index last, const Fn& fn, Partitioner&& partitioner,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelForIndex(where, first, last, Index(1), fn, partitioner);
}
template <typename Index, typename Fn, tbb_internal::Partitioner Partitioner>
  requires std::invocable<const Fn&, Index>
void parallel_for(
    Index first, Index last, const Fn& fn, Partitioner&& partitioner,
    task_group_context& context,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelForIndex(where, first, last, Index(1), fn, partitioner,
                                 context);
}

template <typename Index, typename Fn>
  requires std::invocable<const Fn&, Index>
void parallel_for(
    Index first, Index last, Index step, const Fn& fn,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelForIndex(where, first, last, step, fn);
}
template <typename Index, typename Fn>
  requires std::invocable<const Fn&, Index>
void parallel_for(
    Index first, Index last, Index step, const Fn& fn,
    task_group_context& context,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelForIndex(where, first, last, step, fn, context);
}
template <typename Index, typename Fn, tbb_internal::Partitioner Partitioner>
  requires std::invocable<const Fn&, Index>
void parallel_for(
    Index first, Index last, Index step, const Fn& fn,
    Partitioner&& partitioner,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelForIndex(where, first, last, step, fn, partitioner);
}
template <typename Index, typename Fn, tbb_internal::Partitioner Partitioner>
  requires std::invocable<const Fn&, Index>
void parallel_for(
    Index first, Index last, Index step, const Fn& fn,
    Partitioner&& partitioner, task_group_context& context,
    std::source_location where = std::source_location::current()) {
  tbb_internal::ParallelForIndex(where, first, last, step, fn, partitioner,
                                 context);
}

}  // namespace tbb
}  // namespace weft

#endif  // WEFT_ADAPTERS_ONETBB_PARALLEL_FOR_H_
