// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A coroutine's wait for an event that lasts no longer than its flow may go on.

#ifndef WEFT_EXECUTOR_INTERNAL_COROUTINE_LIMITED_WAIT_H_
#define WEFT_EXECUTOR_INTERNAL_COROUTINE_LIMITED_WAIT_H_

#include <exception>
#include <optional>
#include <stop_token>

#include "weft/executor/internal/coroutine/coroutine_task.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/timer/timer_task.h"

namespace weft::executor_internal {

class Engine;

// Three threads may resume the coroutine: the one that makes the event happen,
// the one that cancels the flow, and the timer of its deadline. The one that
// takes it out of its place does, and the others find nothing there: the last
// two queue it, and its executor ends it as any task at its limit.
//
// Lies in the coroutine's frame. Its destructor waits for those that may still
// look at it: for a std::stop_callback by that one's own destructor, for the
// timer by its queue's lock, under which the timer looks.
class LimitedWait {
 public:
  // Where the coroutine waits for the event. Thread-safe.
  class Place {
   public:
    // Makes the thread that sees the event queue `task`, once. Returns false if
    // the event has been, or the task has been taken back in advance. Otherwise
    // both may be gone at any time.
    virtual bool Add(QueuedTask& task) noexcept = 0;
    // Takes the task out; then it is the caller's. Returns false if it is not
    // there, or has yet to be added, which then fails.
    virtual bool TakeBack() noexcept = 0;

   protected:
    ~Place() = default;
  };

  // The coroutine goes on as a task of `engine`. The caller keeps both.
  LimitedWait(Engine& engine, Place& place) noexcept
      : engine_(engine), place_(place) {}
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

  Engine& engine_;
  Place& place_;
  CoroutineTask* coroutine_ = nullptr;
  std::optional<std::stop_callback<OnCancel>> on_cancel_;
  TimerRef alarm_;  // if there is a deadline
};

// Queues `task`, which has waited, or refuses it with `why` if `engine` has
// been stopped. The caller may be gone, with all that the task refers to, at
// any time after it.
void GoOn(Engine& engine, QueuedTask& task, QueuePosition position,
          std::exception_ptr why) noexcept;

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_COROUTINE_LIMITED_WAIT_H_
