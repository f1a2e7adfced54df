// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/simulation/explore_schedules.h
// -----------------------------------------------------------------------------
//
// `ExploreSchedules()` runs a program under one schedule after the other, until
// it fails under one of them.
//
// Example:
//
//   const weft::Exploration exploration = weft::ExploreSchedules(
//       {.schedules = 10'000}, [](weft::SimulatedExecutor& executor) {
//         Account account(executor);
//         weft::Future<void> first = account.Withdraw(80);
//         weft::Future<void> second = account.Withdraw(80);
//         executor.Drain();
//         if (account.balance() < 0) throw std::runtime_error("overdrawn");
//       });
//   EXPECT_FALSE(exploration.failure()) << exploration.failure()->report();

#ifndef WEFT_EXECUTOR_SIMULATION_EXPLORE_SCHEDULES_H_
#define WEFT_EXECUTOR_SIMULATION_EXPLORE_SCHEDULES_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weft/context/duration.h"
#include "weft/executor/simulation/simulated_executor.h"
#include "weft/executor/simulation/simulation_options.h"

namespace weft {

// ExplorationOptions
//
// What `ExploreSchedules()` does.
struct ExplorationOptions {
  // The most schedules to run. kExhaustive may end before.
  std::size_t schedules = 10'000;

  // The seed of the first schedule; each further one has the next number.
  std::uint64_t seed = 1;

  // As in SimulationOptions. kPriorities runs one more schedule, first, to see
  // how long they are.
  ScheduleStrategy strategy = ScheduleStrategy::kRandomWalk;
  int depth = 3;
  int workers = 2;
  std::uint64_t max_steps = 100'000;

  // If not 0, a schedule fails when a task is queued, here or in an executor
  // over this one, for more than this number of steps. It takes a strategy that
  // is fair: kRandomWalk or kRoundRobin.
  std::uint64_t max_queued_steps = 0;

  // If true, a schedule fails when a task, or the program, logs
  // (SimulatedExecutor::Log()) something else than in the reference schedule,
  // which runs once before the others: nothing is interrupted in it, and the
  // oldest task comes first. Two tasks of different schedules are the same one
  // if the same task has made them, and the same number before them.
  bool compare_logs = false;

  // After this time, on the real clock, no further schedule is started.
  Duration stop_after = std::chrono::hours::max();
};

// ScheduleFailure
//
// How a program failed.
struct ScheduleFailure {
  // What was thrown, or found.
  std::string message;
  // The seed that leads to it. For kExhaustive the number of the schedule.
  std::uint64_t seed = 0;
  // What happened, in the shortest schedule found that fails too: each turn,
  // with the tasks that ran, where they were submitted and by which tasks, and
  // the labels of their context that a log may show.
  std::vector<std::string> steps;

  // Returns all of that as text.
  std::string report() const;
};

// Exploration
//
// What `ExploreSchedules()` has found.
//
// Thread-safety: thread-compatible.
class Exploration {
 public:
  // Makes one that has found that.
  Exploration(std::size_t schedules, std::optional<ScheduleFailure> failure)
      : schedules_(schedules), failure_(std::move(failure)) {}

  // Returns how many schedules were run, up to the one that failed.
  std::size_t schedules() const noexcept { return schedules_; }
  // Returns the failure; empty if there was none.
  const std::optional<ScheduleFailure>& failure() const noexcept {
    return failure_;
  }

 private:
  std::size_t schedules_;
  std::optional<ScheduleFailure> failure_;
};

// ExploreSchedules()
//
// Calls `body(executor)`, and drains the executor, once for each schedule, each
// time with a new executor, until one fails. A schedule fails if
//
//   * `body` throws, or a task that was posted
//   * nothing can run and something waits: a deadlock, work that was lost, or a
//     promise that nobody settles
//   * it does not end within `max_steps`
//   * a task is queued for more than `max_queued_steps`
//   * its logs differ, if they are compared
//
// All that `body` uses must be made in it: it begins anew each time. Of two
// runs under one schedule each must do the same, so it must not ask for the
// real time, random numbers, or addresses, to decide what it does.
//
// The schedule that fails is then made shorter, as long as it fails, and
// written to standard error, with its seed. A program that is started with
// `--weft_seed=N` runs only the schedule of that seed, in each exploration but
// those of kExhaustive.
//
// Throws std::invalid_argument for an option out of its range, a bound of what
// is queued under a strategy that is not fair, or an N that is no number, and
// std::logic_error if a SimulatedExecutor lives on this thread.
//
// Thread-safety: thread-safe; each exploration is on the thread that calls it.
Exploration ExploreSchedules(
    const ExplorationOptions& options,
    const std::function<void(SimulatedExecutor&)>& body);

}  // namespace weft

#endif  // WEFT_EXECUTOR_SIMULATION_EXPLORE_SCHEDULES_H_
