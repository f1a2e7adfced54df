// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/task_group.h"

#include <utility>

namespace weft {

using executor_internal::WaitKind;

TaskGroup::TaskGroup(Executor& executor) noexcept : executor_(executor) {}

TaskGroup::~TaskGroup() {
  if (std::exception_ptr first = WaitForTasks(WaitKind::kGroupEnd)) {
    executor_internal::HandleUnhandled(executor_.engine(), std::move(first));
  }
}

void TaskGroup::Wait() {
  if (!state_.completion.done())
    executor_internal::CheckStack("TaskGroup::Wait");
  if (std::exception_ptr first = WaitForTasks(WaitKind::kGroup)) {
    std::rethrow_exception(std::move(first));
  }
}

std::exception_ptr TaskGroup::WaitForTasks(WaitKind kind) {
  executor_internal::CheckWait(executor_.engine(), state_.completion);
  executor_internal::Await(state_.completion, &executor_.engine(), kind);
  auto [first, failures, cancelled] = state_.TakeOutcome();
  failures_ = failures;
  cancelled_ = cancelled;
  return first;
}

}  // namespace weft
