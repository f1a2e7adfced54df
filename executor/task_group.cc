// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/task_group.h"

#include <utility>

#include "weft/executor/internal/submission.h"

namespace weft {

TaskGroup::TaskGroup(Executor& executor) noexcept : executor_(executor) {}

TaskGroup::~TaskGroup() {
  if (std::exception_ptr first = WaitForTasks()) {
    executor_internal::HandleUnhandled(executor_.engine(), std::move(first));
  }
}

void TaskGroup::Submit(executor_internal::TaskPtr task) {
  state_.completion.Add();
  try {
    executor_internal::Submit(executor_.engine(), std::move(task));
  } catch (...) {
    state_.completion.Finish();
    throw;
  }
}

void TaskGroup::Wait() {
  if (std::exception_ptr first = WaitForTasks()) {
    std::rethrow_exception(std::move(first));
  }
}

std::exception_ptr TaskGroup::WaitForTasks() {
  executor_internal::Await(
      state_.completion, executor_internal::OutsideHelper(executor_.engine()));
  auto [first, failures] = state_.TakeFailures();
  failures_ = failures;
  return first;
}

}  // namespace weft
