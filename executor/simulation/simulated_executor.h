// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/simulation/simulated_executor.h
// -----------------------------------------------------------------------------
//
// `SimulatedExecutor` is an executor whose workers and whose clock are
// simulated, on the thread that makes it: which of them goes on when is chosen
// from a seed. The same program with the same seed runs in the same order.
// `ExploreSchedules()` (explore_schedules.h) runs a program again and again, in
// a new order each time.
//
// Example:
//
//   weft::SimulatedExecutor executor({.seed = 7, .workers = 3});
//   Service service(executor);
//   service.Start();
//   executor.Drain();

#ifndef WEFT_EXECUTOR_SIMULATION_SIMULATED_EXECUTOR_H_
#define WEFT_EXECUTOR_SIMULATION_SIMULATED_EXECUTOR_H_

#include <chrono>
#include <memory>
#include <string_view>

#include "weft/context/duration.h"
#include "weft/executor/executor.h"
#include "weft/executor/simulation/simulation_options.h"
#include "weft/executor/timer.h"

namespace weft {

// SimulatedExecutor
//
// An executor that has all that `Executor` has, in one thread. The program, on
// the thread's own stack, and each task, on a stack of a worker's, take turns.
// A turn ends at a scheduling point, and nowhere else:
//
//   * after a task has been submitted, here or to an executor over this one
//   * where a task, or the program, waits for a future, a group or an executor
//   * where a task, or a segment of a coroutine, ends
//   * between two tasks of a lane, such as a `SerialExecutor`
//   * after a function of a `Join()`, or half of what is left of a loop, has
//     been put out for other workers
//   * at `SchedulingPoint()`, and where a `SimulatedMutex` changes hands
//     (scheduling_point.h)
//
// At each of these the strategy chooses what goes on: any worker that can, or
// an idle one with any of the 32 oldest queued tasks. A wait runs nothing on
// the stack of the one that waits. Callbacks of hooks are not interrupted.
//
// The clock stands still while anything can run. When nothing can, it jumps to
// the next time for which a timer, or a wait with a deadline, waits; so
// `WaitFor()`, `PostAfter()`, `Deadline::In()` and `Sleep()` take no time. A
// point of time that the program makes of the steady clock is not on it: use
// `now()`.
//
// If nothing can run, and there is no such time, one of the waits throws
// DeadlockError, with all of those that wait in its message.
//
// A lock that a task holds at a scheduling point must not be a `std::mutex`:
// another task that locks it would stop the one thread that there is, for ever.
// Variables that are `thread_local` are the same for all workers.
//
// Thread-safety: all calls must be made on the thread that made it, also those
//   that settle its promises; submissions and waits elsewhere throw
//   std::logic_error.
// Lifetime: there is one simulation at a time on a thread. The constructor that
//   takes another executor makes one that belongs to the same simulation. The
//   last one of a simulation must not be destroyed inside a task.
// Cost: a stack of 512 KiB of address space for each task that has begun and
//   not ended; about a microsecond to switch to another one.
class SimulatedExecutor : public Executor {
 public:
  SimulatedExecutor();
  // Throws std::invalid_argument, naming the option, if one is out of range,
  // and std::logic_error if there is another one on this thread.
  explicit SimulatedExecutor(const SimulationOptions& options);
  // Makes another one in the same simulation.
  SimulatedExecutor(SimulatedExecutor& other, int workers);

  // Returns the time of the simulated clock, which begins with the time at
  // which the first executor was made.
  Timer::Clock::time_point now() const noexcept;

  // SimulatedExecutor::wall_now(), MoveWallClock()
  //
  // The simulated wall clock begins with the real one's time, to the
  // millisecond, and goes as `now()` does. `MoveWallClock()` sets it forward by
  // `jump`, or back if that is less than 0, as one sets a machine's clock. No
  // timer and no deadline moves with it; what Weft writes for other processes
  // does, such as the deadline of a job (jobs/job.h). Throws std::logic_error
  // on another thread.
  std::chrono::system_clock::time_point wall_now() const;
  void MoveWallClock(Duration jump);

  // Adds `entry` to the log of the running task, or of the program. Under
  // `ExploreSchedules()` with `compare_logs` each schedule must lead to the
  // same logs; elsewhere it does nothing. Throws std::logic_error on another
  // thread.
  void Log(std::string_view entry);

 private:
  friend class ScheduleRun;

  explicit SimulatedExecutor(
      std::shared_ptr<executor_internal::Engine> engine) noexcept;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_SIMULATION_SIMULATED_EXECUTOR_H_
