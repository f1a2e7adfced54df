// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task_queue.h"

namespace weft::executor_internal {
namespace {

void Link(Task& task, Task* next) noexcept {
  // relaxed: a task in a queue is reached by the holder of its lock only.
  task.next.store(next, std::memory_order_relaxed);
}

}  // namespace

Task* TaskQueue::Next(const Task& task) noexcept {
  // relaxed: see Link().
  return static_cast<Task*>(
      static_cast<Job*>(task.next.load(std::memory_order_relaxed)));
}

void TaskQueue::Push(Task& task) noexcept {
  Link(task, nullptr);
  if (newest_ == nullptr) {
    oldest_ = &task;
  } else {
    Link(*newest_, &task);
  }
  newest_ = &task;
  ++size_;
}

void TaskQueue::PushOldest(Task& task) noexcept {
  Link(task, oldest_);
  if (newest_ == nullptr) newest_ = &task;
  oldest_ = &task;
  ++size_;
}

Task* TaskQueue::Remove(Task* before, Task* task) noexcept {
  if (task == nullptr) return nullptr;
  if (before == nullptr) {
    oldest_ = Next(*task);
  } else {
    Link(*before, Next(*task));
  }
  if (newest_ == task) newest_ = before;
  --size_;
  return task;
}

}  // namespace weft::executor_internal
