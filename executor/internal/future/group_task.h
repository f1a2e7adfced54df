// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The state that a task group and its tasks share.

#ifndef WEFT_EXECUTOR_INTERNAL_FUTURE_GROUP_TASK_H_
#define WEFT_EXECUTOR_INTERNAL_FUTURE_GROUP_TASK_H_

#include <atomic>
#include <cstddef>
#include <exception>
#include <source_location>
#include <utility>

#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/task/task_scope.h"
#include "weft/hooks/providers.h"

namespace weft::executor_internal {

struct GroupResult {
  std::exception_ptr first_failure;
  std::size_t failures;
  std::size_t cancelled;
};

// Thread-safe.
class GroupState : private Completion {
 public:
  GroupState() noexcept : Completion(0) {}

  // Counts the group's tasks that have not ended.
  Completion& completion() noexcept { return *this; }
  // Returns the group of which that is the completion.
  static GroupState& Of(Completion& completion) noexcept {
    return static_cast<GroupState&>(completion);
  }

  // Holds the frames that they run in.
  FramePins frames;
  // Counts the coroutines that await them and have not gone on.
  Completion awaiting{0};

  void AddFailure(std::exception_ptr exception) noexcept {
    // relaxed: elects the task that writes `first_failure_`. Count and
    // exception reach the waiter through `completion`, which every task
    // finishes afterwards.
    if (failures_.fetch_add(1, std::memory_order_relaxed) == 0) {
      first_failure_ = std::move(exception);
    }
  }
  void AddCancelled() noexcept {
    // relaxed: see AddFailure().
    cancelled_tasks_.fetch_add(1, std::memory_order_relaxed);
  }

  void Cancel() noexcept {
    // relaxed: a task that starts meanwhile may see it or not.
    is_cancelled_.store(true, std::memory_order_relaxed);
  }
  bool is_cancelled() const noexcept {
    // relaxed: see Cancel().
    return is_cancelled_.load(std::memory_order_relaxed);
  }

  // Returns how the tasks fared; the next ones start anew. Call it only while
  // no task of the group runs.
  GroupResult TakeResult() noexcept {
    frames.ReleaseUnless([this] { return !done(); });
    // relaxed: see AddFailure().
    is_cancelled_.store(false, std::memory_order_relaxed);
    return {std::exchange(first_failure_, nullptr),
            failures_.exchange(0, std::memory_order_relaxed),
            cancelled_tasks_.exchange(0, std::memory_order_relaxed)};
  }

 private:
  std::atomic<std::size_t> failures_{0};
  std::atomic<std::size_t> cancelled_tasks_{0};
  std::atomic<bool> is_cancelled_{false};
  std::exception_ptr first_failure_;
};

// A task of a group. It is added to the group's completion before it is made.
template <typename Fn>
class GroupTask final : public FunctionTask<GroupTask<Fn>, TaskOfGroup> {
 public:
  template <typename F>
  GroupTask(GroupState& group, F&& fn, std::source_location where)
      : GroupTask(group.completion(), std::forward<F>(fn),
                  TaskOrigin::CaptureFlow(group.frames), where) {}

 private:
  friend FunctionTask<GroupTask, TaskOfGroup>;

  template <typename F>
  [[gnu::always_inline]] inline GroupTask(Completion& group, F&& fn,
                                          TaskOrigin::Captured captured,
                                          std::source_location where)
      : GroupTask::FunctionTask(group, Provider::kGroupTask, captured, where),
        function_(std::forward<F>(fn)) {}

  GroupState& state() const noexcept { return GroupState::Of(this->group()); }

  bool Begin() noexcept { return !state().is_cancelled(); }
  void Call() { static_cast<void>(function_.Call()); }
  void DropFunction() noexcept { function_.Drop(); }
  void Fail(std::exception_ptr exception, Engine&) noexcept {
    state().AddFailure(std::move(exception));
  }
  void Refuse(std::exception_ptr why) noexcept {
    why == nullptr ? state().AddCancelled()
                   : state().AddFailure(std::move(why));
  }
  void Finish() noexcept { FinishBatched(this->group()); }
  void Dispose() noexcept override { this->FreeEnded(this); }

  TaskFunction<Fn> function_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_FUTURE_GROUP_TASK_H_
