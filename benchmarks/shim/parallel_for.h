// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Stands in for executor/parallel_for.h, on the task group that there is.

#ifndef WEFT_EXECUTOR_PARALLEL_FOR_H_
#define WEFT_EXECUTOR_PARALLEL_FOR_H_

#include "weft/executor/join.h"

namespace weft {
namespace shim {

template <typename Index, typename Fn>
void Halve(Index first, Index last, Index grain, const Fn& fn) {
  if (last - first <= grain) {
    for (Index i = first; i < last; ++i) fn(i);
    return;
  }
  const Index middle = first + (last - first) / 2;
  Join([&] { Halve(first, middle, grain, fn); },
       [&] { Halve(middle, last, grain, fn); });
}

}  // namespace shim

template <typename Index, typename Fn>
void ParallelFor(Index first, Index last, const Fn& fn) {
  const auto grain =
      (last - first) / static_cast<Index>(8 * shim::executor->concurrency());
  shim::Halve(first, last, grain < 1 ? 1 : grain, fn);
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_PARALLEL_FOR_H_
