// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What it costs that profilers can read for whom each thread works: a workload
// of Weft's in a context with a trace and one label for profilers, while they
// are published, and while they are not.

#ifndef WEFT_BENCHMARKS_WORKLOADS_PROFILER_PROFILER_H_
#define WEFT_BENCHMARKS_WORKLOADS_PROFILER_PROFILER_H_

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::profiler {

enum class Records { kNone, kPublished };

double MeasureIn(Records records, Measurement workload, int threads);

template <Records records, Measurement workload>
double In(int threads) {
  return MeasureIn(records, workload, threads);
}

}  // namespace weft::benchmarks::profiler

#endif  // WEFT_BENCHMARKS_WORKLOADS_PROFILER_PROFILER_H_
