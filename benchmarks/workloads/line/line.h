// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What it takes to hand a cache line to another thread and to have it back.

#ifndef WEFT_BENCHMARKS_WORKLOADS_LINE_LINE_H_
#define WEFT_BENCHMARKS_WORKLOADS_LINE_LINE_H_

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::line {

// Nanoseconds for both ways; of two threads, whatever `threads`.
double ThereAndBack(int threads);

}  // namespace weft::benchmarks::line

#endif  // WEFT_BENCHMARKS_WORKLOADS_LINE_LINE_H_
