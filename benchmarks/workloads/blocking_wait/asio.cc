// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/blocking_wait/blocking_wait.h"
#include "weft/benchmarks/workloads/peers/asio_pool.h"

namespace weft::benchmarks::blocking_wait {

template <int percentile>
double Asio(int threads) {
  auto& pool = AsioPool(threads);
  boost::asio::thread_pool blocking(4);
  return Measure(
      percentile, [&](const auto& task) { boost::asio::post(pool, task); },
      [&](const auto& end) {
        boost::asio::post(blocking, [&pool, end] {
          Block();
          boost::asio::post(pool, end);
        });
      });
}

template double Asio<50>(int threads);
template double Asio<99>(int threads);

}  // namespace weft::benchmarks::blocking_wait
