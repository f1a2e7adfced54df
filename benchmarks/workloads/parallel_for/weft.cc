// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>

#include "weft/benchmarks/workloads/parallel_for/parallel_for.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/executor/parallel_for.h"

namespace weft::benchmarks::parallel_for {

double CheapWeft(int threads) {
  WeftExecutor(threads);
  return MeasureCheap([&](const auto& body) {
    InTask(threads, [&] {
      for (int i = 0; i < kLoops; ++i) {
        ParallelFor(std::size_t{0}, kCheap, body);
      }
    });
  });
}

double LargeWeft(int threads) {
  WeftExecutor(threads);
  return MeasureLarge([&](const auto& body) {
    InTask(threads, [&] { ParallelFor(std::size_t{0}, kLarge, body); });
  });
}

}  // namespace weft::benchmarks::parallel_for
