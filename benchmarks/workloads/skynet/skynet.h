// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A tree of tasks, ten below each, 10^6 leaves; the sum of the leaves' numbers.

#ifndef WEFT_BENCHMARKS_WORKLOADS_SKYNET_SKYNET_H_
#define WEFT_BENCHMARKS_WORKLOADS_SKYNET_SKYNET_H_

#include <cstdint>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::skynet {

constexpr std::int64_t kLeaves = 1'000'000;
constexpr std::int64_t kTasks = 1'111'111;

template <typename Forks>
std::int64_t Sum(std::int64_t first, std::int64_t leaves) {
  if (leaves == 1) return first;
  const std::int64_t part = leaves / 10;
  return Forks::Sum(10,
                    [=](int i) { return Sum<Forks>(first + i * part, part); });
}

template <typename Forks>
double Measure(int threads) {
  std::int64_t answer = 0;
  const double ns = NsPerOperation(kTasks, [&] {
    answer = Forks::Run(threads, [] { return Sum<Forks>(0, kLeaves); });
  });
  CheckAnswer(answer, kLeaves * (kLeaves - 1) / 2);
  return ns;
}

// All: nanoseconds a task.
double Weft(int threads);
double Tbb(int threads);
double OpenMp(int threads);

}  // namespace weft::benchmarks::skynet

#endif  // WEFT_BENCHMARKS_WORKLOADS_SKYNET_SKYNET_H_
