// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/blocking_executor.h"

#include <memory>

#include "weft/executor/internal/engines/blocking_engine.h"

namespace weft {

using executor_internal::BlockingEngine;

BlockingExecutor::BlockingExecutor() : BlockingExecutor(BlockingOptions{}) {}

BlockingExecutor::BlockingExecutor(const BlockingOptions& options)
    : Executor(std::make_shared<BlockingEngine>(options)) {}

BlockingCounts BlockingExecutor::counts() const {
  engine().CheckNotLeftBehind();
  return static_cast<BlockingEngine&>(engine()).counts();
}

}  // namespace weft
