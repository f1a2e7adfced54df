// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Each planted bug is found, and what is right is left alone. Prints how many
// schedules each took: the table of docs/guide/schedules.md.

#include "weft/tests/executor/simulation/planted_bugs.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

#include "gtest/gtest.h"
#include "weft/executor/simulation/explore_schedules.h"
#include "weft/executor/simulation/simulated_executor.h"
#include "weft/executor/simulation/simulation_options.h"

namespace weft {
namespace {

constexpr ScheduleStrategy kStrategies[] = {ScheduleStrategy::kRandomWalk,
                                            ScheduleStrategy::kPriorities,
                                            ScheduleStrategy::kExhaustive};

// How many seeds the search begins from, each by itself.
constexpr std::uint64_t kBeginnings = 5;

Exploration Explore(const PlantedBug& bug, Variant variant,
                    ScheduleStrategy strategy, std::size_t schedules,
                    std::uint64_t seed) {
  return ExploreSchedules(
      {.schedules = schedules, .seed = seed, .strategy = strategy},
      [&](SimulatedExecutor& executor) { bug.run(executor, variant); });
}

// Returns how many schedules it took at most, of all beginnings.
std::size_t SchedulesToFind(const PlantedBug& bug, ScheduleStrategy strategy) {
  const bool is_exhaustive = strategy == ScheduleStrategy::kExhaustive;
  std::size_t most = 0;
  for (std::uint64_t i = 0; i < (is_exhaustive ? 1 : kBeginnings); ++i) {
    const Exploration exploration =
        Explore(bug, Variant::kPlanted, strategy, 10'000, 1 + i * 100'000);
    EXPECT_TRUE(exploration.failure().has_value()) << bug.name;
    most = std::max(most, exploration.schedules());
  }
  return most;
}

class PlantedBugsTest
    : public testing::TestWithParam<std::span<const PlantedBug>> {};

TEST_P(PlantedBugsTest, AreFoundWithinTenThousandSchedules) {
  std::string table;
  for (const PlantedBug& bug : GetParam()) {
    table += std::string("| `") + bug.name + "` | " + bug.what + " |";
    for (const ScheduleStrategy strategy : kStrategies) {
      table += " " + std::to_string(SchedulesToFind(bug, strategy)) + " |";
    }
    table += "\n";
  }
  std::printf("%s", table.c_str());
}

TEST_P(PlantedBugsTest, WhatIsRightDoesNotFail) {
  for (const PlantedBug& bug : GetParam()) {
    for (const ScheduleStrategy strategy : kStrategies) {
      const Exploration exploration =
          Explore(bug, Variant::kRight, strategy, 1'000, 1);
      EXPECT_FALSE(exploration.failure().has_value()) << bug.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Races, PlantedBugsTest,
                         testing::Values(PlantedRaces()));
INSTANTIATE_TEST_SUITE_P(Orders, PlantedBugsTest,
                         testing::Values(PlantedOrders()));
INSTANTIATE_TEST_SUITE_P(Jobs, PlantedBugsTest, testing::Values(PlantedJobs()));

}  // namespace
}  // namespace weft
