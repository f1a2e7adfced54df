// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "weft/adapters/onetbb/parallel_pipeline.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"
#include "weft/benchmarks/workloads/pipeline/pipeline.h"
#include "weft/context/async_local_storage.h"

namespace weft::benchmarks::pipeline {

double Carried(int threads) {
  static const auto& number = *new AsyncLocalStorage<int>;
  ::tbb::task_arena& arena = TbbArena(threads);
  return Measure([&](int& next, std::int64_t& sum) {
    arena.execute([&] {
      tbb::parallel_pipeline(
          kTokens,
          tbb::make_filter<void, int>(tbb::filter_mode::serial_in_order,
                                      [&](tbb::flow_control& control) {
                                        if (next == kItems) {
                                          control.stop();
                                          return 0;
                                        }
                                        number.EnterWith(next);
                                        return next++;
                                      }) &
              tbb::make_filter<int, int>(tbb::filter_mode::parallel,
                                         [](int item) { return item; }) &
              tbb::make_filter<int, void>(tbb::filter_mode::serial_in_order,
                                          [&sum](int item) { sum += item; }));
    });
  });
}

}  // namespace weft::benchmarks::pipeline
