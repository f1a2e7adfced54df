// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A pipeline of three stages: a source, a parallel stage, and one in order that
// adds the items up.

#ifndef WEFT_BENCHMARKS_WORKLOADS_PIPELINE_PIPELINE_H_
#define WEFT_BENCHMARKS_WORKLOADS_PIPELINE_PIPELINE_H_

#include <cstddef>
#include <cstdint>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::pipeline {

constexpr int kItems = 20'000;
constexpr std::size_t kTokens = 8;

// Calls `run(next, sum)`, which passes `next` to kItems - 1 through and adds
// each to `sum`. Returns nanoseconds an item.
template <typename Run>
double Measure(const Run& run) {
  int next = 0;
  std::int64_t sum = 0;
  const double ns = NsPerOperation(kItems, [&] { run(next, sum); });
  CheckAnswer(sum, std::int64_t{kItems} * (kItems - 1) / 2);
  return ns;
}

// All: nanoseconds an item. The source enters a number for each item.
double Weft(int threads);
// It does not: all items are in one context.
double WeftEntersNothing(int threads);
// The parallel stage is a coroutine: Weft's, and a plain one that a stage of
// oneTBB's runs.
double WeftCoroutine(int threads);
double TbbPlainCoroutine(int threads);
// oneTBB's pipeline, plain, and carried by the bridge.
double Tbb(int threads);
double Carried(int threads);

}  // namespace weft::benchmarks::pipeline

#endif  // WEFT_BENCHMARKS_WORKLOADS_PIPELINE_PIPELINE_H_
