// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <future>

#include "weft/benchmarks/workloads/idle_latency/idle_latency.h"

namespace weft::benchmarks::idle_latency {

template <int percentile>
double Async(int) {
  std::future<void> last;
  return Measure(percentile, [&](auto task) {
    last = std::async(std::launch::async, task);
  });
}

template double Async<50>(int threads);
template double Async<90>(int threads);
template double Async<99>(int threads);

}  // namespace weft::benchmarks::idle_latency
