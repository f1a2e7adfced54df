// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/executor_stats.h
// -----------------------------------------------------------------------------
//
// These say what an executor is doing, what it was offered, and what it has
// kept from running: see `Executor::stats()`. How many tasks have run, and how
// long they took, is counted on demand: observe/metrics/task_counter.h.
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
  std::size_t expired = 0;    // ... their deadline had passed (deadline.h, or
                              // BoundedExecutor::PostBefore())
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

// The tasks that wait to be run, by where they are: those of workers in their
// own queues, and those that any worker takes. Lanes, blocking and manual
// executors have one queue, `submitted`. A queue of an executor that lanes
// stand over also has the turns of these, which run what waits in a lane.
struct QueuedTasks {
  // In the queues of the workers that made them: tasks of groups, parts of
  // forks.
  std::size_t forked = 0;
  // In the queues of the workers that have taken them, to run them next.
  std::size_t taken = 0;
  // Where they were put when they were submitted, by threads outside or by
  // workers. Of each such queue up to `ExecutorStats::kMostCounted` are
  // counted.
  std::size_t submitted = 0;
  // Taken out of the queue of a worker that waits for something else.
  std::size_t set_aside = 0;
  // Not accepted yet: of submitters that wait for a place (WhenFull::kBlock).
  std::size_t held = 0;
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
  // Tasks that it has accepted so far, to be run or dropped. A coroutine counts
  // each time it is queued to go on, a timer each time it is due. Parts of
  // forks do not count, nor what runs in lanes over the executor: lanes count
  // their own. Counting is free: it shares the store that counts what is
  // pending.
  std::uint64_t accepted = 0;
  // Tasks of these that have run: to their end, or they have thrown; a
  // coroutine, until it was suspended. So have those whose function was not
  // called as their group, or their timer, had been cancelled by then. Exact
  // while the executor is idle, when those that were accepted have run or were
  // dropped; else it may be too low by the number of those that end just now,
  // and by some hundreds for each worker. It does not fall. Counting is free,
  // too.
  std::uint64_t ran = 0;
  // Tasks that it has not accepted: it had been stopped, or its base, or was
  // full (WhenFull::kReject, BoundedExecutor::TryPost()), or there was no
  // memory or no thread to queue them, or a wait for a place was ended by an
  // error. The submission told so; for a continuation, or a coroutine that was
  // to go on, its future did.
  std::uint64_t rejected = 0;
  // Tasks that it has not accepted as the deadline of `PostBefore()` had passed
  // before there was a place.
  std::uint64_t expired_holds = 0;
  // The tasks that wait to be run, by queue.
  QueuedTasks queued;
  DroppedTasks dropped;
  // For a strand, priority or bounded executor, the threads of the executor
  // below. A manual one has none.
  ThreadStats threads;

  // At most so many tasks of a queue into which any thread puts them are
  // counted, as no worker takes from that queue meanwhile.
  static constexpr std::size_t kMostCounted = 10'000;

  // Returns how many tasks it was offered; those of submitters that wait just
  // now, `queued.held`, will be.
  std::uint64_t offered() const noexcept {
    return accepted + rejected + expired_holds;
  }
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_EXECUTOR_STATS_H_
