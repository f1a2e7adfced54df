// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>

#include "tbb/parallel_for.h"
#include "tbb/task_arena.h"
#include "weft/benchmarks/workloads/matmul/matmul.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"

namespace weft::benchmarks::matmul {

double Tbb(int threads) {
  tbb::task_arena& arena = TbbArena(threads);
  return Measure([&](auto body) {
    arena.execute([&] { tbb::parallel_for(std::size_t{0}, kBlocks, body); });
  });
}

}  // namespace weft::benchmarks::matmul
