// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/coroutine/group_wait.h"

#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/task/job.h"
#include "weft/executor/task_group.h"

namespace weft::executor_internal {

bool CompletionPlace::Add(QueuedTask& task) noexcept {
  task_ = &task;
  return completion_.AddWaiter(*this);
}

bool CompletionPlace::TakeBack() noexcept {
  return !completion_.RemoveWaiter(*this);
}

void CompletionPlace::Queue(Listener& self) noexcept {
  const auto& place = static_cast<const CompletionPlace&>(self);
  // Not right after the calling thread's job: that may wait next, for what it
  // likes.
  GoOn(place.engine_, *place.task_, QueuePosition::kQueued, DroppedError());
}

AwaitSource<TaskGroup>::AwaitSource(TaskGroup& group) noexcept
    : group_(group),
      place_(EngineOf::Get(group.executor_), group.state_.completion()),
      wait_(EngineOf::Get(group.executor_), place_) {
  group_.state_.awaiting.Add();
}

AwaitSource<TaskGroup>::~AwaitSource() {
  wait_.End();
  group_.state_.awaiting.Finish();  // then the group may go
}

bool AwaitSource<TaskGroup>::ready() const noexcept {
  return group_.state_.completion().done();
}

void AwaitSource<TaskGroup>::Result() { group_.ThrowFirstFailure(); }

}  // namespace weft::executor_internal
