// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/bounded_executor.h"

#include <memory>

#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/lanes/lane_engine.h"
#include "weft/executor/internal/lanes/lane_scheduler.h"

namespace weft {

using executor_internal::EngineOf;
using executor_internal::LaneEngine;
using executor_internal::LaneScheduler;

BoundedExecutor::BoundedExecutor(Executor& base, const BoundedOptions& options)
    : Executor(std::make_shared<LaneEngine>(
          std::make_shared<LaneScheduler>(
              executor_internal::ShareEngine(EngineOf::Get(base)), 1,
              LaneScheduler::Pumps::kOneForEachJob),
          0, options)) {}

BoundedCounts BoundedExecutor::counts() const {
  engine().CheckNotLeftBehind();
  return static_cast<LaneEngine&>(engine()).places().counts();
}

}  // namespace weft
