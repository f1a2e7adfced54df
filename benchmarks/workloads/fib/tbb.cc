// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "tbb/task_arena.h"
#include "tbb/task_group.h"
#include "weft/benchmarks/workloads/fib/fib.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"

namespace weft::benchmarks::fib {
namespace {

std::int64_t Fib(int n) {
  if (n < 2) return n;
  std::int64_t left = 0;
  tbb::task_group group;
  group.run([&] { left = Fib(n - 1); });
  const std::int64_t right = Fib(n - 2);
  group.wait();
  return left + right;
}

}  // namespace

double Tbb(int threads) {
  tbb::task_arena& arena = TbbArena(threads);
  std::int64_t answer = 0;
  const double ns = NsPerOperation(
      Forks(kN), [&] { answer = arena.execute([] { return Fib(kN); }); });
  CheckAnswer(answer, Number(kN));
  return ns;
}

}  // namespace weft::benchmarks::fib
