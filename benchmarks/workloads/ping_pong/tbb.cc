// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <utility>

#include "tbb/task_arena.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"
#include "weft/benchmarks/workloads/ping_pong/ping_pong.h"

namespace weft::benchmarks::ping_pong {

double TbbEnqueue(int threads) {
  tbb::task_arena& arena = TbbEnqueueArena(threads);
  return Measure([&](auto hop) { arena.enqueue(std::move(hop)); });
}

}  // namespace weft::benchmarks::ping_pong
