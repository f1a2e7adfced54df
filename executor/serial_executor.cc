// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/serial_executor.h"

#include <memory>

#include "weft/executor/internal/fed_engine.h"
#include "weft/executor/internal/feeder.h"
#include "weft/executor/internal/submission.h"

namespace weft {

using executor_internal::EngineOf;
using executor_internal::FedEngine;
using executor_internal::Feeder;

SerialExecutor::SerialExecutor(Executor& base)
    : Executor(std::make_shared<FedEngine>(
          std::make_shared<Feeder>(
              executor_internal::ShareEngine(EngineOf::Get(base)), 1,
              Feeder::Pumps::kOne),
          0)) {}

}  // namespace weft
