// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "weft/benchmarks/workloads/fib/fib.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"

namespace weft::benchmarks::fib {

namespace {

std::int64_t Fib(int n) {
  if (n < 2) return n;
  const auto [left, right] =
      Join([n] { return Fib(n - 1); }, [n] { return Fib(n - 2); });
  return left + right;
}

}  // namespace

double Weft(int threads) {
  WeftExecutor(threads);
  std::int64_t answer = 0;
  const double ns = NsPerOperation(
      Forks(kN), [&] { answer = InTask(threads, [] { return Fib(kN); }); });
  CheckAnswer(answer, Number(kN));
  return ns;
}

}  // namespace weft::benchmarks::fib
