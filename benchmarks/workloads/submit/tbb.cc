// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tbb/task_arena.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"
#include "weft/benchmarks/workloads/submit/submit.h"

namespace weft::benchmarks::submit {

template <int producers>
double TbbEnqueue(int threads) {
  tbb::task_arena& arena = TbbEnqueueArena(threads);
  return Measure(producers, [&](Tally& tally, int tasks) {
    for (int i = 0; i < tasks; ++i) arena.enqueue([&tally] { tally.Add(); });
  });
}

template double TbbEnqueue<1>(int threads);
template double TbbEnqueue<2>(int threads);

}  // namespace weft::benchmarks::submit
