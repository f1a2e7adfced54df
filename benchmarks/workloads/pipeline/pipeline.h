// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A pipeline of three stages: a source, a parallel stage, and one in order that
// adds the items up; also with a deadline for each item, with batches, and with
// items that are split and joined again.

#ifndef WEFT_BENCHMARKS_WORKLOADS_PIPELINE_PIPELINE_H_
#define WEFT_BENCHMARKS_WORKLOADS_PIPELINE_PIPELINE_H_

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::pipeline {

constexpr int kItems = 20'000;
constexpr std::size_t kTokens = 8;

// Calls `run(next, sum)`, which passes `next` to kItems - 1 through and adds
// each to `sum`. Returns nanoseconds an item. kItems is a multiple of kBatch
// and of kParts.
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
// Each item has a time, `item_time`; oneTBB's have a deadline, written by hand,
// that each stage compares with the clock.
double WeftItemTime(int threads);
double TbbItemTime(int threads);
// The last stage adds batches of kBatch items: Batch(); a stage in order of
// oneTBB's that collects them, written by hand.
constexpr int kBatch = 10;
double WeftBatch(int threads);
double TbbBatch(int threads);
// An element: the source has ranges of kParts; each element of one is worked on
// as an item, and the last stage adds the ranges, joined again, in order:
// Each() and Gather(); oneTBB's flow graph, whose limiter has as many tokens,
// with a node that joins the parts, written by hand; a stage of oneTBB's
// pipeline that runs a parallel_for() over the range.
constexpr int kParts = 10;
// Makes the source's next range.
inline std::vector<int> NextParts(int& next) {
  std::vector<int> parts(std::size_t{kParts});
  std::iota(parts.begin(), parts.end(), next);
  next += kParts;
  return parts;
}
inline std::int64_t Sum(const std::vector<int>& items) {
  return std::accumulate(items.begin(), items.end(), std::int64_t{0});
}
double WeftEachAndGather(int threads);
double TbbFlowGraph(int threads);
double TbbParallelForInStage(int threads);
// oneTBB's pipeline, plain, and carried by the bridge.
double Tbb(int threads);
double Carried(int threads);

}  // namespace weft::benchmarks::pipeline

#endif  // WEFT_BENCHMARKS_WORKLOADS_PIPELINE_PIPELINE_H_
