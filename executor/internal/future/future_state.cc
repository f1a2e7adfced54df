// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/future/future_state.h"

#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/task/scheduling_events.h"
#include "weft/executor/internal/task/task_queue.h"
#include "weft/executor/internal/task/task_scope.h"

namespace weft::executor_internal {

void FutureStateBase::GiveUp(Ref state) noexcept {
  // A chain may be of any length, so this must not recurse.
  while (state.get() != nullptr) state = state.get()->GiveUpOne();
}

void FutureStateBase::AddContinuation(TaskPtr task,
                                      Continuations::Place& place) const {
  Announce(*engine_, *task);
  QueuedTask& announced = *task.release();
  if (place.Add(announced)) return;
  if (AcceptAnnounced(*engine_)) {
    EnqueueAnnounced(*engine_, announced);
  } else {
    EmitDrop(announced, hooks_internal::DropReason::kRefused, engine_->id());
    Refuse(announced, DroppedError());
  }
}

std::uint64_t FutureStateBase::engine_number() const noexcept {
  return engine_->id();
}

void FutureStateBase::Destroy() const noexcept {
  const NobodyScope nobody;
  delete this;
}

void FutureStateBase::Settle() noexcept {
  TaskQueue waiting = continuations_.Close();
  TaskQueue accepted;
  TaskQueue refused;
  while (QueuedTask* const task = waiting.PopOldest()) {
    (AcceptAnnounced(*engine_) ? accepted : refused).Push(*task);
  }
  // A waiter may drain the executor next, and must find them counted.
  completion_.Finish();
  while (QueuedTask* const task = accepted.PopOldest()) {
    EnqueueAnnounced(*engine_, *task);
  }
  while (QueuedTask* const task = refused.PopOldest()) {
    EmitDrop(*task, hooks_internal::DropReason::kRefused, engine_->id());
    Refuse(*task, DroppedError());
  }
}

}  // namespace weft::executor_internal
