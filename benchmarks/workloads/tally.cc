// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/tally.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace weft::benchmarks {

std::size_t Tally::NewThreadIndex() {
  static constinit std::atomic<std::size_t> next = 0;
  // relaxed: only that each thread gets another.
  const std::size_t index = next.fetch_add(1, std::memory_order_relaxed);
  if (index >= kMaxThreads) {
    std::fputs("Tally: too many threads\n", stderr);
    std::abort();
  }
  return index;
}

std::int64_t Tally::Sum() const noexcept {
  std::int64_t sum = 0;
  for (const Cell& cell : cells_) {
    // relaxed: a number alone.
    sum += cell.count.load(std::memory_order_relaxed);
  }
  return sum;
}

void Tally::Await(std::int64_t tasks) const {
  using std::chrono::steady_clock;
  std::int64_t before = -1;
  auto progress = steady_clock::now();
  for (std::int64_t sum = Sum(); sum < tasks; sum = Sum()) {
    const auto now = steady_clock::now();
    if (sum != before) {
      before = sum;
      progress = now;
    } else if (now - progress > std::chrono::seconds(10)) {
      return;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
}

}  // namespace weft::benchmarks
