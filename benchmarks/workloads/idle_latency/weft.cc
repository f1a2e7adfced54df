// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/idle_latency/idle_latency.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/executor/executor.h"

namespace weft::benchmarks::idle_latency {

template <int percentile>
double Weft(int threads) {
  Executor& executor = WeftExecutor(threads);
  return InContext([&] {
    return Measure(percentile, [&](auto task) { executor.Post(task); });
  });
}

template double Weft<50>(int threads);
template double Weft<90>(int threads);
template double Weft<99>(int threads);

}  // namespace weft::benchmarks::idle_latency
