// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/flat/flat.h"
#include "weft/benchmarks/workloads/peers/openmp_pool.h"

namespace weft::benchmarks::flat {

double OpenMp(int threads) {
  return Measure([&](Tally& tally) {
    OpenMpForks::Run(threads, [&] {
      Tally* const counted = &tally;
      for (int i = 0; i < kTasks; ++i) {
#pragma omp task default(none) firstprivate(counted)
        counted->Add();
      }
#pragma omp taskwait
      return 0;
    });
  });
}

}  // namespace weft::benchmarks::flat
