// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/executor.h"

#include <utility>

#include "weft/base/check.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/internal/engine/deadline_after.h"
#include "weft/executor/internal/engine/left_behind.h"
#include "weft/executor/internal/engine/shutdown.h"
#include "weft/executor/internal/workers/arena_engine.h"

namespace weft {

using executor_internal::ArenaEngine;
using executor_internal::Engine;

Executor::Executor() : Executor(ExecutorOptions{}) {}

Executor::Executor(const ExecutorOptions& options)
    : Executor(std::make_shared<ArenaEngine>(options)) {}

Executor::Executor(std::shared_ptr<Engine> engine) noexcept
    : engine_(std::move(engine)) {}

Executor::~Executor() {
  if (engine_ == nullptr) return;  // the engine outlives this
  if (engine_->LeftBehind()) {
    executor_internal::KeepForEver(std::move(engine_));
    return;
  }
  if (!engine_->MayAwaitAll() || engine_->IsItsThread()) {
    if (Abandon()) return;
    WEFT_CHECK(false,
               "a ManualExecutor must not be destroyed by one of its own "
               "tasks; give it an owner outside");
  }
  Shutdown(OnShutdown::kDrain);
  engine_->Close();
}

bool Executor::Abandon() noexcept {
  return executor_internal::Abandon(engine_);
}

void Executor::Drain() { executor_internal::Drain(*engine_); }

bool Executor::DrainFor(Duration duration) {
  return executor_internal::Drain(*engine_, executor_internal::After(duration));
}

bool Executor::DrainUntil(SteadyTime deadline) {
  return executor_internal::Drain(*engine_, deadline);
}

std::size_t Executor::Shutdown(OnShutdown how) {
  return executor_internal::Shutdown(*engine_, how);
}

ShutdownReport Executor::ShutdownFor(Duration duration) {
  return executor_internal::ShutdownUntil(*engine_,
                                          *executor_internal::After(duration));
}

ShutdownReport Executor::ShutdownUntil(SteadyTime deadline) {
  return executor_internal::ShutdownUntil(*engine_, deadline);
}

ExecutorStats Executor::stats() const {
  engine_->CheckNotLeftBehind();
  return {.number = engine_->id(),
          .pending = engine_->accepted().pending(),
          .timers = engine_->timers().pending(),
          .accepted = engine_->CountAccepted(),
          .ran = engine_->CountRan(),
          .rejected = engine_->rejected(),
          .expired_holds = engine_->expired_holds(),
          .queued = engine_->CountQueued(),
          .dropped = engine_->limits().dropped(),
          .threads = engine_->threads().stats()};
}

int Executor::concurrency() const noexcept { return engine_->concurrency(); }

}  // namespace weft
