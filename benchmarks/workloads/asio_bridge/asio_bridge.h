// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Coroutines of Weft's that await operations of Asio's, the other way round,
// and Asio's own that do the same among themselves.

#ifndef WEFT_BENCHMARKS_WORKLOADS_ASIO_BRIDGE_ASIO_BRIDGE_H_
#define WEFT_BENCHMARKS_WORKLOADS_ASIO_BRIDGE_ASIO_BRIDGE_H_

#include <cstdint>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::asio_bridge {

constexpr int kOperations = 20'000;

// Calls `run()`, which adds the numbers below kOperations, each after an
// operation, and returns the sum. Returns nanoseconds an operation.
template <typename Run>
double Measure(const Run& run) {
  std::int64_t sum = -1;
  const double ns = NsPerOperation(kOperations, [&] { sum = run(); });
  CheckAnswer(sum, std::int64_t{kOperations} * (kOperations - 1) / 2);
  return ns;
}

// A coroutine awaits post(): a Task, by UseTask(), on an ExecutorContext; an
// asio::awaitable, on a thread_pool.
double TaskAwaitsPost(int threads);
double AwaitableAwaitsPost(int threads);
// A coroutine of Asio's starts one and awaits it: a Task, by AsAwaitable(), on
// an ExecutorContext; an asio::awaitable, by co_spawn(), on a thread_pool.
double AwaitableAwaitsTask(int threads);
double AwaitableAwaitsSpawned(int threads);

}  // namespace weft::benchmarks::asio_bridge

#endif  // WEFT_BENCHMARKS_WORKLOADS_ASIO_BRIDGE_ASIO_BRIDGE_H_
