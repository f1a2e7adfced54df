// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/executor_stats.h
// -----------------------------------------------------------------------------
//
// These say what an executor is doing, and what it has kept from running: see
// `Executor::stats()`. How many tasks have run, and how long they took, is
// counted on demand: observe/metrics/task_counter.h.
//
// Node counterpart: none.

#ifndef WEFT_EXECUTOR_EXECUTOR_STATS_H_
#define WEFT_EXECUTOR_EXECUTOR_STATS_H_

#include <cstddef>
#include <cstdint>

#include "weft/base/language.h"

namespace weft {

// Counts of the tasks that an executor has accepted, and dropped unrun, since
// it was made, because ...
struct DroppedTasks {
  std::size_t cancelled = 0;  // ... they were cancelled (cancellation.h)
  std::size_t expired = 0;    // ... their deadline had passed (deadline.h)
  std::size_t refused = 0;    // ... it was stopped, or there was no memory
};

// The threads of an executor: what they do just now, and what waits inside
// tasks have done to them. For threads that sleep in such a wait spare ones go
// on (ExecutorOptions::max_spare_threads).
struct ThreadStats {
  int running = 0;                // run a task
  int searching = 0;              // look for one
  int idle = 0;                   // sleep for want of tasks
  int blocked = 0;                // sleep in a wait
  int most_blocked = 0;           // the most at any time
  int spare_threads = 0;          // spare ones that there are, idle ones too
  int most_spare_threads = 0;     // the most at any time
  std::size_t refused_waits = 0;  // that ended with a WaitLimitError
};

// What an executor is doing. The members are read one after the other while it
// works, so they need not fit together; they are exact while it is idle.
struct ExecutorStats {
  // The number by which hooks, records and task_counter.h know the executor:
  // `WorkerId::executor`. Unique in the process.
  std::uint64_t number = 0;
  // Tasks that were accepted and have not ended, those that run, too. While the
  // executor works the number may be too high, by up to some hundreds for each
  // worker, as these count tasks in advance.
  std::size_t pending = 0;
  // Timers that wait for their time (timer.h), those that repeat, too; a
  // coroutine that sleeps or has a deadline has one. They are not in `pending`.
  std::size_t timers = 0;
  DroppedTasks dropped;
  // For a strand, priority or bounded executor, the threads of the executor
  // below. A manual one has none.
  ThreadStats threads;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_EXECUTOR_STATS_H_
