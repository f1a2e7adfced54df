// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "weft/benchmarks/workloads/nqueens/nqueens.h"

namespace weft::benchmarks::nqueens {

namespace {

struct Calls {
  template <typename Fn>
  static std::int64_t Run(int, const Fn& fn) {
    return fn();
  }
  template <typename Fn>
  static std::int64_t Sum(int n, const Fn& fn) {
    std::int64_t sum = 0;
    for (int i = 0; i < n; ++i) sum += fn(i);
    return sum;
  }
};

}  // namespace

double NoTasks(int threads) { return Measure<Calls>(threads); }

}  // namespace weft::benchmarks::nqueens
