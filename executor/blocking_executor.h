// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/blocking_executor.h
// -----------------------------------------------------------------------------
//
// `BlockingExecutor` is the place for tasks that sleep, read, lock or wait for
// others. It has threads of its own, as many as its tasks need at once, up to a
// limit. So workers of an `Executor`, of which there are as many as processors,
// are not lost to such calls.
//
// Example:
//
//   weft::BlockingExecutor blocking;
//   weft::Future<std::string> text =
//       blocking.Submit([path] { return ReadFile(path); });
//   // Inside a task: a spare thread goes on in its place during the call.
//   const std::string more = weft::RunBlocking(blocking, [] { return Ask(); });
//
// Node counterpart: libuv's thread pool.

#ifndef WEFT_EXECUTOR_BLOCKING_EXECUTOR_H_
#define WEFT_EXECUTOR_BLOCKING_EXECUTOR_H_

#include <source_location>
#include <type_traits>
#include <utility>

#include "weft/executor/blocking_options.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/engine/submission.h"

namespace weft {

// BlockingExecutor
//
// An executor that has all that `Executor` has: tasks carry context and ids,
// and have the same events.
//
// Order: tasks start in the order of their submission.
// Threads: a task that finds no idle thread is given a new one, if there may be
//   one more. Workers are numbered from 0; worker_start and worker_stop tell of
//   each thread, park and unpark of those without work.
// Waits: while a task waits for another task another thread goes on in its
//   place, so that tasks that wait for tasks find the threads that these need.
// Forks: `Join()` and loops run on the calling thread.
// Thread-safety: thread-safe, except for destruction.
// Lifetime: that of an `Executor`; destruction waits for the threads to end.
// Errors: `Post()` and `Submit()` throw std::system_error if no thread at all
//   can be had.
// Cost: a lock for each task; for one that finds no idle thread a new thread,
//   some tens of us.
//
// Differs from Node: the limit is 64 rather than 4, and threads end when idle.
class BlockingExecutor : public Executor {
 public:
  // Makes an executor with the default options.
  BlockingExecutor();
  // Throws std::invalid_argument, naming the option, if one is out of range.
  explicit BlockingExecutor(const BlockingOptions& options);

  // Returns the counts, all of one moment. Throws std::logic_error in a child
  // after fork().
  BlockingCounts counts() const;
};

// RunBlocking()
//
// Runs `fn()` as a task of `blocking`, waits for it, and returns what it
// returns or throws what it throws. Inside a task of another executor the
// calling thread sleeps, and another thread of that executor goes on in its
// place; when `fn` has ended the caller goes on at once. Throws what
// `Future::Get()` throws.
template <typename Fn>
  requires std::is_invocable_v<std::decay_t<Fn>>
std::invoke_result_t<std::decay_t<Fn>> RunBlocking(
    BlockingExecutor& blocking, Fn&& fn,
    std::source_location where = std::source_location::current()) {
  return blocking.Submit(std::forward<Fn>(fn), where).Get();
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_BLOCKING_EXECUTOR_H_
