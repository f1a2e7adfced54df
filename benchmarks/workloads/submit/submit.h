// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// One or two threads outside of the pool submit 10^6 empty detached tasks,
// until all have run.

#ifndef WEFT_BENCHMARKS_WORKLOADS_SUBMIT_SUBMIT_H_
#define WEFT_BENCHMARKS_WORKLOADS_SUBMIT_SUBMIT_H_

#include <cstdint>
#include <thread>
#include <vector>

#include "weft/benchmarks/workloads/measure.h"
#include "weft/benchmarks/workloads/tally.h"

namespace weft::benchmarks::submit {

constexpr int kTasks = 1'000'000;

// Calls `submit(tally, tasks)` on each of so many threads. It submits `tasks`,
// each of which counts itself in the tally.
template <typename Submit>
double Measure(int producers, const Submit& submit) {
  static Tally tally;
  const std::int64_t before = tally.Sum();
  const double ns = NsPerOperation(kTasks, [&] {
    const auto produce = [&] { submit(tally, kTasks / producers); };
    std::vector<std::jthread> others;
    for (int i = 1; i < producers; ++i) others.emplace_back(produce);
    produce();
    tally.Await(before + kTasks);
  });
  CheckAnswer(tally.Sum() - before, kTasks);
  return ns;
}

// All: nanoseconds a task; instantiated for one and two producers.
template <int producers>
double Weft(int threads);
template <int producers>
double Asio(int threads);
template <int producers>
double TbbEnqueue(int threads);
template <int producers>
double SharedPtr(int threads);

}  // namespace weft::benchmarks::submit

#endif  // WEFT_BENCHMARKS_WORKLOADS_SUBMIT_SUBMIT_H_
