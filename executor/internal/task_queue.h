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
  Task* PopOldest() noexcept { return Pop(oldest_); }
  Task* PopNewest() noexcept { return Pop(newest_); }

 private:
  Task* Pop(Task* task) noexcept;

  Task* oldest_ = nullptr;
  Task* newest_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_QUEUE_H_
