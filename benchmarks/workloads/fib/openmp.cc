// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "weft/benchmarks/workloads/fib/fib.h"
#include "weft/benchmarks/workloads/peers/openmp_pool.h"

namespace weft::benchmarks::fib {

namespace {

std::int64_t Fib(int n) {
  if (n < 2) return n;
  std::int64_t left = 0;
#pragma omp task default(none) shared(left) firstprivate(n)
  left = Fib(n - 1);
  const std::int64_t right = Fib(n - 2);
#pragma omp taskwait
  return left + right;
}

}  // namespace

double OpenMp(int threads) {
  std::int64_t answer = 0;
  const double ns = NsPerOperation(Forks(kN), [&] {
    answer = OpenMpForks::Run(threads, [] { return Fib(kN); });
  });
  CheckAnswer(answer, Number(kN));
  return ns;
}

}  // namespace weft::benchmarks::fib
