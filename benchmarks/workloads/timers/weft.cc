// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <chrono>
#include <cstdint>
#include <vector>

#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/benchmarks/workloads/timers/timers.h"
#include "weft/executor/executor.h"
#include "weft/executor/timer.h"

namespace weft::benchmarks::timers {

template <int others>
double Weft(int threads) {
  Executor& executor = WeftExecutor(threads);
  return InContext([&] {
    std::vector<Timer> later;
    later.reserve(others);
    for (int i = 0; i < others; ++i)
      later.push_back(executor.PostAfter(std::chrono::hours(2), [] {}));
    std::int64_t cancelled = 0;
    const double ns = NsPerOperation(kTimers, [&] {
      for (int i = 0; i < kTimers; ++i) {
        cancelled += executor.PostAfter(std::chrono::hours(1), [] {}).Cancel();
      }
    });
    for (const Timer& timer : later) timer.Cancel();
    CheckAnswer(cancelled, kTimers);
    return ns;
  });
}

template double Weft<0>(int threads);
template double Weft<kMany>(int threads);

}  // namespace weft::benchmarks::timers
