// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What is done with futures besides waiting for them, by one coroutine. The
// peers are written by hand over a lock and a callback, which is called where
// the result is set: without tasks, context, ids, hooks and cancellation.

#ifndef WEFT_BENCHMARKS_WORKLOADS_CONTINUATIONS_CONTINUATIONS_H_
#define WEFT_BENCHMARKS_WORKLOADS_CONTINUATIONS_CONTINUATIONS_H_

#include <cstdint>

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::continuations {

constexpr int kOperations = 50'000;

// What the failing futures throw.
struct Failure {
  int number;
};

// Calls `run()`, which adds the numbers below kOperations, each by an
// operation, and returns the sum. Returns nanoseconds an operation.
template <typename Run>
double Measure(const Run& run) {
  std::int64_t sum = -1;
  const double ns = NsPerOperation(kOperations, [&] { sum = run(); });
  CheckAnswer(sum, std::int64_t{kOperations} * (kOperations - 1) / 2);
  return ns;
}

// A promise that is kept, and a continuation that passes its outcome on:
// ThenOutcome().
double Outcomes(int threads);
double OutcomesByHand(int threads);
// A promise that fails, and a continuation that has a value for the failure:
// Catch<Failure>().
double Catches(int threads);
double CatchesByHand(int threads);
// A promise that is kept, and a continuation that is called in any case:
// Finally().
double Finals(int threads);
double FinalsByHand(int threads);
// A promise of a future, and the promise of that, both of which are kept:
// Flatten().
double Flattened(int threads);
double FlattenedByHand(int threads);
// A promise, of which the first kWanted of kInputs are collected: Collect().
constexpr int kInputs = 100;
constexpr int kWanted = 50;
double Collected(int threads);
double CollectedByHand(int threads);
// Two promises of two types, of which the first that is kept is taken:
// WhenAny().
double FirstOfTwo(int threads);
double FirstOfTwoByHand(int threads);

}  // namespace weft::benchmarks::continuations

#endif  // WEFT_BENCHMARKS_WORKLOADS_CONTINUATIONS_CONTINUATIONS_H_
