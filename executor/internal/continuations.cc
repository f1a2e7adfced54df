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
    // relaxed: published by the exchange.
    task.next.store(newest, std::memory_order_relaxed);
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
    // relaxed: the exchange has ordered it.
    auto* const older = static_cast<Task*>(
        static_cast<Job*>(task->next.load(std::memory_order_relaxed)));
    tasks.PushOldest(*task);
    task = older;
  }
  return tasks;
}

}  // namespace weft::executor_internal
