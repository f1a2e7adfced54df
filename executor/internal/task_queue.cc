// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task_queue.h"

namespace weft::executor_internal {

void TaskQueue::Push(Task& task) noexcept {
  task.previous_ = newest_;
  task.next_ = nullptr;
  (newest_ == nullptr ? oldest_ : newest_->next_) = &task;
  newest_ = &task;
  ++size_;
}

void TaskQueue::PushOldest(Task& task) noexcept {
  task.previous_ = nullptr;
  task.next_ = oldest_;
  (oldest_ == nullptr ? newest_ : oldest_->previous_) = &task;
  oldest_ = &task;
  ++size_;
}

Task* TaskQueue::Pop(Task* task) noexcept {
  if (task == nullptr) return nullptr;
  (task->previous_ == nullptr ? oldest_ : task->previous_->next_) = task->next_;
  (task->next_ == nullptr ? newest_ : task->next_->previous_) = task->previous_;
  --size_;
  return task;
}

}  // namespace weft::executor_internal
