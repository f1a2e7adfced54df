// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>

#include "weft/benchmarks/workloads/matmul/matmul.h"

namespace weft::benchmarks::matmul {

double OpenMp(int threads) {
  return Measure([&](auto body) {
#pragma omp parallel for num_threads(threads)
    for (std::size_t i = 0; i < kBlocks; ++i) body(i);
  });
}

}  // namespace weft::benchmarks::matmul
