// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Run with --weft_seed=42.

#include <cstddef>
#include <stdexcept>
#include <vector>

#include "gtest/gtest.h"
#include "weft/executor/simulation/explore_schedules.h"
#include "weft/executor/simulation/scheduling_point.h"
#include "weft/executor/simulation/simulated_executor.h"
#include "weft/executor/simulation/simulation_options.h"

namespace weft {
namespace {

std::vector<int> OrderOfTasks(SimulatedExecutor& executor) {
  std::vector<int> order;
  for (int i = 0; i < 8; ++i) {
    executor.Post([&order, i] {
      SchedulingPoint();
      order.push_back(i);
    });
  }
  executor.Drain();
  return order;
}

TEST(WeftSeedTest, OnlyItsScheduleRuns) {
  std::vector<int> order;
  const Exploration exploration =
      ExploreSchedules({.seed = 7}, [&order](SimulatedExecutor& executor) {
        order = OrderOfTasks(executor);
      });
  EXPECT_EQ(exploration.schedules(), 1u);
  SimulatedExecutor executor({.seed = 42});
  EXPECT_EQ(order, OrderOfTasks(executor));
}

TEST(WeftSeedTest, AFailureHasIt) {
  for (const ScheduleStrategy strategy :
       {ScheduleStrategy::kRandomWalk, ScheduleStrategy::kPriorities}) {
    const Exploration exploration = ExploreSchedules(
        {.strategy = strategy},
        [](SimulatedExecutor&) { throw std::runtime_error("fails"); });
    ASSERT_TRUE(exploration.failure().has_value());
    EXPECT_EQ(exploration.failure()->seed, 42u);
  }
}

TEST(WeftSeedTest, AllSchedulesHaveNoSeed) {
  const Exploration exploration = ExploreSchedules(
      {.strategy = ScheduleStrategy::kExhaustive},
      [](SimulatedExecutor& executor) { OrderOfTasks(executor); });
  EXPECT_GT(exploration.schedules(), 1u);
}

}  // namespace
}  // namespace weft
