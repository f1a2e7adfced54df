// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "tbb/task_arena.h"
#include "tbb/task_group.h"
#include "weft/benchmarks/workloads/flat/flat.h"
#include "weft/benchmarks/workloads/peers/tbb_pool.h"

namespace weft::benchmarks::flat {

namespace {

enum class Spawner { kHelps, kOnlySpawns };

double MeasureTbb(int threads, Spawner spawner) {
  tbb::task_arena& arena = TbbArena(threads);
  return Measure([&](Tally& tally) {
    arena.execute([&] {
      const std::int64_t before = tally.Sum();
      tbb::task_group group;
      for (int i = 0; i < kTasks; ++i) group.run([&tally] { tally.Add(); });
      if (spawner == Spawner::kOnlySpawns) tally.Await(before + kTasks);
      group.wait();
    });
  });
}

}  // namespace

template <int tasks>
double TbbGroups(int threads) {
  tbb::task_arena& arena = TbbArena(threads);
  return Measure([&](Tally& tally) {
    arena.execute([&] {
      for (int i = 0; i < kTasks / tasks; ++i) {
        tbb::task_group group;
        for (int j = 0; j < tasks; ++j) group.run([&tally] { tally.Add(); });
        group.wait();
      }
    });
  });
}

template double TbbGroups<100>(int threads);
template double TbbGroups<10'000>(int threads);

double Tbb(int threads) { return MeasureTbb(threads, Spawner::kHelps); }

double TbbStolen(int threads) {
  return MeasureTbb(threads, Spawner::kOnlySpawns);
}

}  // namespace weft::benchmarks::flat
