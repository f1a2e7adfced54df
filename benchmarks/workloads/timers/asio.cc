// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <chrono>
#include <cstdint>
#include <deque>

#include "boost/asio/steady_timer.hpp"
#include "weft/benchmarks/workloads/peers/asio_pool.h"
#include "weft/benchmarks/workloads/timers/timers.h"

namespace weft::benchmarks::timers {

template <int others>
double Asio(int threads) {
  auto& pool = AsioPool(threads);
  const auto nothing = [](const boost::system::error_code&) {};
  std::deque<boost::asio::steady_timer> later;
  for (int i = 0; i < others; ++i)
    later.emplace_back(pool, std::chrono::hours(2)).async_wait(nothing);
  std::int64_t cancelled = 0;
  const double ns = NsPerOperation(kTimers, [&] {
    for (int i = 0; i < kTimers; ++i) {
      boost::asio::steady_timer timer(pool, std::chrono::hours(1));
      timer.async_wait(nothing);
      cancelled += static_cast<std::int64_t>(timer.cancel());
    }
  });
  CheckAnswer(cancelled, kTimers);
  return ns;
}

template double Asio<0>(int threads);
template double Asio<kMany>(int threads);

}  // namespace weft::benchmarks::timers
