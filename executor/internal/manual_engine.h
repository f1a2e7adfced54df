// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The engine of `ManualExecutor`: tasks run when, and where, they are asked to.

#ifndef WEFT_EXECUTOR_INTERNAL_MANUAL_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_MANUAL_ENGINE_H_

#include <cstddef>

#include "absl/base/thread_annotations.h"
#include "weft/executor/internal/engine.h"

namespace weft::executor_internal {

// Thread-safe, but that one thread at a time may run tasks.
class ManualEngine final : public Engine {
 public:
  // Throws std::invalid_argument for an option out of its range.
  explicit ManualEngine(const ExecutorOptions& options) : Engine(options) {}

  // Runs the oldest task; false if there is none.
  bool RunOne() ABSL_LOCKS_EXCLUDED(mutex_);
  std::size_t queued() ABSL_LOCKS_EXCLUDED(mutex_);

  int worker() const noexcept override { return 0; }
  int concurrency() const noexcept override { return 1; }
  Engine* outside_helper() noexcept override { return this; }

 private:
  void WaitUntilLeft() noexcept override {}
  void Wake() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {}
  void Push(Task& task, Turn turn) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    task.set_turn(turn);
    (turn == Turn::kNext ? first_ : queue_).Push(task);
  }
  Task* TakeOldest() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return first_.empty() ? queue_.PopOldest() : first_.PopOldest();
  }
  Task* TakeToHelp() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return TakeOldest();
  }

  // Deferred where no task was running: the main program is the running task.
  TaskQueue first_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_MANUAL_ENGINE_H_
