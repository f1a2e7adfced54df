// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/peers/asio_pool.h"
#include "weft/benchmarks/workloads/submit/submit.h"

namespace weft::benchmarks::submit {

template <int producers>
double Asio(int threads) {
  auto& pool = AsioPool(threads);
  return Measure(producers, [&](Tally& tally, int tasks) {
    for (int i = 0; i < tasks; ++i) {
      boost::asio::post(pool, [&tally] { tally.Add(); });
    }
  });
}

template double Asio<1>(int threads);
template double Asio<2>(int threads);

}  // namespace weft::benchmarks::submit
