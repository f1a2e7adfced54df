// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A coroutine that awaits others, one after the other, each of which ends at
// once.

#ifndef WEFT_BENCHMARKS_WORKLOADS_COROUTINE_COROUTINE_H_
#define WEFT_BENCHMARKS_WORKLOADS_COROUTINE_COROUTINE_H_

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::coroutine {

constexpr int kChildren = 100'000;

template <typename Coroutine>
[[gnu::noinline]] Coroutine Child(int n) {
  co_return n;
}

template <typename Coroutine>
Coroutine Parent() {
  int sum = 0;
  for (int i = 0; i < kChildren; ++i) sum ^= co_await Child<Coroutine>(i);
  co_return sum;
}

// Calls `run()`, which runs a Parent() and returns its result. Returns
// nanoseconds a child.
template <typename Run>
double Measure(const Run& run) {
  static_assert(kChildren % 4 == 0);
  int answer = -1;
  const double ns = NsPerOperation(kChildren, [&] { answer = run(); });
  CheckAnswer(answer, 0);  // of 0 ^ 1 ^ 2 ^ 3, and of each four further on
  return ns;
}

double Weft(int threads);
// Of one thread, whatever `threads`.
double HandWritten(int threads);
double Plain(int threads);

}  // namespace weft::benchmarks::coroutine

#endif  // WEFT_BENCHMARKS_WORKLOADS_COROUTINE_COROUTINE_H_
