// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The sum of 8 M doubles.

#ifndef WEFT_BENCHMARKS_WORKLOADS_REDUCE_REDUCE_H_
#define WEFT_BENCHMARKS_WORKLOADS_REDUCE_REDUCE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::reduce {

constexpr std::size_t kValues = 8'000'000;

// All share one array: its pages are the same.
inline const std::vector<double>& Values() {
  static const auto& values = *new std::vector<double>(kValues, 0.5);
  return values;
}

// Calls `sum(values)`. Returns nanoseconds a value.
template <typename Sum>
double Measure(const Sum& sum) {
  const std::vector<double>& values = Values();
  double answer = 0;
  const double ns = NsPerOperation(kValues, [&] { answer = sum(values); });
  // Each partial sum is exact, however they are grouped.
  CheckAnswer(static_cast<std::int64_t>(answer), kValues / 2);
  return ns;
}

double Weft(int threads);
double Tbb(int threads);

}  // namespace weft::benchmarks::reduce

#endif  // WEFT_BENCHMARKS_WORKLOADS_REDUCE_REDUCE_H_
