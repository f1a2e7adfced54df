// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>

#include "weft/benchmarks/workloads/parallel_for/parallel_for.h"

namespace weft::benchmarks::parallel_for {

double CheapOpenMp(int threads) {
  return MeasureCheap([&](const auto& body) {
    for (int loop = 0; loop < kLoops; ++loop) {
#pragma omp parallel for num_threads(threads)
      for (std::size_t i = 0; i < kCheap; ++i) body(i);
    }
  });
}

double LargeOpenMp(int threads) {
  return MeasureLarge([&](const auto& body) {
#pragma omp parallel for num_threads(threads)
    for (std::size_t i = 0; i < kLarge; ++i) body(i);
  });
}

}  // namespace weft::benchmarks::parallel_for
