// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/task_group.h"

#include <exception>
#include <string>
#include <utility>

#include "weft/base/describe_exception.h"
#include "weft/executor/errors.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/wait.h"
#include "weft/executor/internal/task/completion.h"

namespace weft {

using executor_internal::Completion;
using executor_internal::WaitKind;

namespace {

// Returns an UnseenFailureError for the failure of a group that was made at
// `where`; out of memory, the failure itself.
std::exception_ptr UnseenFailure(std::exception_ptr failure,
                                 std::source_location where) noexcept {
  try {
    const std::string what =
        std::string(
            "TaskGroup: nobody waited for a failure in the group made "
            "at ") +
        where.file_name() + ":" + std::to_string(where.line()) + ": " +
        base::DescribeException(failure);
    try {
      std::rethrow_exception(failure);
    } catch (...) {
      throw UnseenFailureError(what);
    }
  } catch (const UnseenFailureError&) {
    return std::current_exception();
  } catch (...) {
    return failure;
  }
}

// Drops the tasks that are queued if a wait for them is a deadlock: what they
// refer to goes when the calling task does, and they would run after that. Who
// waits for the calling task is told if an exception leaves it, as that of
// Wait(); otherwise they count as failed, and the handler is told.
void DropWhatCannotRun(executor_internal::Engine& engine,
                       const Completion& completion) noexcept {
  if (completion.done() || engine.MayWait()) return;
  std::exception_ptr why;
  if (std::uncaught_exceptions() == 0) {
    try {
      engine.CheckWait();
    } catch (...) {
      why = std::current_exception();
    }
  }
  engine.DropOwnQueued(completion, std::move(why));
}

}  // namespace

TaskGroup::TaskGroup(Executor& executor, std::source_location where) noexcept
    : executor_(executor), where_(where) {}

TaskGroup::~TaskGroup() {
  DropWhatCannotRun(executor_.engine(), state_.completion());
  WaitUntilDone(state_.completion(), WaitKind::kGroupEnd);
  WaitUntilDone(state_.awaiting, WaitKind::kGroupEnd);
  if (std::exception_ptr first = TakeResult()) {
    executor_internal::HandleUnhandled(executor_.engine(),
                                       UnseenFailure(std::move(first), where_));
  }
}

void TaskGroup::Wait() {
  if (!state_.completion().done())
    executor_internal::CheckStack("TaskGroup::Wait");
  WaitUntilDone(state_.completion(), WaitKind::kGroup);
  ThrowFirstFailure();
}

void TaskGroup::WaitUntilDone(Completion& pending, WaitKind kind) {
  executor_internal::CheckWait(executor_.engine(), pending);
  executor_internal::Await(pending, &executor_.engine(), kind);
}

void TaskGroup::ThrowFirstFailure() {
  if (std::exception_ptr first = TakeResult()) {
    std::rethrow_exception(std::move(first));
  }
}

std::exception_ptr TaskGroup::TakeResult() noexcept {
  auto [first, failures, cancelled] = state_.TakeResult();
  failures_ = failures;
  cancelled_ = cancelled;
  return first;
}

}  // namespace weft
