// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "weft/benchmarks/workloads/flat/flat.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/executor/executor.h"
#include "weft/executor/task_group.h"

namespace weft::benchmarks::flat {

namespace {

enum class Spawner { kHelps, kOnlySpawns };

double MeasureWeft(int threads, Spawner spawner) {
  Executor& executor = WeftExecutor(threads);
  return Measure([&](Tally& tally) {
    InTask(threads, [&] {
      const std::int64_t before = tally.Sum();
      TaskGroup group(executor);
      for (int i = 0; i < kTasks; ++i) group.Run([&tally] { tally.Add(); });
      if (spawner == Spawner::kOnlySpawns) tally.Await(before + kTasks);
      group.Wait();
    });
  });
}

}  // namespace

template <int tasks>
double WeftGroups(int threads) {
  Executor& executor = WeftExecutor(threads);
  return Measure([&](Tally& tally) {
    InTask(threads, [&] {
      for (int i = 0; i < kTasks / tasks; ++i) {
        TaskGroup group(executor);
        for (int j = 0; j < tasks; ++j) group.Run([&tally] { tally.Add(); });
        group.Wait();
      }
    });
  });
}

template double WeftGroups<100>(int threads);
template double WeftGroups<10'000>(int threads);

double Weft(int threads) { return MeasureWeft(threads, Spawner::kHelps); }

double WeftStolen(int threads) {
  return MeasureWeft(threads, Spawner::kOnlySpawns);
}

}  // namespace weft::benchmarks::flat
