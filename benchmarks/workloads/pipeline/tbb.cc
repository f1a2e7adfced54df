// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "tbb/parallel_pipeline.h"
#include "tbb/task_arena.h"
#include "weft/benchmarks/workloads/peers/plain_coroutine.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"
#include "weft/benchmarks/workloads/pipeline/pipeline.h"

namespace weft::benchmarks::pipeline {

namespace {

[[gnu::noinline]] HandWrittenCoroutine SameInCoroutine(int item) {
  co_return item;
}

// `work` is the parallel stage.
template <typename Work>
double MeasureTbb(int threads, const Work& work) {
  tbb::task_arena& arena = TbbArena(threads);
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
                                        return next++;
                                      }) &
              tbb::make_filter<int, int>(tbb::filter_mode::parallel, work) &
              tbb::make_filter<int, void>(tbb::filter_mode::serial_in_order,
                                          [&sum](int item) { sum += item; }));
    });
  });
}

}  // namespace

double Tbb(int threads) {
  return MeasureTbb(threads, [](int item) { return item; });
}

double TbbPlainCoroutine(int threads) {
  return MeasureTbb(threads,
                    [](int item) { return SameInCoroutine(item).Run(); });
}

}  // namespace weft::benchmarks::pipeline
