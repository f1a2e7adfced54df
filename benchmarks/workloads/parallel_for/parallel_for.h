// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A loop over 1024 cheap bodies, many times over; and one over an array that is
// larger than any cache.

#ifndef WEFT_BENCHMARKS_WORKLOADS_PARALLEL_FOR_PARALLEL_FOR_H_
#define WEFT_BENCHMARKS_WORKLOADS_PARALLEL_FOR_PARALLEL_FOR_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::parallel_for {

constexpr std::size_t kCheap = 1024;
constexpr int kLoops = 200;

// Calls `loops(body)` and it `kLoops` times body(i) for each i below kCheap.
// Returns nanoseconds a loop.
template <typename Loops>
double MeasureCheap(const Loops& loops) {
  std::vector<int> calls(kCheap);
  const double ns = NsPerOperation(
      kLoops, [&] { loops([&calls](std::size_t i) { ++calls[i]; }); });
  for (const int count : calls) CheckAnswer(count, kLoops);
  return ns;
}

constexpr std::size_t kLarge = 8'000'000;

struct Arrays {
  std::vector<float> from;
  std::vector<float> to;
};
// With `from` filled. All share one pair: their pages are the same.
Arrays& LargeArrays();
void CheckLarge(const Arrays& arrays);

// Calls `loop(body)` and it body(i) for each i below kLarge. Returns
// nanoseconds an element.
template <typename Loop>
double MeasureLarge(const Loop& loop) {
  Arrays& arrays = LargeArrays();
  const float* const from = arrays.from.data();
  float* const to = arrays.to.data();
  const double ns = NsPerOperation(kLarge, [&] {
    loop([from, to](std::size_t i) { to[i] = 2 * from[i] + 1; });
  });
  CheckLarge(arrays);
  return ns;
}

double CheapWeft(int threads);
double CheapTbb(int threads);
double CheapOpenMp(int threads);

double LargeWeft(int threads);
double LargeTbb(int threads);
double LargeOpenMp(int threads);

}  // namespace weft::benchmarks::parallel_for

#endif  // WEFT_BENCHMARKS_WORKLOADS_PARALLEL_FOR_PARALLEL_FOR_H_
