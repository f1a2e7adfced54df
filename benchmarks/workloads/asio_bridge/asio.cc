// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Asio's own headers forget it.
#include <cstdint>
#include <utility>

#include "boost/asio/awaitable.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/post.hpp"
#include "boost/asio/this_coro.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/use_future.hpp"
#include "weft/benchmarks/workloads/asio_bridge/asio_bridge.h"
#include "weft/benchmarks/workloads/peers/asio_pool.h"

namespace weft::benchmarks::asio_bridge {
namespace {

using boost::asio::awaitable;
using boost::asio::use_awaitable;

awaitable<std::int64_t> AddAfterPosts() {
  const auto executor = co_await boost::asio::this_coro::executor;
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    co_await boost::asio::post(executor, use_awaitable);
    sum += i;
  }
  co_return sum;
}

awaitable<int> Child(int n) { co_return n; }

awaitable<std::int64_t> AddSpawned() {
  const auto executor = co_await boost::asio::this_coro::executor;
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    sum += co_await boost::asio::co_spawn(executor, Child(i), use_awaitable);
  }
  co_return sum;
}

// Measures the coroutine that `fn()` returns.
template <typename Fn>
double MeasureAwaitable(int threads, const Fn& fn) {
  return Measure([&] {
    return boost::asio::co_spawn(AsioPool(threads), fn(),
                                 boost::asio::use_future)
        .get();
  });
}

}  // namespace

double AwaitableAwaitsPost(int threads) {
  return MeasureAwaitable(threads, AddAfterPosts);
}
double AwaitableAwaitsSpawned(int threads) {
  return MeasureAwaitable(threads, AddSpawned);
}

}  // namespace weft::benchmarks::asio_bridge
