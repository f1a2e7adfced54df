// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task.h"

namespace weft::executor_internal {

context_internal::Limits Task::limits() const noexcept {
  return origin_.limits();
}

void TaskDisposer::operator()(Task* task) const noexcept {
  task->Abandon(Task::Known::kNo);
}

}  // namespace weft::executor_internal
