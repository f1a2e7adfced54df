// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/bounded_executor.h"

#include <memory>

#include "weft/executor/internal/bounded_engine.h"
#include "weft/executor/internal/feeder.h"
#include "weft/executor/internal/submission.h"

namespace weft {

using executor_internal::BoundedEngine;
using executor_internal::EngineOf;
using executor_internal::Feeder;

BoundedExecutor::BoundedExecutor(Executor& base, const BoundedOptions& options)
    : Executor(std::make_shared<BoundedEngine>(
          std::make_shared<Feeder>(
              executor_internal::ShareEngine(EngineOf::Get(base)), 1,
              Feeder::Pumps::kOneForEachJob),
          options)) {}

BoundedCounts BoundedExecutor::counts() const {
  engine().CheckNotLeftBehind();
  return static_cast<BoundedEngine&>(engine()).counts();
}

}  // namespace weft
