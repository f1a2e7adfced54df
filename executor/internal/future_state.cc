// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/future_state.h"

#include "weft/executor/internal/task_queue.h"

namespace weft::executor_internal {

void FutureStateBase::AddContinuation(TaskPtr task) const {
  Announce(*engine_, *task);
  Task& announced = *task.release();
  if (!continuations_.Add(announced)) Schedule(*engine_, announced);
}

void FutureStateBase::Settle() noexcept {
  TaskQueue continuations = continuations_.Close();
  completion_.Finish();
  while (Task* const task = continuations.PopOldest()) {
    Schedule(*engine_, *task);
  }
}

}  // namespace weft::executor_internal
