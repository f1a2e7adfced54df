// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A coroutine's wait for a group.

#ifndef WEFT_EXECUTOR_INTERNAL_COROUTINE_GROUP_WAIT_H_
#define WEFT_EXECUTOR_INTERNAL_COROUTINE_GROUP_WAIT_H_

#include "weft/base/sync/waiter.h"
#include "weft/executor/internal/coroutine/coroutine_awaiters.h"
#include "weft/executor/internal/coroutine/coroutine_task.h"
#include "weft/executor/internal/coroutine/limited_wait.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/queued_task.h"

namespace weft {

class TaskGroup;

}  // namespace weft

namespace weft::executor_internal {

class Engine;

// A place among those who wait for a completion. The thread that does the last
// of what is pending queues the task, as one of `engine`.
class CompletionPlace final : public LimitedWait::Place, base::Listener {
 public:
  CompletionPlace(Engine& engine, Completion& completion) noexcept
      : Listener(&Queue), engine_(engine), completion_(completion) {}

  bool Add(QueuedTask& task) noexcept override;
  bool TakeBack() noexcept override;

 private:
  static void Queue(Listener& self) noexcept;

  Engine& engine_;
  Completion& completion_;
  QueuedTask* task_ = nullptr;
};

// The group exists as long as this does: its destructor waits.
template <>
class AwaitSource<TaskGroup> {
 public:
  explicit AwaitSource(TaskGroup& group) noexcept;
  explicit AwaitSource(TaskGroup&& group) = delete;  // has no tasks
  ~AwaitSource();

  bool ready() const noexcept;
  void Arm(CoroutineTask& task) { wait_.Begin(task); }
  // Takes how the tasks fared, as TaskGroup::Wait() does.
  void Result();

 private:
  TaskGroup& group_;
  CompletionPlace place_;
  LimitedWait wait_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_COROUTINE_GROUP_WAIT_H_
