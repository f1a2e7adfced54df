// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tbb/task_arena.h"
#include "tbb/task_group.h"
#include "weft/benchmarks/workloads/flat/flat.h"
#include "weft/benchmarks/workloads/peers/shared_ptr_context.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"

namespace weft::benchmarks::flat {

double SharedPtr(int threads) {
  tbb::task_arena& arena = TbbArena(threads);
  return Measure([&](Tally& tally) {
    arena.execute([&] {
      SharedPtrContext::Run([&] {
        tbb::task_group group;
        for (int i = 0; i < kTasks; ++i) {
          group.run(SharedPtrContext::Task([&tally] { tally.Add(); }));
        }
        return group.wait();
      });
    });
  });
}

}  // namespace weft::benchmarks::flat
