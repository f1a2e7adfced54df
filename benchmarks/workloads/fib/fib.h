// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Fork and join alone: Fibonacci's numbers by recursion, a fork at each call
// that is not a leaf.

#ifndef WEFT_BENCHMARKS_WORKLOADS_FIB_FIB_H_
#define WEFT_BENCHMARKS_WORKLOADS_FIB_FIB_H_

#include <cstdint>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::fib {

constexpr int kN = 27;
// One thread for each fork is not for more than this.
constexpr int kAsyncN = 10;

constexpr std::int64_t Number(int n) {
  std::int64_t low = 0;
  std::int64_t high = 1;
  for (; n > 0; --n) {
    const std::int64_t sum = low + high;
    low = high;
    high = sum;
  }
  return low;
}

// The forks of a run for `n`: one less than its leaves.
constexpr std::int64_t Forks(int n) { return Number(n + 1) - 1; }

// All: nanoseconds a fork.
double Weft(int threads);
double Tbb(int threads);
double Rayon(int threads);
double SharedPtr(int threads);
double RequestContext(int threads);
double OpenMp(int threads);
double Async(int threads);

}  // namespace weft::benchmarks::fib

#endif  // WEFT_BENCHMARKS_WORKLOADS_FIB_FIB_H_
