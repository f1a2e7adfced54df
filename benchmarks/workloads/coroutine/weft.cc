// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/coroutine/coroutine.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/executor/coroutine.h"

namespace weft::benchmarks::coroutine {

double Weft(int threads) {
  Executor& executor = WeftExecutor(threads);
  return Measure([&] {
    return InContext(
        [&] { return Spawn(executor, Parent<Task<int>>()).Get(); });
  });
}

}  // namespace weft::benchmarks::coroutine
