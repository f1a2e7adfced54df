// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/manual_executor.h
// -----------------------------------------------------------------------------
//
// `ManualExecutor` is an executor without threads: its tasks run on the thread
// that asks for it, oldest first, one or all. With it a test of concurrent code
// is deterministic.
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
// All of `Executor`, in one thread. Waiting for one of its futures or groups,
// or for `Drain()`, runs its tasks, oldest first, until the wait is over,
// inside a task or outside. If none is left first it throws DeadlockError; what
// another thread is in the middle of submitting to it is waited for. The same
// goes for executors over it, such as `SerialExecutor`.
//
// Thread-safety: submitting is thread-safe; one thread at a time may run tasks
//   or wait.
class ManualExecutor : public Executor {
 public:
  // With the default handler of unhandled exceptions, which terminates.
  ManualExecutor();
  // Of the options, those about threads are checked but mean nothing.
  explicit ManualExecutor(const ExecutorOptions& options);

  // Runs the oldest task to its end. False if there is none.
  bool RunOne();

  // Runs tasks, oldest first, until there is none. Returns how many it ran.
  std::size_t RunAll();

  // ManualExecutor::AdvanceBy()
  //
  // Has `time` pass on the executor's own clock, which stands still otherwise:
  // runs what is queued; then, in the order of their times, each timer that is
  // due by then, with the clock at its time, and what it has caused; leaves the
  // clock `time` later. Returns how many tasks and ticks it ran. Throws
  // std::invalid_argument if `time` is negative.
  //
  // Nothing but this and `Stall()` moves the clock: a wait for what only a
  // timer would do throws DeadlockError.
  std::size_t AdvanceBy(Duration time);

  // ManualExecutor::Stall()
  //
  // Has `time` pass, as `AdvanceBy()`, in which nothing gets to run, as if all
  // threads were busy: timers that become due are queued, what was queued may
  // come to be late (context/deadline.h).
  void Stall(Duration time);

  // What the executor's clock says. It begins with the time of its making.
  Timer::Clock::time_point now() const noexcept;

  // How many tasks wait to be run; timers that are not due do not count.
  std::size_t queued() const;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_MANUAL_EXECUTOR_H_
