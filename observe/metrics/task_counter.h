// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/metrics/task_counter.h
// -----------------------------------------------------------------------------
//
// What executors have done with their tasks, counted since
// `StartTaskCounter()`:
//
//   weft::observe::StartTaskCounter();
//   weft::observe::SetLevel(weft::observe::Level::kCounters);
//   ...
//   const weft::observe::TaskStats stats =
//       weft::observe::ReadTaskStats(executor.stats().number);
//   std::cout << stats.threw << " threw, " << stats.stolen << " stolen\n";
//
// What is counted at which level:
//
//   kCounters  exceptions, thefts
//   kFlight    besides, how long runs take and, of some tasks, how long they
//              have waited in a queue
//
// What executors are doing just now, and how many tasks they have accepted, run
// and dropped, they say themselves, at any level: `Executor::stats()`.
//
// Node counterpart: none.
//
// Thread-safety: all functions are thread-safe; reading stops nobody.
// Memory: about 1 KB of heap for each thread and each executor whose tasks it
//   runs, up to 64 of these. What ended threads have counted takes as much for
//   each executor, up to 1,024 of these. 40 KB for those that wait.
// fork(): a child goes on counting, from what its parent had counted.

#ifndef WEFT_OBSERVE_METRICS_TASK_COUNTER_H_
#define WEFT_OBSERVE_METRICS_TASK_COUNTER_H_

#include <cstdint>

#include "weft/base/language.h"
#include "weft/observe/metrics/task_stats.h"

namespace weft::observe {

// StartTaskCounter()
//
// Starts counting, unless it has been started. The level (`SetLevel()`), at
// each time, decides what is counted.
void StartTaskCounter() noexcept;

// ReadTaskStats()
//
// Returns what has been counted for the executor that has the number `executor`
// (`ExecutorStats::number`). A thread that has run tasks of more than 64
// executors counts those of further ones under number 0. Of ended threads, what
// is beyond 1,024 executors, the oldest first, is there too.
TaskStats ReadTaskStats(std::uint64_t executor) noexcept;

// UncountedEvents()
//
// Returns how many events could not be counted: there was no memory, or the
// thread was destroying its last objects.
std::uint64_t UncountedEvents() noexcept;

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_METRICS_TASK_COUNTER_H_
