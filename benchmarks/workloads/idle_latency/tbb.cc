// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tbb/task_arena.h"
#include "weft/benchmarks/workloads/idle_latency/idle_latency.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"

namespace weft::benchmarks::idle_latency {

template <int percentile>
double TbbEnqueue(int threads) {
  tbb::task_arena& arena = TbbEnqueueArena(threads);
  return Measure(percentile, [&](auto task) { arena.enqueue(task); });
}

template double TbbEnqueue<50>(int threads);
template double TbbEnqueue<90>(int threads);
template double TbbEnqueue<99>(int threads);

}  // namespace weft::benchmarks::idle_latency
