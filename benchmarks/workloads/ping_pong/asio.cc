// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <utility>

#include "weft/benchmarks/workloads/peers/asio_pool.h"
#include "weft/benchmarks/workloads/ping_pong/ping_pong.h"

namespace weft::benchmarks::ping_pong {

double Asio(int threads) {
  auto& pool = AsioPool(threads);
  return Measure([&](auto hop) { boost::asio::post(pool, std::move(hop)); });
}

}  // namespace weft::benchmarks::ping_pong
