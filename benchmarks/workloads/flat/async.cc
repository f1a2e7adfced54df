// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <atomic>
#include <future>
#include <vector>

#include "weft/benchmarks/workloads/flat/flat.h"

namespace weft::benchmarks::flat {

double Async(int) {
  std::atomic<int> count = 0;
  std::vector<std::future<void>> tasks(kAsyncTasks);
  const double ns = NsPerOperation(kAsyncTasks, [&] {
    for (std::future<void>& task : tasks) {
      // relaxed: a number alone.
      task = std::async(std::launch::async,
                        [&] { count.fetch_add(1, std::memory_order_relaxed); });
    }
    for (std::future<void>& task : tasks) task.get();
  });
  // relaxed: a number alone.
  CheckAnswer(count.load(std::memory_order_relaxed), kAsyncTasks);
  return ns;
}

}  // namespace weft::benchmarks::flat
