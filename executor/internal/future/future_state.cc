// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/future/future_state.h"

#include <cstddef>
#include <new>
#include <utility>
#include <vector>

#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/task/scheduling_events.h"
#include "weft/executor/internal/task/task_queue.h"
#include "weft/executor/internal/task/task_scope.h"

namespace weft::executor_internal {

namespace {

// What the innermost GiveUp() of this thread is still to give up, or null.
constinit thread_local std::vector<FutureStateBase::Ref>* given_up = nullptr;

}  // namespace

void FutureStateBase::GiveUp(Ref state) noexcept {
  std::vector<Ref> others;
  auto* const outer = std::exchange(given_up, &others);
  for (std::size_t next = 0;;) {
    while (state.get() != nullptr) state = state.get()->GiveUpOne();
    if (next == others.size()) break;
    state = std::move(others[next++]);
  }
  given_up = outer;
}

void FutureStateBase::GiveUpInTurn(Ref state) noexcept {
  if (given_up == nullptr) return GiveUp(std::move(state));
  try {
    given_up->push_back(std::move(state));
  } catch (const std::bad_alloc&) {  // it is as it was, and nests
    GiveUp(std::move(state));
  }
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
