// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/blocking_executor.h
// -----------------------------------------------------------------------------
//
// `BlockingExecutor` is where to sleep, read, lock and wait for others: it has
// threads of its own, as many as its tasks need at once, up to a limit. Workers
// of an `Executor`, of which there are as many as processors, are not lost to
// such calls.
//
// Example:
//
//   weft::BlockingExecutor blocking;
//   weft::Future<std::string> text =
//       blocking.Submit([path] { return ReadFile(path); });
//   // Inside a task: its worker runs other tasks while the lane reads.
//   const std::string more = weft::RunBlocking(blocking, [] { return Ask(); });
//
// Node counterpart: libuv's thread pool.

#ifndef WEFT_EXECUTOR_BLOCKING_EXECUTOR_H_
#define WEFT_EXECUTOR_BLOCKING_EXECUTOR_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/submission.h"

namespace weft {

struct BlockingOptions {
  static constexpr int kMaxThreads = 10'000;

  // How many threads there may be, and so how many tasks may block at once: 1
  // to kMaxThreads. Further tasks wait.
  int max_threads = 64;

  // A thread without work ends after so long: 0 to
  // ExecutorOptions::kMaxLinger.
  std::chrono::milliseconds linger = std::chrono::seconds(10);

  // As ExecutorOptions has them.
  std::string thread_name = "weft-block";
  UnhandledExceptionHandler on_unhandled_exception = {};

  // Throws std::invalid_argument, naming the option, if one is out of range.
  // Executors do this themselves.
  void Validate() const;
};

struct BlockingCounts {
  int threads = 0;                    // now
  int idle_threads = 0;               // of these, without work
  int most_threads = 0;               // at once, so far
  std::uint64_t started_threads = 0;  // so far
  std::size_t waiting_tasks = 0;      // now, for a thread
};

// BlockingExecutor
//
// All of `Executor`: tasks carry context and ids, and have the same events.
//
// Order: tasks start in the order of their submission.
// Threads: a task that finds none idle is given a new one, if there may be one
//   more. Workers are numbered from 0; worker_start and worker_stop tell of
//   each thread, park and unpark of those without work.
// Waits: a task that waits for another task runs what waits for a thread
//   meanwhile: so tasks that wait for tasks need no more threads than there may
//   be.
// Forks: `Join()` and loops run on the calling thread.
// Thread-safety: thread-safe, but for destruction.
// Lifetime: as `Executor`'s; destruction waits for the threads to end.
// Errors: `Post()` and `Submit()` throw std::system_error if there can be no
//   thread at all.
// Cost: a lock for each task; for one that finds no idle thread a new thread,
//   some tens of us.
//
// Differs from Node: the limit is 64 rather than 4, and threads end when idle.
class BlockingExecutor : public Executor {
 public:
  // With the default options.
  BlockingExecutor();
  // Throws std::invalid_argument, naming the option, if one is out of range.
  explicit BlockingExecutor(const BlockingOptions& options);

  // All of one moment. Throws std::logic_error in a child after fork().
  BlockingCounts counts() const;
};

// RunBlocking()
//
// Has `fn()` run as a task of `blocking`, waits for it, and returns what it
// returns or throws what it throws. Inside a task of another executor the
// calling worker runs other tasks of that meanwhile, and returns when those
// have ended: a worker is never lost to `fn`, but the caller may go on later
// than `fn` ends. Throws StackLimitError if waits are nested too deep.
template <typename Fn>
  requires std::is_invocable_v<std::decay_t<Fn>>
std::invoke_result_t<std::decay_t<Fn>> RunBlocking(
    BlockingExecutor& blocking, Fn&& fn,
    std::source_location where = std::source_location::current()) {
  executor_internal::CheckStack("RunBlocking");
  return blocking.Submit(std::forward<Fn>(fn), where).Get();
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_BLOCKING_EXECUTOR_H_
