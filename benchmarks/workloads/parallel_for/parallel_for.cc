// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/parallel_for/parallel_for.h"

#include <cstddef>
#include <cstdint>

namespace weft::benchmarks::parallel_for {

Arrays& LargeArrays() {
  static Arrays& arrays = *new Arrays{.from = std::vector<float>(kLarge),
                                      .to = std::vector<float>(kLarge)};
  for (std::size_t i = 0; i < kLarge; ++i) {
    arrays.from[i] = static_cast<float>(i % 1000);
    arrays.to[i] = 0;
  }
  return arrays;
}

void CheckLarge(const Arrays& arrays) {
  std::int64_t right = 0;
  for (std::size_t i = 0; i < kLarge; ++i) {
    right += arrays.to[i] == static_cast<float>(2 * (i % 1000) + 1);
  }
  CheckAnswer(right, kLarge);
}

}  // namespace weft::benchmarks::parallel_for
