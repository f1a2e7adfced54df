// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The engine of `Executor`: workers on oneTBB's threads.
//
// A worker is a loop, a pump, that runs as a task in a tbb::task_arena: it
// takes the oldest task until there is none, then leaves the arena and gives
// its thread back. Whoever queues a task while a worker is missing enqueues
// one.

#ifndef WEFT_EXECUTOR_INTERNAL_ARENA_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_ARENA_ENGINE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "tbb/task_arena.h"
#include "weft/context/internal/mutex.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/internal/engine.h"
#include "weft/executor/internal/thread_budget.h"

namespace weft::executor_internal {

// Thread-safe.
class ArenaEngine final : public Engine {
 public:
  // Throws std::invalid_argument for an option out of its range.
  explicit ArenaEngine(const ExecutorOptions& options);

  int worker() const noexcept override;
  int concurrency() const noexcept override;
  Engine* outside_helper() noexcept override { return nullptr; }

 private:
  void WaitUntilLeft() noexcept override ABSL_LOCKS_EXCLUDED(mutex_);
  void Wake() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The newest is most likely the waiter's own child: so a tree of tasks that
  // wait for their children needs a stack as deep as the tree, not as wide.
  Task* TakeToHelp() override ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return queue_.PopNewest();
  }

  void Pump() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Makes the calling thread a worker.
  void Enter() ABSL_LOCKS_EXCLUDED(mutex_);
  Task* Take() ABSL_LOCKS_EXCLUDED(mutex_);
  // False, and the pump must go on, if there is a task after all.
  bool Leave() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string thread_name_;
  const int max_pumps_;
  std::optional<ThreadShare> threads_;  // until the last pump has left
  tbb::task_arena arena_;
  int pumps_ ABSL_GUARDED_BY(mutex_) = 0;              // enqueued or running
  std::vector<bool> workers_ ABSL_GUARDED_BY(mutex_);  // which there are
  context_internal::CondVar no_pumps_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ARENA_ENGINE_H_
