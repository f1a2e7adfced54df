// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/manual_executor.h"

#include <memory>

#include "weft/executor/executor_options.h"
#include "weft/executor/internal/engines/manual_engine.h"

namespace weft {
namespace {

using executor_internal::ManualEngine;

ManualEngine& Manual(executor_internal::Engine& engine) noexcept {
  return static_cast<ManualEngine&>(engine);
}

}  // namespace

ManualExecutor::ManualExecutor() : ManualExecutor(ExecutorOptions{}) {}

ManualExecutor::ManualExecutor(const ExecutorOptions& options)
    : Executor(std::make_shared<ManualEngine>(options)) {}

bool ManualExecutor::RunOne() { return Manual(engine()).RunOne(); }

std::size_t ManualExecutor::RunAll() { return Manual(engine()).RunAll(); }

std::size_t ManualExecutor::AdvanceBy(Duration time) {
  return Manual(engine()).AdvanceBy(time);
}

void ManualExecutor::Stall(Duration time) { Manual(engine()).Stall(time); }

Timer::Clock::time_point ManualExecutor::now() const noexcept {
  return engine().timers().now();
}

std::size_t ManualExecutor::queued() const { return Manual(engine()).queued(); }

}  // namespace weft
