// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Tasks in the order of their submission. Guarded by its owner's lock; neither
// adding nor taking allocates.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_QUEUE_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_QUEUE_H_

#include <cstddef>

#include "weft/executor/internal/task.h"

namespace weft::executor_internal {

class TaskQueue {
 public:
  bool empty() const noexcept { return oldest_ == nullptr; }
  std::size_t size() const noexcept { return size_; }

  void Push(Task& task) noexcept;
  void PushOldest(Task& task) noexcept;
  // Null if empty.
  Task* PopOldest() noexcept { return Remove(nullptr, oldest_); }
  // The oldest of those that `wanted(task)`; null if there is none. Linear.
  template <typename Wanted>
  Task* PopOldest(const Wanted& wanted) noexcept {
    Task* before = nullptr;
    Task* task = oldest_;
    while (task != nullptr && !wanted(*task)) {
      before = task;
      task = Next(*task);
    }
    return Remove(before, task);
  }

 private:
  static Task* Next(const Task& task) noexcept;
  // Takes out `task`, which stands behind `before`; null stays null.
  Task* Remove(Task* before, Task* task) noexcept;

  Task* oldest_ = nullptr;
  Task* newest_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_QUEUE_H_
