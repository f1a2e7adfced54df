// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/parallel_reduce.h
// -----------------------------------------------------------------------------
//
// `ParallelReduce()` combines the results of a function for each index of a
// range; parts of the range run at the same time.
//
// Example:
//
//   const double sum = weft::ParallelReduce(
//       executor, std::size_t{0}, v.size(), 0.0,
//       [&](std::size_t i) { return v[i] * w[i]; }, std::plus<>());

#ifndef WEFT_EXECUTOR_PARALLEL_REDUCE_H_
#define WEFT_EXECUTOR_PARALLEL_REDUCE_H_

#include <concepts>
#include <source_location>
#include <type_traits>

#include "weft/executor/executor.h"
#include "weft/executor/internal/join/loop.h"
#include "weft/executor/loop_options.h"

namespace weft {

// ParallelReduce
//
// Returns map(first) combined with map(first + 1) and so on to map(last - 1),
// from left to right; `identity` if the range is empty. `combine` must be
// associative; it need not commute, as only neighbours are combined, in order.
// How they are grouped depends on which workers steal which parts, so a sum of
// floating-point numbers may differ in its last digits from run to run.
// `identity` combined with a value must give that value; it is copied once for
// each part.
//
// In all else it is as `ParallelFor()` (parallel_for.h).
template <std::integral Index, typename T, typename Map, typename Combine>
  requires std::is_invocable_v<const Map&, Index> &&
           std::is_invocable_r_v<T, const Combine&, T, T>
T ParallelReduce(Executor& executor, Index first, Index last, const T& identity,
                 const Map& map, const Combine& combine,
                 LoopOptions options = {},
                 std::source_location where = std::source_location::current()) {
  return executor_internal::Reduce(executor_internal::EngineOf::Get(executor),
                                   first, last, options.grain, identity, map,
                                   combine, where);
}
template <std::integral Index, typename T, typename Map, typename Combine>
  requires std::is_invocable_v<const Map&, Index> &&
           std::is_invocable_r_v<T, const Combine&, T, T>
T ParallelReduce(Index first, Index last, const T& identity, const Map& map,
                 const Combine& combine, LoopOptions options = {},
                 std::source_location where = std::source_location::current()) {
  return executor_internal::Reduce(
      executor_internal::EngineHere(executor_internal::ReduceKind::kFunction),
      first, last, options.grain, identity, map, combine, where);
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_PARALLEL_REDUCE_H_
