// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/peers/weft_pool.h"

#include <memory>

#include "weft/benchmarks/workloads/peers/by_size.h"
#include "weft/executor/executor_options.h"

namespace weft::benchmarks {

Executor& WeftExecutor(int threads) {
  static auto& executors = *new BySize<Executor>;
  return executors.Get(threads, [](int concurrency) {
    return std::make_unique<Executor>(
        ExecutorOptions{.concurrency = concurrency});
  });
}

const AsyncLocalStorage<int>& WeftContext() {
  static const auto& context = *new AsyncLocalStorage<int>;
  return context;
}

}  // namespace weft::benchmarks
