// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Asio's own headers forget it.
#include <cstdint>
#include <utility>

#include "boost/asio/awaitable.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/use_future.hpp"
#include "weft/adapters/asio/as_awaitable.h"
#include "weft/adapters/asio/executor.h"
#include "weft/adapters/asio/use_task.h"
#include "weft/benchmarks/workloads/asio_bridge/asio_bridge.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"

namespace weft::benchmarks::asio_bridge {
namespace {

Task<std::int64_t> AddAfterPosts(Executor& executor,
                                 asio::ExecutorContext& context) {
  const auto token = asio::UseTask(executor);
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    co_await boost::asio::post(context.get_executor(), token);
    sum += i;
  }
  co_return sum;
}

Task<int> Child(int n) { co_return n; }

boost::asio::awaitable<std::int64_t> AddTasks(Executor& executor) {
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    sum += co_await asio::AsAwaitable(executor, Child(i));
  }
  co_return sum;
}

}  // namespace

double TaskAwaitsPost(int threads) {
  Executor& executor = WeftExecutor(threads);
  asio::ExecutorContext context(executor);
  return Measure([&] {
    return InContext([&] {
      return Spawn(executor, AddAfterPosts(executor, context)).Get();
    });
  });
}

double AwaitableAwaitsTask(int threads) {
  Executor& executor = WeftExecutor(threads);
  asio::ExecutorContext context(executor);
  return Measure([&] {
    return InContext([&] {
      return boost::asio::co_spawn(context.get_executor(), AddTasks(executor),
                                   boost::asio::use_future)
          .get();
    });
  });
}

}  // namespace weft::benchmarks::asio_bridge
