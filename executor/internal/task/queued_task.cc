// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task/queued_task.h"

namespace weft::executor_internal {

context_internal::Limits QueuedTask::limits() const noexcept {
  return origin_.limits();
}

void TaskDisposer::operator()(QueuedTask* task) const noexcept {
  task->Abandon(QueuedTask::Known::kNo);
}

}  // namespace weft::executor_internal
