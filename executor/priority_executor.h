// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/priority_executor.h
// -----------------------------------------------------------------------------
//
// `PriorityExecutor` has an executor for each priority, all on the workers of
// another executor. Of the tasks that wait there, one of the highest priority
// runs first.
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

// The priorities, from the highest to the lowest.
enum class Priority : unsigned char { kHigh, kNormal, kLow };

// PriorityExecutor
//
// A set of executors, one for each priority, over one base.
//
// Order: whenever a worker of the base is free for one of these tasks, it takes
//   the oldest of the highest priority at which one waits. Every 16th task is
//   taken from a lower priority instead, the lower ones in turn, if any waits
//   there. So no task starves: a task of the lowest priority, with n older ones
//   of its own priority before it, is among the next 32 (n + 1) that are taken.
// Other work: tasks that the base was given directly run in turn with these,
//   whatever their priority.
// Running tasks are not interrupted. A task that a task submits has the
//   priority of the executor that it is given to, not that of its submitter.
// Thread-safety: thread-safe, except for destruction.
// Lifetime: that of a `SerialExecutor`, for all priorities. Destruction drains
// them.
// Cost: a task takes one lock, common to all priorities, more than one of the
// base.
class PriorityExecutor {
 public:
  // Makes executors over `base`.
  explicit PriorityExecutor(Executor& base);
  PriorityExecutor(const PriorityExecutor&) = delete;
  PriorityExecutor& operator=(const PriorityExecutor&) = delete;
  ~PriorityExecutor();

  // Returns the executor of that priority, which has all that executors have.
  // Throws std::invalid_argument if `priority` is none of the three.
  Executor& at(Priority priority) const;

  // Waits until nothing that was submitted at any priority is left. In all else
  // it is as `Executor::Drain()`.
  void Drain();
  bool DrainFor(Duration duration);
  bool DrainUntil(SteadyTime deadline);
  // Shuts down all priorities, the highest first, as `Executor::Shutdown()`
  // does.
  std::size_t Shutdown(OnShutdown how);
  // These do what the executor's do. While they drain, tasks are still
  // accepted, as those of one priority may submit to another.
  ShutdownReport ShutdownFor(Duration duration);
  ShutdownReport ShutdownUntil(SteadyTime deadline);

 private:
  class Level;

  // True if the calling thread may wait until all priorities are idle.
  bool MayBeAwaited() const noexcept;
  // Without a deadline it returns true.
  bool DrainBy(
      const std::optional<std::chrono::steady_clock::time_point>& deadline);

  std::array<std::unique_ptr<Level>, 3> levels_;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_PRIORITY_EXECUTOR_H_
