// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <semaphore>

#include "weft/benchmarks/workloads/lanes/lanes.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/bounded_options.h"
#include "weft/executor/executor.h"
#include "weft/executor/priority_executor.h"
#include "weft/executor/serial_executor.h"

namespace weft::benchmarks::lanes {

namespace {

double PostTo(Executor& executor) {
  return InContext([&] {
    return Measure(
        [&](Tally& tally) { executor.Post([&tally] { tally.Add(); }); });
  });
}

}  // namespace

double Base(int threads) { return PostTo(WeftExecutor(threads)); }

double Strand(int threads) {
  SerialExecutor lane(WeftExecutor(threads));
  return PostTo(lane);
}

double ByPriority(int threads) {
  PriorityExecutor lanes(WeftExecutor(threads));
  constexpr Priority kAll[] = {Priority::kHigh, Priority::kNormal,
                               Priority::kLow};
  int next = 0;
  return InContext([&] {
    return Measure([&](Tally& tally) {
      lanes.at(kAll[next]).Post([&tally] { tally.Add(); });
      next = (next + 1) % 3;
    });
  });
}

double Bounded(int threads) {
  BoundedExecutor lane(WeftExecutor(threads), {.capacity = kTasks});
  return PostTo(lane);
}

double Full(int threads) {
  BoundedExecutor lane(WeftExecutor(threads),
                       {.capacity = kPlaces, .when_full = WhenFull::kBlock});
  return PostTo(lane);
}

double Semaphore(int threads) {
  Executor& executor = WeftExecutor(threads);
  std::counting_semaphore<> places(kPlaces);
  const double ns = InContext([&] {
    return Measure([&](Tally& tally) {
      places.acquire();
      executor.Post([&tally, &places] {
        places.release();
        tally.Add();
      });
    });
  });
  executor.Drain();
  return ns;
}

}  // namespace weft::benchmarks::lanes
