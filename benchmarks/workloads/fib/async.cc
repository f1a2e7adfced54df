// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <future>

#include "weft/benchmarks/workloads/fib/fib.h"

namespace weft::benchmarks::fib {

namespace {

std::int64_t Fib(int n) {
  if (n < 2) return n;
  std::future<std::int64_t> left =
      std::async(std::launch::async, [n] { return Fib(n - 1); });
  const std::int64_t right = Fib(n - 2);
  return left.get() + right;
}

}  // namespace

double Async(int) {
  std::int64_t answer = 0;
  const double ns =
      NsPerOperation(Forks(kAsyncN), [&] { answer = Fib(kAsyncN); });
  CheckAnswer(answer, Number(kAsyncN));
  return ns;
}

}  // namespace weft::benchmarks::fib
