// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/task_group.h"

#include <utility>

namespace weft {

TaskGroup::TaskGroup(Executor& executor) noexcept : executor_(executor) {}

TaskGroup::~TaskGroup() {
  if (std::exception_ptr first = WaitForTasks(WaitHelps::kAnyTask)) {
    executor_internal::HandleUnhandled(executor_.engine(), std::move(first));
  }
}

void TaskGroup::Wait(WaitHelps helps) {
  if (!state_.completion.done())
    executor_internal::CheckStack("TaskGroup::Wait");
  if (std::exception_ptr first = WaitForTasks(helps)) {
    std::rethrow_exception(std::move(first));
  }
}

std::exception_ptr TaskGroup::WaitForTasks(WaitHelps helps) {
  executor_internal::CheckWait(executor_.engine(), state_.completion);
  executor_internal::Await(state_.completion, &executor_.engine(), helps,
                           executor_internal::WaitKind::kStructured);
  auto [first, failures, cancelled] = state_.TakeOutcome();
  failures_ = failures;
  cancelled_ = cancelled;
  return first;
}

}  // namespace weft
