// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Asio's own headers forget it.
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>

#include "boost/asio/async_result.hpp"
#include "boost/asio/awaitable.hpp"
#include "boost/asio/co_spawn.hpp"
#include "boost/asio/detached.hpp"
#include "boost/asio/this_coro.hpp"
#include "boost/asio/use_awaitable.hpp"
#include "boost/asio/use_future.hpp"
#include "weft/benchmarks/workloads/patterns/patterns.h"
#include "weft/benchmarks/workloads/peers/asio_pool.h"
#include "weft/benchmarks/workloads/tally.h"

namespace weft::benchmarks::patterns {
namespace {

using boost::asio::awaitable;

awaitable<int> AsioChild(int n) { co_return n; }

// Coroutines that are awaited together.
template <typename Handler>
struct AsioGroup {
  explicit AsioGroup(Handler its_handler) : handler(std::move(its_handler)) {}

  // One has ended. The last calls the handler.
  void Add(int result) {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      sum += result;
      if (--left > 0) return;
    }
    std::move(handler)(sum);
  }

  std::mutex mutex;
  int left = kChildren;
  std::int64_t sum = 0;
  Handler handler;
};

awaitable<std::int64_t> AddGroups() {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::use_awaitable_t<> token;
  std::int64_t sum = 0;
  for (int first = 0; first < kOperations; first += kChildren) {
    const auto initiation = [first, executor](auto handler) {
      using Group = AsioGroup<decltype(handler)>;
      const auto group = std::make_shared<Group>(std::move(handler));
      for (int i = first; i < first + kChildren; ++i) {
        boost::asio::co_spawn(
            executor, AsioChild(i),
            [group](std::exception_ptr, int n) { group->Add(n); });
      }
    };
    sum += co_await boost::asio::async_initiate<decltype(token),
                                                void(std::int64_t)>(initiation,
                                                                    token);
  }
  co_return sum;
}

awaitable<void> AsioCount(Tally& tally) {
  tally.Add();
  co_return;
}

}  // namespace

double CoSpawn(int threads) {
  return Measure([&] {
    return boost::asio::co_spawn(AsioPool(threads), AddGroups(),
                                 boost::asio::use_future)
        .get();
  });
}

double CoSpawnDetached(int threads) {
  return MeasureDetached([&](Tally& tally) {
    boost::asio::co_spawn(AsioPool(threads), AsioCount(tally),
                          boost::asio::detached);
  });
}

}  // namespace weft::benchmarks::patterns
