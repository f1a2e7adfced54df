// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "boost/asio/post.hpp"
#include "boost/asio/thread_pool.hpp"
#include "boost/asio/use_future.hpp"
#include "weft/benchmarks/workloads/blocking_wait/blocking_wait.h"
#include "weft/benchmarks/workloads/peers/asio_pool.h"

namespace weft::benchmarks::blocking_wait {

template <int percentile>
double Threads(int threads) {
  auto& pool = AsioPool(threads);
  boost::asio::thread_pool blocking(4);
  std::mutex mutex;
  std::vector<std::jthread> requests;
  return Measure(
      percentile, [&](const auto& task) { boost::asio::post(pool, task); },
      [&](const auto& end) {
        std::jthread request([&blocking, end] {
          boost::asio::post(blocking, boost::asio::use_future(Block)).wait();
          end();
        });
        const std::lock_guard lock(mutex);
        requests.push_back(std::move(request));
      });
}

template double Threads<50>(int threads);
template double Threads<99>(int threads);

}  // namespace weft::benchmarks::blocking_wait
