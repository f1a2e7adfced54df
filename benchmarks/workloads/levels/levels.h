// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What it costs that the process observes itself: a workload of Weft's at a
// level, with all that listens at it.

#ifndef WEFT_BENCHMARKS_WORKLOADS_LEVELS_LEVELS_H_
#define WEFT_BENCHMARKS_WORKLOADS_LEVELS_LEVELS_H_

#include "weft/benchmarks/workloads/measure.h"
#include "weft/observe/level.h"

namespace weft::benchmarks::levels {

// Calls `workload` while the level is `level`.
double MeasureAt(observe::Level level, Measurement workload, int threads);

template <observe::Level level, Measurement workload>
double At(int threads) {
  return MeasureAt(level, workload, threads);
}

}  // namespace weft::benchmarks::levels

#endif  // WEFT_BENCHMARKS_WORKLOADS_LEVELS_LEVELS_H_
