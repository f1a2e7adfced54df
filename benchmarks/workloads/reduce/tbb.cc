// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>
#include <functional>
#include <vector>

#include "tbb/blocked_range.h"
#include "tbb/parallel_reduce.h"
#include "tbb/task_arena.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"
#include "weft/benchmarks/workloads/reduce/reduce.h"

namespace weft::benchmarks::reduce {

double Tbb(int threads) {
  tbb::task_arena& arena = TbbArena(threads);
  return Measure([&](const std::vector<double>& values) {
    return arena.execute([&] {
      using Range = tbb::blocked_range<std::size_t>;
      return tbb::parallel_reduce(
          Range(0, values.size()), 0.0,
          [&](const Range& range, double sum) {
            for (std::size_t i = range.begin(); i != range.end(); ++i)
              sum += values[i];
            return sum;
          },
          std::plus<>());
    });
  });
}

}  // namespace weft::benchmarks::reduce
