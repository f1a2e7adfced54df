// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/blocking_wait/blocking_wait.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/executor.h"

namespace weft::benchmarks::blocking_wait {

template <int percentile>
double Weft(int threads) {
  Executor& executor = WeftExecutor(threads);
  BlockingExecutor blocking;
  return InContext([&] {
    return Measure(
        percentile, [&](const auto& task) { executor.Post(task); },
        [&](const auto& end) {
          RunBlocking(blocking, Block);
          end();
        });
  });
}

template double Weft<50>(int threads);
template double Weft<99>(int threads);

}  // namespace weft::benchmarks::blocking_wait
