// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>

#include "weft/benchmarks/workloads/matmul/matmul.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/executor/parallel_for.h"

namespace weft::benchmarks::matmul {

double Weft(int threads) {
  WeftExecutor(threads);
  return Measure([&](auto body) {
    InTask(threads, [&] { ParallelFor(std::size_t{0}, kBlocks, body); });
  });
}

}  // namespace weft::benchmarks::matmul
