// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/timer.h
// -----------------------------------------------------------------------------
//
// `Timer` is the handle of a function that runs later. `Executor::PostAfter()`,
// `PostAt()` and `PostEvery()` return one.
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

// The options of `Executor::PostEvery()`.
struct TimerOptions {
  // True if the ticks run in the context in which the timer was set. If false,
  // which is the default, they run in no context, and keep nothing of it alive:
  // a timer may last as long as the process, and a request's context should
  // not.
  bool keep_context = false;
};

// Timer
//
// A handle of a timer. A copy is a handle of the same timer. Dropping handles
// cancels nothing.
//
// Thread-safety: thread-compatible; copies may be used on several threads.
// Limits: when the flow in which it was set is cancelled, or its deadline
//   passes, before it is due, it becomes due at once and ends unrun. Set a
//   timer that must run nevertheless, such as one that cancels its own flow,
//   inside a `ShieldScope`.
// Lifetime: it may outlive its executor. A handle keeps the memory of its
//   timer, but neither the function nor the context, once the timer has ended.
// Differs from Node: `Cancel()` says whether it came in time; there is no
//   `unref()`, as no executor waits for a timer that is not due.
class Timer {
 public:
  // The clock that timers go by.
  using Clock = std::chrono::steady_clock;

  // Makes the handle of no timer.
  Timer() = default;

  // Timer::Cancel()
  //
  // Cancels the timer, and returns true if that prevented a run that would have
  // come. For a timer that runs once that is its only run, which has not begun.
  // For a timer that repeats it is all further runs, and one that runs at the
  // moment goes on. Returns false if no run would have come: the timer has run,
  // or was cancelled or dropped before, or this is no timer's handle.
  //
  // A timer that waits for its time is destroyed before this returns: destroy
  // is emitted and the function's captures die, on the calling thread, in the
  // timer's context. If it is due and queued, the thread that takes it from the
  // queue does that; if it runs, the thread that runs it does, after the run.
  bool Cancel() const noexcept {
    return timer_.get() != nullptr && timer_.get()->Cancel();
  }

  // Returns the timer's id; kNoAsyncId if this is no timer's handle.
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
