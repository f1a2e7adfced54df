// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Measures what a simulated task costs, and a schedule of a small program.

#include <cstddef>
#include <cstdint>

#include "benchmark/benchmark.h"
#include "weft/executor/simulation/explore_schedules.h"
#include "weft/executor/simulation/scheduling_point.h"
#include "weft/executor/simulation/simulated_executor.h"
#include "weft/executor/simulation/simulation_options.h"

namespace weft {
namespace {

constexpr int kTasks = 10'000;

// Detached tasks, each of which may be interrupted `points` times, until all
// have run.
void BM_SimulatedTasks(benchmark::State& state) {
  const std::int64_t points = state.range(0);
  for (auto _ : state) {
    SimulatedExecutor executor({.max_steps = 1'000'000'000});
    for (int i = 0; i < kTasks; ++i) {
      executor.Post([points] {
        for (std::int64_t j = 0; j < points; ++j) SchedulingPoint();
      });
    }
    executor.Drain();
  }
  state.SetItemsProcessed(state.iterations() * kTasks);
}
BENCHMARK(BM_SimulatedTasks)->ArgName("points")->Arg(0)->Arg(1);

// Schedules of a program of ten tasks, each interrupted once.
void BM_Schedules(benchmark::State& state) {
  constexpr std::size_t kSchedules = 100;
  std::uint64_t seed = 1;
  for (auto _ : state) {
    const Exploration exploration = ExploreSchedules(
        {.schedules = kSchedules,
         .seed = seed,
         .strategy = static_cast<ScheduleStrategy>(state.range(0))},
        [](SimulatedExecutor& executor) {
          for (int i = 0; i < 10; ++i) {
            executor.Post([] { SchedulingPoint(); });
          }
        });
    seed += kSchedules;
    if (exploration.schedules() != kSchedules) state.SkipWithError("it fails");
  }
  state.SetItemsProcessed(state.iterations() *
                          static_cast<std::int64_t>(kSchedules));
}
BENCHMARK(BM_Schedules)
    ->ArgName("strategy")
    ->Arg(static_cast<int>(ScheduleStrategy::kRandomWalk))
    ->Arg(static_cast<int>(ScheduleStrategy::kPriorities));

}  // namespace
}  // namespace weft
