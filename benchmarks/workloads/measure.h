// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How a workload is measured: a function runs it once, checks the answer and
// returns what one operation cost.

#ifndef WEFT_BENCHMARKS_WORKLOADS_MEASURE_H_
#define WEFT_BENCHMARKS_WORKLOADS_MEASURE_H_

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace weft::benchmarks {

// Runs a workload on a pool of `threads`. Returns nanoseconds an operation.
// Called by the main thread, one at a time. Throws WrongAnswer.
using Measurement = double (*)(int threads);

class WrongAnswer : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline void CheckAnswer(std::int64_t answer, std::int64_t right) {
  if (answer == right) return;
  throw WrongAnswer("the answer is " + std::to_string(answer) + ", not " +
                    std::to_string(right));
}

// Calls `fn()`, which does `operations`. Returns the nanoseconds of each.
template <typename Fn>
double NsPerOperation(std::int64_t operations, const Fn& fn) {
  const auto start = std::chrono::steady_clock::now();
  fn();
  const std::chrono::duration<double, std::nano> time =
      std::chrono::steady_clock::now() - start;
  return time.count() / static_cast<double>(operations);
}

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_WORKLOADS_MEASURE_H_
