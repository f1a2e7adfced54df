// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>
#include <functional>
#include <vector>

#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/benchmarks/workloads/reduce/reduce.h"
#include "weft/executor/parallel_reduce.h"

namespace weft::benchmarks::reduce {

double Weft(int threads) {
  WeftExecutor(threads);
  return Measure([threads](const std::vector<double>& values) {
    return InTask(threads, [&values] {
      return ParallelReduce(
          std::size_t{0}, values.size(), 0.0,
          [&values](std::size_t i) { return values[i]; }, std::plus<>());
    });
  });
}

}  // namespace weft::benchmarks::reduce
