// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A worker spawns 10^6 empty tasks and waits for them.

#ifndef WEFT_BENCHMARKS_WORKLOADS_FLAT_FLAT_H_
#define WEFT_BENCHMARKS_WORKLOADS_FLAT_FLAT_H_

#include <cstdint>

#include "weft/benchmarks/workloads/measure.h"
#include "weft/benchmarks/workloads/tally.h"

namespace weft::benchmarks::flat {

constexpr int kTasks = 1'000'000;
// One thread for each task is not for more than this.
constexpr int kAsyncTasks = 200;

// Calls `spawn(tally)`, which has kTasks tasks run, each of which counts itself
// in the tally. Returns nanoseconds a task.
template <typename Spawn>
double Measure(const Spawn& spawn) {
  static Tally tally;
  const std::int64_t before = tally.Sum();
  const double ns = NsPerOperation(kTasks, [&] { spawn(tally); });
  CheckAnswer(tally.Sum() - before, kTasks);
  return ns;
}

// All: nanoseconds a task.
double Weft(int threads);
double Tbb(int threads);
double SharedPtr(int threads);
double OpenMp(int threads);
double Asio(int threads);
double Async(int threads);

// In groups of `tasks` each, one after the other; instantiated for 100 and
// 10,000.
template <int tasks>
double WeftGroups(int threads);
template <int tasks>
double TbbGroups(int threads);

// The spawner runs none of the tasks: it sleeps until the others have.
double WeftStolen(int threads);
double TbbStolen(int threads);

}  // namespace weft::benchmarks::flat

#endif  // WEFT_BENCHMARKS_WORKLOADS_FLAT_FLAT_H_
