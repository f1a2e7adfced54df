// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Detached tasks from outside, given to executors that stand over another one,
// to that one itself, and to others' that do the same.

#ifndef WEFT_BENCHMARKS_WORKLOADS_LANES_LANES_H_
#define WEFT_BENCHMARKS_WORKLOADS_LANES_LANES_H_

#include <cstddef>
#include <cstdint>

#include "weft/benchmarks/workloads/measure.h"
#include "weft/benchmarks/workloads/tally.h"

namespace weft::benchmarks::lanes {

constexpr int kTasks = 100'000;
// Of a bounded executor that is full.
constexpr std::size_t kPlaces = 64;

// Calls `post(tally)` kTasks times, and it has a task run that counts itself in
// the tally. Returns nanoseconds a task.
template <typename Post>
double Measure(const Post& post) {
  static Tally tally;
  const std::int64_t before = tally.Sum();
  const double ns = NsPerOperation(kTasks, [&] {
    for (int i = 0; i < kTasks; ++i) post(tally);
    tally.Await(before + kTasks);
  });
  CheckAnswer(tally.Sum() - before, kTasks);
  return ns;
}

// The executor below.
double Base(int threads);
double Strand(int threads);
double AsioStrand(int threads);
// The three priorities in turn.
double ByPriority(int threads);
// Never full.
double Bounded(int threads);
// Most submissions wait for one of kPlaces, in the executor or before it.
double Full(int threads);
double Semaphore(int threads);

}  // namespace weft::benchmarks::lanes

#endif  // WEFT_BENCHMARKS_WORKLOADS_LANES_LANES_H_
