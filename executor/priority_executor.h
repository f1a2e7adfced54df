// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/priority_executor.h
// -----------------------------------------------------------------------------
//
// `PriorityExecutor` has an executor for each priority, all on the workers of
// another executor: of what waits there the highest is run first.
//
// Example:
//
//   weft::Executor executor;
//   weft::PriorityExecutor by_priority(executor);
//   by_priority.at(weft::Priority::kLow).Post([] { Compact(); });
//   by_priority.at(weft::Priority::kHigh).Post([] { Answer(); });

#ifndef WEFT_EXECUTOR_PRIORITY_EXECUTOR_H_
#define WEFT_EXECUTOR_PRIORITY_EXECUTOR_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

#include "weft/context/duration.h"
#include "weft/executor/executor.h"
#include "weft/executor/shutdown.h"

namespace weft {

// The priorities that there are.
enum class Priority : unsigned char { kHigh, kNormal, kLow };

// PriorityExecutor
//
// Order: whenever a worker of the base is free for one of these tasks, it takes
//   the oldest of the highest priority that waits. At every 16th time it takes
//   one from below that, where the priorities that wait take turns. So nobody
//   starves: a task of the lowest, with n older ones of its own priority before
//   it, is among the next 32 (n + 1) that are taken.
// What the base was given directly is none of them: it runs in turn with them,
//   whatever their priority.
// Running tasks are not interrupted. What a task submits has the priority of
//   the executor that it is given to, not of the task.
// Thread-safety: thread-safe, but for destruction.
// Lifetime: of all priorities as `SerialExecutor`'s. Destruction drains them.
// Cost: one lock, common to all priorities, more than a task of the base.
class PriorityExecutor {
 public:
  // Over `base`.
  explicit PriorityExecutor(Executor& base);
  PriorityExecutor(const PriorityExecutor&) = delete;
  PriorityExecutor& operator=(const PriorityExecutor&) = delete;
  ~PriorityExecutor();

  // The executor of that priority, which has all that executors have. Throws
  // std::invalid_argument if `priority` is none of the three.
  Executor& at(Priority priority) const;

  // Returns when nothing that was submitted at any priority is left. Otherwise
  // as `Executor::Drain()`.
  void Drain();
  bool DrainFor(Duration duration);
  bool DrainUntil(SteadyTime deadline);
  // As `Executor::Shutdown()`, of all priorities, the highest first.
  std::size_t Shutdown(OnShutdown how);
  // As the executor's; while it drains it still accepts, as tasks of one
  // priority may submit to another.
  ShutdownReport ShutdownFor(Duration duration);
  ShutdownReport ShutdownUntil(SteadyTime deadline);

 private:
  class Level;

  bool IsInside() const noexcept;
  // Without a deadline it returns true.
  bool DrainBy(
      const std::optional<std::chrono::steady_clock::time_point>& deadline);

  std::array<std::unique_ptr<Level>, 3> levels_;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_PRIORITY_EXECUTOR_H_
