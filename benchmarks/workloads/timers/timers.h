// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Timers that are set and cancelled before they are due, beside none, and
// beside a million others that are due later.

#ifndef WEFT_BENCHMARKS_WORKLOADS_TIMERS_TIMERS_H_
#define WEFT_BENCHMARKS_WORKLOADS_TIMERS_TIMERS_H_

#include "weft/benchmarks/workloads/measure.h"

namespace weft::benchmarks::timers {

constexpr int kTimers = 10'000;
constexpr int kMany = 1'000'000;

// All: nanoseconds a timer; instantiated for 0 and kMany others.
template <int others>
double Weft(int threads);
template <int others>
double Asio(int threads);

}  // namespace weft::benchmarks::timers

#endif  // WEFT_BENCHMARKS_WORKLOADS_TIMERS_TIMERS_H_
