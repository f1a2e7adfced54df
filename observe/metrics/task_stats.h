// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/metrics/task_stats.h
// -----------------------------------------------------------------------------
//
// `TaskStats`: what has been counted (task_counter.h) of an executor's tasks,
// as plain values.
//
// Node counterpart: none.

#ifndef WEFT_OBSERVE_METRICS_TASK_STATS_H_
#define WEFT_OBSERVE_METRICS_TASK_STATS_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "weft/base/language.h"

namespace weft::observe {

// How long things took.
struct TimeHistogram {
  // Place n has how many took less than 2^n nanoseconds, and not less than half
  // of that; the last one, all that took longer, from 4.6 minutes on.
  static constexpr std::size_t kCounts = 40;
  std::array<std::uint64_t, kCounts> counts{};
  // All of them together.
  std::chrono::nanoseconds sum{};

  friend bool operator==(const TimeHistogram&, const TimeHistogram&) = default;
};

// Counts of one executor. Those of a task that has ended, and of which the
// calling thread knows that by waiting for it, are in them.
struct TaskStats {
  // How many parts of forks and loops a worker took from another one.
  std::uint64_t stolen_parts = 0;
  // How many tasks and parts it took.
  std::uint64_t stolen = 0;
  // How often the function of a task threw.
  std::uint64_t threw = 0;
  // How long those runs, of tasks and of parts, took that have ended.
  TimeHistogram run_time;
  // How long tasks had been queued when they began: of 1 in 8, by their ids,
  // and of fewer while thousands wait.
  TimeHistogram queue_wait;
  // How long the oldest of those has been queued that are still waiting; 0 if
  // none is.
  std::chrono::nanoseconds oldest_wait{};
};

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_METRICS_TASK_STATS_H_
