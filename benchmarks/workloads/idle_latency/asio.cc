// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/idle_latency/idle_latency.h"
#include "weft/benchmarks/workloads/peers/asio_pool.h"

namespace weft::benchmarks::idle_latency {

template <int percentile>
double Asio(int threads) {
  auto& pool = AsioPool(threads);
  return Measure(percentile, [&](auto task) { boost::asio::post(pool, task); });
}

template double Asio<50>(int threads);
template double Asio<90>(int threads);
template double Asio<99>(int threads);

}  // namespace weft::benchmarks::idle_latency
