// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What the watchdog looks at: what runs on each thread, since when it has not
// moved, and which tasks of the watched executors are queued. The threads
// write, each its own, and the watchdog reads meanwhile.

#ifndef WEFT_OBSERVE_INTERNAL_WATCH_WATCH_BOARD_H_
#define WEFT_OBSERVE_INTERNAL_WATCH_WATCH_BOARD_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weft/hooks/async_backtrace.h"
#include "weft/hooks/async_id.h"
#include "weft/observe/internal/clock.h"

namespace weft::observe_internal {

// A task, or a part of a fork that was stolen, that runs on a thread.
struct WatchedRun {
  AsyncId async_id = 0;
  // The number of its executor; for a part, that of the worker's.
  std::uint64_t executor = 0;
  AsyncBacktrace backtrace;
};

struct WatchedThread {
  std::string name;
  int thread = 0;                // its id in the kernel
  std::vector<WatchedRun> runs;  // one inside the other, outermost first
  // When a task last began or ended here, or a wait ended.
  Ticks moved = 0;
  // Since when the innermost one has been asleep in a wait; 0: it is not.
  Ticks waits_since = 0;
  // What it waits for, as WatchedPromise::settles has it; 0: not known.
  std::uint64_t waits_for = 0;
  // The labels of the innermost one, if they are told at the level.
  std::vector<std::pair<std::string, std::string>> labels;
  // Tasks of one site, which make each other, that have run on this thread and
  // nothing else in between: how many, and since when.
  std::uint64_t loop_runs = 0;
  Ticks loop_since = 0;
  WatchedRun loop;
};

// What is known of one executor.
struct WatchedQueue {
  // How many tasks are queued, and since when the oldest one is; 0: none is.
  // Of a great number some are not seen.
  std::uint64_t queued = 0;
  Ticks oldest = 0;
  // How many have begun since it has been watched, and were dropped because
  // their deadline had passed.
  std::uint64_t begun = 0;
  std::uint64_t expired = 0;
  AsyncBacktrace last_expired;
  // How many continuations were refused since, as the executor had been
  // stopped.
  std::uint64_t refused_continuations = 0;
  AsyncBacktrace last_refused;
  // How many of its promises went away unsettled since, while something held
  // their futures; and one that waited for the last of them.
  std::uint64_t broken_promises = 0;
  AsyncBacktrace last_broken;
  AsyncBacktrace last_broken_waiter;
};

// A promise that is not settled.
struct WatchedPromise {
  AsyncId async_id = 0;
  Ticks since = 0;
  AsyncBacktrace backtrace;
  // What those threads wait for that wait for it.
  std::uint64_t settles = 0;
};

// A continuation or a coroutine that waits for a future.
struct WatchedWaiter {
  AsyncId async_id = 0;
  Ticks since = 0;
  AsyncBacktrace backtrace;
  // The id of the promise or the task that it waits for.
  AsyncId awaited = 0;
};

// The most executors that are watched at a time.
inline constexpr std::size_t kMaxWatched = 32;

// Begins to note what threads do, if that has not been begun.
void StartWatchBoard() noexcept;
// True if what threads do is noted at the present level.
bool WatchBoardIsOn() noexcept;

// Begins to look at the executor of that number. Returns its place; none if
// all are taken. A place is given back when it is no longer needed.
std::optional<std::size_t> TakeWatchPlace(std::uint64_t executor) noexcept;
void GiveWatchPlaceBack(std::size_t place) noexcept;

WatchedQueue ReadWatchedQueue(std::size_t place) noexcept;
// Returns the threads on which tasks run. Throws std::bad_alloc.
std::vector<WatchedThread> ReadWatchedThreads();
// Return these; of thousands perhaps fewer. They throw std::bad_alloc.
std::vector<WatchedPromise> ReadWatchedPromises();
std::vector<WatchedWaiter> ReadWatchedWaiters();

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_WATCH_WATCH_BOARD_H_
