// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/benchmarks/workloads/submit/submit.h"
#include "weft/executor/executor.h"

namespace weft::benchmarks::submit {

template <int producers>
double Weft(int threads) {
  Executor& executor = WeftExecutor(threads);
  return Measure(producers, [&](Tally& tally, int tasks) {
    InContext([&] {
      for (int i = 0; i < tasks; ++i) executor.Post([&tally] { tally.Add(); });
    });
  });
}

template double Weft<1>(int threads);
template double Weft<2>(int threads);

}  // namespace weft::benchmarks::submit
