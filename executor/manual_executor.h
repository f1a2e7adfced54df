// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/manual_executor.h
// -----------------------------------------------------------------------------
//
// `ManualExecutor` is an executor without threads: its tasks run on the thread
// that calls `RunOne()` or `RunAll()`, oldest first. With it a test of
// concurrent code is deterministic.
//
// Example:
//
//   weft::ManualExecutor executor;
//   Service service(executor);
//   service.Start();
//   EXPECT_TRUE(executor.RunOne());   // its first task
//   EXPECT_EQ(executor.RunAll(), 3u);  // and what that one caused

#ifndef WEFT_EXECUTOR_MANUAL_EXECUTOR_H_
#define WEFT_EXECUTOR_MANUAL_EXECUTOR_H_

#include <cstddef>

#include "weft/context/duration.h"
#include "weft/executor/executor.h"

namespace weft {

// ManualExecutor
//
// An executor that has all that `Executor` has, in one thread. Waiting for one
// of its futures or groups, or for `Drain()`, runs its tasks, oldest first,
// until the wait is over, inside a task or outside. If no task is left before
// that, it throws DeadlockError; but a task that another thread is in the
// middle of submitting is waited for. The same holds for executors over it,
// such as `SerialExecutor`. What a task has deferred (`Defer()`, continuations)
// runs first in its wait, and what is left of that when the wait is over runs
// before what the task defers afterwards.
//
// Thread-safety: submitting is thread-safe; one thread at a time may run tasks
//   or wait.
class ManualExecutor : public Executor {
 public:
  // Makes an executor with the default handler of unhandled exceptions, which
  // terminates.
  ManualExecutor();
  // Makes an executor with `options`. Those about threads are checked but mean
  // nothing.
  explicit ManualExecutor(const ExecutorOptions& options);

  // Runs the oldest task to its end and returns true. Returns false if there is
  // none.
  bool RunOne();

  // Runs tasks, oldest first, until there is none. Returns how many it ran.
  std::size_t RunAll();

  // ManualExecutor::AdvanceBy()
  //
  // Lets `time` pass on the executor's own clock, which stands still otherwise.
  // It runs the queued tasks; then, in the order of their times, each timer
  // that is due by then, with the clock at its time, and the tasks that it has
  // caused. It leaves the clock `time` later. Returns how many tasks and ticks
  // it ran. Throws std::invalid_argument if `time` is negative.
  //
  // Nothing but this and `Stall()` moves the clock, so a wait that only a timer
  // would end throws DeadlockError.
  std::size_t AdvanceBy(Duration time);

  // ManualExecutor::Stall()
  //
  // Lets `time` pass, as `AdvanceBy()` does, but nothing runs meanwhile, as if
  // all threads were busy. Timers that become due are queued, and queued tasks
  // may miss their deadlines (context/deadline.h).
  void Stall(Duration time);

  // Returns the time of the executor's clock, which begins with the time at
  // which the executor was made.
  Timer::Clock::time_point now() const noexcept;

  // Returns how many tasks wait to be run. Timers that are not due do not
  // count.
  std::size_t queued() const;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_MANUAL_EXECUTOR_H_
