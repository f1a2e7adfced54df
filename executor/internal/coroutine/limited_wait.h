// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A coroutine's wait for a future that lasts no longer than its flow may go on.

#ifndef WEFT_EXECUTOR_INTERNAL_COROUTINE_LIMITED_WAIT_H_
#define WEFT_EXECUTOR_INTERNAL_COROUTINE_LIMITED_WAIT_H_

#include <optional>
#include <stop_token>

#include "weft/executor/internal/coroutine/coroutine_task.h"
#include "weft/executor/internal/future/continuations.h"
#include "weft/executor/internal/future/future_state.h"
#include "weft/executor/internal/timer/timer_task.h"

namespace weft::executor_internal {

// Three threads may resume the coroutine: the one that settles the future, the
// one that cancels the flow, and the timer of its deadline. The one that takes
// it out of its place among the continuations does (continuations.h), and the
// others find nothing there: the last two queue it, and its executor ends it as
// any task at its limit.
//
// Lies in the coroutine's frame. Its destructor waits for those that may still
// look at it: for a std::stop_callback by that one's own destructor, for the
// timer by its queue's lock, under which the timer looks.
class LimitedWait {
 public:
  // The caller keeps `state`.
  explicit LimitedWait(const FutureStateBase& state) noexcept
      : state_(state), place_(state.continuations()) {}
  LimitedWait(const LimitedWait&) = delete;
  LimitedWait& operator=(const LimitedWait&) = delete;
  ~LimitedWait() { End(); }

  // Makes the coroutine go on when the wait is over. Call it once, when the
  // coroutine is suspended; the coroutine may be gone at any time after it. If
  // it throws, nothing has been done.
  void Begin(CoroutineTask& coroutine);
  // The coroutine has gone on.
  void End() noexcept;

 private:
  class Alarm;
  struct OnCancel {
    void operator()() const noexcept { wait.Cancel(); }
    LimitedWait& wait;
  };

  void Cancel() noexcept;
  // Takes the coroutine out of its place, for the caller to queue; null if it
  // is not there.
  CoroutineTask* TakeBack() noexcept;

  const FutureStateBase& state_;
  Continuations::Place place_;
  CoroutineTask* coroutine_ = nullptr;
  std::optional<std::stop_callback<OnCancel>> on_cancel_;
  TimerRef alarm_;  // if there is a deadline
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_COROUTINE_LIMITED_WAIT_H_
