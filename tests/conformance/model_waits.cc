// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The waits of the reference model.

#include <algorithm>
#include <optional>
#include <utility>

#include "weft/tests/conformance/model_run.h"

namespace weft::conformance {

bool ModelRun::RunNext() {
  for (auto queue = micros_.rbegin(); queue != micros_.rend(); ++queue) {
    if ((*queue)->empty() || Is(Flaw::kWaitHoldsMicrosBack)) continue;
    Queue& micros = **queue;
    micros_.push_back(&micros);
    RunMicro(Take(micros));
    micros_.pop_back();
    return true;
  }
  if (tasks_.empty()) return false;
  if (Is(Flaw::kWaitRunsNewestFirst)) {
    std::swap(tasks_.front(), tasks_.back());
  }
  RunTask(Take(tasks_));
  return true;
}

void ModelRun::WaitFor(const Statement& statement, const Object& awaited) {
  const bool is_on_this_stack =
      std::find(running_.begin(), running_.end(), &awaited) != running_.end();
  const FrameRef outer_frame = context_.frame();
  InTheMiddle([&] {
    if (Is(Flaw::kWaitRunsThoughDone) && awaited.is_done) RunNext();
    while (!awaited.is_done && !is_on_this_stack && RunNext()) {
    }
  });
  if (!Is(Flaw::kWaitKeepsHelpedFrame)) context_.set_frame(outer_frame);
  if (Is(Flaw::kWaitKeepsHelpedIds)) {
    execution_ = {awaited.id, awaited.trigger};
  }
  if (!awaited.is_done) throw Thrown{&statement, Thrown::Why::kDeadlock};
}

void ModelRun::Rethrow(const std::optional<Thrown>& failure) const {
  if (failure && !Is(Flaw::kWaitThrowsNothing)) throw Thrown(*failure);
}

ObjectRef ModelRun::Awaited(const Statement& statement) {
  for (const Names* const names : {&continuations_, &coroutines_, &races_}) {
    ObjectRef found = Find(*names, statement.name());
    if (found == nullptr) continue;
    if (found->coroutine == nullptr || !found->coroutine->is_raced) {
      return found;
    }
  }
  return Need(statement, statement.name(), ObjectKind::kPromise);
}

void ModelRun::TakeResult(const Object& awaited) {
  Rethrow(awaited.failure);
  if (awaited.won) Say("won " + awaited.inputs[*awaited.won]);
}

void ModelRun::Await(const Statement& statement) {
  const ObjectRef awaited = Awaited(statement);
  if (awaited == nullptr) return;
  WaitFor(statement, *awaited);
  TakeResult(*awaited);
}

void ModelRun::Join(const Statement& statement) {
  const ObjectRef task = Find(spawned_, statement.name());
  if (task == nullptr) return Say("missing " + statement.name());
  WaitFor(statement, *task);
  const std::optional<Thrown> failure = task->failure;
  if (!Is(Flaw::kJoinThrowsAgain)) task->failure.reset();
  Rethrow(failure);
}

}  // namespace weft::conformance
