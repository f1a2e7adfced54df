// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/simulation/simulated_executor.h"

#include <utility>

#include "weft/base/wall_now.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/simulation/simulated_engine.h"
#include "weft/executor/internal/simulation/simulation.h"

namespace weft {

using executor_internal::SimulatedEngine;

SimulatedExecutor::SimulatedExecutor()
    : SimulatedExecutor(SimulationOptions{}) {}

SimulatedExecutor::SimulatedExecutor(const SimulationOptions& options)
    : Executor(SimulatedEngine::Make(options,
                                     executor_internal::MakeStrategy(options),
                                     SimulatedEngine::Traced::kNo)) {}

SimulatedExecutor::SimulatedExecutor(SimulatedExecutor& other, int workers)
    : Executor(
          static_cast<SimulatedEngine&>(other.engine()).MakeOther(workers)) {}

SimulatedExecutor::SimulatedExecutor(
    std::shared_ptr<executor_internal::Engine> engine) noexcept
    : Executor(std::move(engine)) {}

Timer::Clock::time_point SimulatedExecutor::now() const noexcept {
  return engine().timers().now();
}

std::chrono::system_clock::time_point SimulatedExecutor::wall_now() const {
  static_cast<const SimulatedEngine&>(engine()).CheckThread();
  return base::WallNow();
}

void SimulatedExecutor::MoveWallClock(Duration jump) {
  const auto& simulated = static_cast<const SimulatedEngine&>(engine());
  simulated.CheckThread();
  simulated.simulation()->MoveWallClock(jump);
}

void SimulatedExecutor::Log(std::string_view entry) {
  const auto& simulated = static_cast<const SimulatedEngine&>(engine());
  simulated.CheckThread();
  executor_internal::SimulationWatcher* const watcher =
      simulated.simulation()->watcher();
  if (watcher != nullptr) watcher->Log(entry);
}

}  // namespace weft
