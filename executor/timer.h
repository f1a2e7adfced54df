// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/timer.h
// -----------------------------------------------------------------------------
//
// `Timer` is the handle of what runs later: `Executor::PostAfter()`, `PostAt()`
// and `PostEvery()` return one.
//
// Example:
//
//   weft::Timer give_up = executor.PostAfter(500ms, [&] { request.Fail(); });
//   ...
//   if (give_up.Cancel()) Reply(request);  // it has not failed, and will not
//
//   executor.PostEvery(10s, [&] { cache.Sweep(); });
//
// Node counterpart: the `Timeout` that `setTimeout()` and `setInterval()`
// return, and `clearTimeout()`.

#ifndef WEFT_EXECUTOR_TIMER_H_
#define WEFT_EXECUTOR_TIMER_H_

#include <chrono>
#include <utility>

#include "weft/executor/internal/timer/timer_task.h"
#include "weft/hooks/async_id.h"

namespace weft {

class Executor;

// What `Executor::PostEvery()` is told besides.
struct TimerOptions {
  // Do the ticks run in the context in which the timer was set? If not, which
  // is the default, they run in none, and keep alive nothing of it: a timer may
  // last as long as the process, a request's context should not.
  bool keep_context = false;
};

// Timer
//
// A copy is a handle of the same timer. Dropping handles cancels nothing.
//
// Thread-safety: thread-compatible; copies may be used on several threads.
// Limits: when the flow in which it was set is cancelled, or its deadline
// passes,
//   before it is due, it becomes due at once and ends unrun. Set one that is to
//   end its own flow in a `ShieldScope`.
// Lifetime: may outlive its executor. A handle keeps the memory of its timer,
//   but neither the function nor the context, once the timer has ended.
// Differs from Node: `Cancel()` says whether it came in time; there is no
//   `unref()`: no executor waits for a timer that is not due.
class Timer {
 public:
  // The clock that timers go by.
  using Clock = std::chrono::steady_clock;

  // The handle of no timer.
  Timer() = default;

  // Timer::Cancel()
  //
  // Returns true if a run has been prevented that would have come: of a timer
  // that runs once, its only one, which has not begun; of one that repeats, all
  // further ones, and one that runs at the moment goes on. False if there would
  // have been none: it has run, or was cancelled or dropped before, or this is
  // no timer's handle.
  //
  // What waits for its time is destroyed before this returns: destroy is
  // emitted and the function's captures die, on the calling thread, in the
  // timer's context. If it is due and queued, the thread that comes to it does
  // that; if it runs, the one on which it does, after the run.
  bool Cancel() const noexcept {
    return timer_.get() != nullptr && timer_.get()->Cancel();
  }

  // Its id; kNoAsyncId if this is no timer's handle.
  AsyncId async_id() const noexcept {
    return timer_.get() != nullptr ? timer_.get()->resource().async_id()
                                   : kNoAsyncId;
  }

 private:
  friend class Executor;

  explicit Timer(executor_internal::TimerRef timer) noexcept
      : timer_(std::move(timer)) {}

  executor_internal::TimerRef timer_;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_TIMER_H_
