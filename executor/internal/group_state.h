// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a task group and its tasks share.

#ifndef WEFT_EXECUTOR_INTERNAL_GROUP_STATE_H_
#define WEFT_EXECUTOR_INTERNAL_GROUP_STATE_H_

#include <atomic>
#include <cstddef>
#include <exception>
#include <source_location>
#include <utility>

#include "weft/executor/internal/completion.h"
#include "weft/executor/internal/submission.h"
#include "weft/executor/internal/task.h"
#include "weft/hooks/providers.h"

namespace weft::executor_internal {

struct GroupFailures {
  std::exception_ptr first;
  std::size_t count;
};

// Thread-safe.
class GroupState {
 public:
  // The group's tasks that have not ended.
  Completion completion{0};

  void AddFailure(std::exception_ptr exception) noexcept {
    // relaxed: elects who writes `first_failure_`. Count and exception reach
    // the waiter through `completion`, which every task finishes afterwards.
    if (failures_.fetch_add(1, std::memory_order_relaxed) == 0) {
      first_failure_ = std::move(exception);
    }
  }

  // Only while no task of the group runs.
  GroupFailures TakeFailures() noexcept {
    // relaxed: see AddFailure().
    return {std::exchange(first_failure_, nullptr),
            failures_.exchange(0, std::memory_order_relaxed)};
  }

 private:
  std::atomic<std::size_t> failures_{0};
  std::exception_ptr first_failure_;
};

// A task of a group.
template <typename Fn>
class GroupTask final : public Task {
 public:
  template <typename F>
  GroupTask(GroupState& group, F&& fn, std::source_location where)
      : Task(Provider::kGroupTask, where),
        group_(group),
        function_(std::forward<F>(fn)) {}

  const Completion* completes() const noexcept override {
    return &group_.completion;
  }

 private:
  void Call() override { static_cast<void>(function_.Call()); }
  void DropFunction() noexcept override { function_.Drop(); }
  void Fail(std::exception_ptr exception, Engine&) noexcept override {
    group_.AddFailure(std::move(exception));
  }
  void Refuse(std::exception_ptr why) noexcept override {
    group_.AddFailure(std::move(why));
  }
  void Finish() noexcept override { group_.completion.Finish(); }
  void Dispose() noexcept override { delete this; }

  GroupState& group_;
  TaskFunction<Fn> function_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_GROUP_STATE_H_
