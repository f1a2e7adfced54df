// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/levels/levels.h"

#include "weft/observe/metrics/task_counter.h"
#include "weft/observe/trace/flight_recorder.h"

namespace weft::benchmarks::levels {

double MeasureAt(observe::Level level, Measurement workload, int threads) {
  static const bool started = [] {
    observe::StartFlightRecorder();
    observe::StartTaskCounter();
    return true;
  }();
  static_cast<void>(started);
  struct LevelScope {
    ~LevelScope() { observe::SetLevel(observe::Level::kOff); }
  };
  const LevelScope scope;
  observe::SetLevel(level);
  return workload(threads);
}

}  // namespace weft::benchmarks::levels
