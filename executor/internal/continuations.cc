// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/continuations.h"

#include <cstdint>

namespace weft::executor_internal {
namespace {

// Stands for "closed"; no task is there.
Task* Closed() noexcept { return reinterpret_cast<Task*>(std::uintptr_t{1}); }

}  // namespace

bool Continuations::Add(Task& task) noexcept {
  // [C1]
  Task* newest = newest_.load(std::memory_order_acquire);
  do {
    if (newest == Closed()) return false;
    task.next_ = newest;
    // [C1]
  } while (!newest_.compare_exchange_weak(
      newest, &task, std::memory_order_release, std::memory_order_acquire));
  return true;
}

TaskQueue Continuations::Close() noexcept {
  // [C1]
  Task* task = newest_.exchange(Closed(), std::memory_order_acq_rel);
  TaskQueue tasks;
  while (task != nullptr) {
    Task* const older = task->next_;
    tasks.PushOldest(*task);
    task = older;
  }
  return tasks;
}

}  // namespace weft::executor_internal
