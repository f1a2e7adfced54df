// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/priority_executor.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "weft/base/sync/wait_deadline.h"
#include "weft/executor/internal/engine/deadline_after.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/shutdown.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/lanes/lane_engine.h"
#include "weft/executor/internal/lanes/lane_scheduler.h"

namespace weft {

using base::WaitDeadline;
using executor_internal::Engine;
using executor_internal::EngineOf;
using executor_internal::LaneEngine;
using executor_internal::LaneScheduler;

class PriorityExecutor::Level final : public Executor {
 public:
  explicit Level(std::shared_ptr<Engine> engine) noexcept
      : Executor(std::move(engine)) {}

  bool DrainBy(const WaitDeadline& deadline) const {
    return executor_internal::Drain(engine(), deadline);
  }
  using Executor::Abandon;

  bool is_idle() const noexcept { return engine().accepted().done(); }
  bool may_be_awaited() const noexcept { return engine().MayAwaitAll(); }
  bool is_left_behind() const noexcept { return engine().LeftBehind(); }
};

PriorityExecutor::PriorityExecutor(Executor& base) {
  const auto scheduler = std::make_shared<LaneScheduler>(
      executor_internal::ShareEngine(EngineOf::Get(base)), levels_.size(),
      LaneScheduler::Pumps::kOneForEachJob);
  for (std::size_t lane = 0; lane < levels_.size(); ++lane) {
    levels_[lane] =
        std::make_unique<Level>(std::make_shared<LaneEngine>(scheduler, lane));
  }
}

PriorityExecutor::~PriorityExecutor() {
  if (levels_.front()->is_left_behind()) return;
  if (MayBeAwaited()) {
    Shutdown(OnShutdown::kDrain);
    return;
  }
  // The caller's level is not the only one that cannot be waited for: the
  // levels behind it may come after the caller.
  for (const auto& level : levels_) level->Abandon();
}

bool PriorityExecutor::MayBeAwaited() const noexcept {
  return std::all_of(levels_.begin(), levels_.end(),
                     [](const auto& level) { return level->may_be_awaited(); });
}

Executor& PriorityExecutor::at(Priority priority) const {
  const auto lane = static_cast<std::size_t>(priority);
  if (lane >= levels_.size()) {
    throw std::invalid_argument(
        "PriorityExecutor::at: priority must be kHigh, kNormal or kLow; it "
        "is " +
        std::to_string(lane));
  }
  return *levels_[lane];
}

bool PriorityExecutor::DrainBy(const WaitDeadline& deadline) {
  // Tasks that leave one level may have submitted to another.
  do {
    for (const auto& level : levels_) {
      if (!level->DrainBy(deadline)) return false;
    }
  } while (!std::all_of(levels_.begin(), levels_.end(),
                        [](const auto& level) { return level->is_idle(); }));
  return true;
}

void PriorityExecutor::Drain() { DrainBy(std::nullopt); }

bool PriorityExecutor::DrainFor(Duration duration) {
  return DrainUntil(*executor_internal::After(duration));
}

bool PriorityExecutor::DrainUntil(SteadyTime deadline) {
  return DrainBy(deadline);
}

ShutdownReport PriorityExecutor::ShutdownFor(Duration duration) {
  return ShutdownUntil(*executor_internal::After(duration));
}

ShutdownReport PriorityExecutor::ShutdownUntil(SteadyTime deadline) {
  if (MayBeAwaited()) DrainUntil(deadline);
  ShutdownReport all{.dropped = 0, .finished = true};
  for (const auto& level : levels_) {
    const ShutdownReport report = level->ShutdownUntil(deadline);
    all.dropped += report.dropped;
    all.finished = all.finished && report.finished;
  }
  return all;
}

std::size_t PriorityExecutor::Shutdown(OnShutdown how) {
  // Tasks that run at one level may submit to another, which must still accept
  // them.
  if (how == OnShutdown::kDrain && MayBeAwaited()) Drain();
  std::size_t dropped = 0;
  for (const auto& level : levels_) dropped += level->Shutdown(how);
  return dropped;
}

}  // namespace weft
