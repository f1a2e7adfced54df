// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>

#include "tbb/parallel_for.h"
#include "tbb/task_arena.h"
#include "weft/benchmarks/workloads/parallel_for/parallel_for.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"

namespace weft::benchmarks::parallel_for {

double CheapTbb(int threads) {
  tbb::task_arena& arena = TbbArena(threads);
  return MeasureCheap([&](const auto& body) {
    arena.execute([&] {
      for (int i = 0; i < kLoops; ++i) {
        tbb::parallel_for(std::size_t{0}, kCheap, body);
      }
    });
  });
}

double LargeTbb(int threads) {
  tbb::task_arena& arena = TbbArena(threads);
  return MeasureLarge([&](const auto& body) {
    arena.execute([&] { tbb::parallel_for(std::size_t{0}, kLarge, body); });
  });
}

}  // namespace weft::benchmarks::parallel_for
