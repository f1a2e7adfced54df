// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tbb/task_arena.h"
#include "weft/benchmarks/workloads/peers/shared_ptr_context.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"
#include "weft/benchmarks/workloads/submit/submit.h"

namespace weft::benchmarks::submit {

template <int producers>
double SharedPtr(int threads) {
  tbb::task_arena& arena = TbbEnqueueArena(threads);
  return SharedPtrContext::Run([&] {
    // Threads of its own inherit nothing: each producer gets a context.
    return Measure(producers, [&](Tally& tally, int tasks) {
      SharedPtrContext::Run([&] {
        for (int i = 0; i < tasks; ++i) {
          arena.enqueue(SharedPtrContext::Task([&tally] { tally.Add(); }));
        }
        return 0;
      });
    });
  });
}

template double SharedPtr<1>(int threads);
template double SharedPtr<2>(int threads);

}  // namespace weft::benchmarks::submit
