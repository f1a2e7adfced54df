// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "weft/benchmarks/workloads/flat/flat.h"
#include "weft/benchmarks/workloads/peers/asio_pool.h"

namespace weft::benchmarks::flat {

double Asio(int threads) {
  auto& pool = AsioPool(threads);
  return Measure([&](Tally& tally) {
    const std::int64_t before = tally.Sum();
    boost::asio::post(pool, [&] {
      for (int i = 0; i < kTasks; ++i) {
        boost::asio::post(pool, [&tally] { tally.Add(); });
      }
    });
    tally.Await(before + kTasks);
  });
}

}  // namespace weft::benchmarks::flat
