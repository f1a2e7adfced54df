// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/simulation/simulation_options.h
// -----------------------------------------------------------------------------
//
// The options of a `SimulatedExecutor` (simulated_executor.h).

#ifndef WEFT_EXECUTOR_SIMULATION_SIMULATION_OPTIONS_H_
#define WEFT_EXECUTOR_SIMULATION_SIMULATION_OPTIONS_H_

#include <cstdint>

#include "weft/executor/executor_options.h"

namespace weft {

// ScheduleStrategy
//
// How a simulation chooses, at each scheduling point, who goes on.
enum class ScheduleStrategy {
  // Any that may, each as likely as the others. Finds what many schedules show.
  kRandomWalk,
  // By random priorities, which change at a few random steps: probabilistic
  // concurrency testing (Burckhardt, Kothari, Musuvathi and Nagarakatte, ASPLOS
  // 2010). Finds what only a few schedules show, namely those in which `depth`
  // steps come in one order: of n tasks in k steps, it is found with a
  // probability of at least 1 / (n * k^(depth - 1)) in each schedule.
  kPriorities,
  // Each in turn: one schedule, whatever the seed.
  kRoundRobin,
  // All schedules, one after the other, in which a task is interrupted, at a
  // point where it could have gone on, at most `depth` times.
  kExhaustive,
};

// SimulationOptions
//
// The options of a `SimulatedExecutor`.
struct SimulationOptions {
  // Which schedule.
  std::uint64_t seed = 1;

  // The most tasks that run, or could go on, at once: 1 to
  // ExecutorOptions::kMaxConcurrency. Tasks that wait do not count.
  int workers = 2;

  // Who goes on when.
  ScheduleStrategy strategy = ScheduleStrategy::kRandomWalk;

  // See ScheduleStrategy: 1 or more, for kExhaustive 0 or more.
  int depth = 3;

  // For kPriorities: the number of choices in which the changes of priority
  // come, about as many as a schedule has.
  std::uint64_t length = 100;

  // A schedule of more steps has failed: the executor drops what is queued, and
  // waits throw DeadlockError.
  std::uint64_t max_steps = 1'000'000;

  // As in ExecutorOptions.
  UnhandledExceptionHandler on_unhandled_exception = {};

  // Throws std::invalid_argument, naming the option, if one is out of range.
  // Executors do this themselves.
  void Validate() const;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_SIMULATION_SIMULATION_OPTIONS_H_
