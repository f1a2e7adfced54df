// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/line/line.h"

#include <atomic>
#include <cstdint>
#include <thread>

namespace weft::benchmarks::line {

double ThereAndBack(int) {
  constexpr std::int64_t kTimes = 100'000;
  // Even: the caller's turn. relaxed, all: a number alone.
  alignas(64) std::atomic<std::int64_t> turns = 0;
  const auto take_turns = [&turns](std::int64_t first) {
    for (std::int64_t turn = first; turn < 2 * kTimes; turn += 2) {
      // It yields, lest the other thread lack a processor. relaxed: a number
      // alone.
      for (int spins = 1; turns.load(std::memory_order_relaxed) != turn;
           ++spins) {
        if (spins % 1000 == 0) std::this_thread::yield();
      }
      // relaxed: a number alone.
      turns.store(turn + 1, std::memory_order_relaxed);
    }
  };
  std::jthread other([&] { take_turns(1); });
  const double ns = NsPerOperation(kTimes, [&] { take_turns(0); });
  other.join();
  // relaxed: a number alone.
  CheckAnswer(turns.load(std::memory_order_relaxed), 2 * kTimes);
  return ns;
}

}  // namespace weft::benchmarks::line
