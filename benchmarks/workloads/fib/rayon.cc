// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "weft/benchmarks/workloads/fib/fib.h"
#include "weft/benchmarks/workloads/peers/rayon/rayon_pool.h"

namespace weft::benchmarks::fib {

double Rayon(int threads) {
  std::int64_t answer = 0;
  const double ns =
      NsPerOperation(Forks(kN), [&] { answer = RayonFib(threads, kN); });
  CheckAnswer(answer, Number(kN));
  return ns;
}

}  // namespace weft::benchmarks::fib
