// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <chrono>
#include <thread>

#include "weft/benchmarks/workloads/idle/idle.h"
#include "weft/benchmarks/workloads/measure.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/benchmarks/workloads/process_time.h"

namespace weft::benchmarks::idle {

double CpuPercent(int threads) {
  const int answer = InTask(threads, [] { return 42; });
  CheckAnswer(answer, 42);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const auto start = std::chrono::steady_clock::now();
  const std::chrono::nanoseconds used_before = ProcessTime();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const std::chrono::nanoseconds used = ProcessTime() - used_before;
  const std::chrono::nanoseconds watched =
      std::chrono::steady_clock::now() - start;
  return 100 * static_cast<double>(used.count()) /
         static_cast<double>(watched.count());
}

}  // namespace weft::benchmarks::idle
