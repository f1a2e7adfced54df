// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <utility>

#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/benchmarks/workloads/ping_pong/ping_pong.h"
#include "weft/executor/executor.h"

namespace weft::benchmarks::ping_pong {

double Weft(int threads) {
  Executor& executor = WeftExecutor(threads);
  return InContext([&] {
    return Measure([&](auto hop) { executor.Post(std::move(hop)); });
  });
}

}  // namespace weft::benchmarks::ping_pong
