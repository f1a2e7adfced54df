// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "boost/asio/post.hpp"
#include "boost/asio/thread_pool.hpp"
#include "tbb/task.h"
#include "tbb/task_arena.h"
#include "weft/benchmarks/workloads/blocking_wait/blocking_wait.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"

namespace weft::benchmarks::blocking_wait {

template <int percentile>
double Tbb(int threads) {
  tbb::task_arena& arena = TbbEnqueueArena(threads);
  boost::asio::thread_pool blocking(4);
  return Measure(
      percentile, [&](const auto& task) { arena.enqueue(task); },
      [&](const auto& end) {
        tbb::task::suspend([&](tbb::task::suspend_point point) {
          boost::asio::post(blocking, [point] {
            Block();
            tbb::task::resume(point);
          });
        });
        end();
      });
}

template double Tbb<50>(int threads);
template double Tbb<99>(int threads);

}  // namespace weft::benchmarks::blocking_wait
