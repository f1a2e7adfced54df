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
  bool RunOne();
  std::size_t queued();

  int concurrency() const noexcept override { return 1; }
  Engine* outside_helper() noexcept override { return this; }

 private:
  void Wake() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {}
  Task* TakeToHelp() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return queue_.PopOldest();
  }
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_MANUAL_ENGINE_H_
