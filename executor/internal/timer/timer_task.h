// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A task that runs when its time has come: once, or again and again.

#ifndef WEFT_EXECUTOR_INTERNAL_TIMER_TIMER_TASK_H_
#define WEFT_EXECUTOR_INTERNAL_TIMER_TIMER_TASK_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <stop_token>
#include <utility>

#include "weft/base/ref.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/task/task_scope.h"
#include "weft/executor/internal/timer/timer_queue.h"

namespace weft::executor_internal {

class Engine;

// Shared by its handles and the holder of the task. Thread-safe.
class TimerTask : public TimerEntry, public base::RefCounted {
 public:
  void Release() const noexcept {
    if (DropRefs(1)) delete this;
  }

  TimerQueue& queue() const noexcept { return queue_; }

  // Returns true if it has prevented a run that would have come. Ends a task
  // that was still waiting for its time.
  bool Cancel() noexcept;

  // Call it before the timer is started: when one of `limits` is reached the
  // timer becomes due at once, so that the limit is seen then. The limits must
  // exist as long as it waits.
  void MakeDueAt(const context_internal::Limits& limits);

 protected:
  // `period` is 0 if it runs once. Throws as TimerThread::For().
  TimerTask(Engine& engine, Clock::duration period, TaskOrigin::Hold hold,
            std::source_location where);

  ~TimerTask() override = default;

  // The same as FunctionTask's.
  bool Begin() noexcept;
  void Fail(std::exception_ptr exception, Engine& engine) noexcept;
  void Finish() noexcept;
  void Dispose() noexcept final { Release(); }

  // Called when it has run: makes it wait for its next time, or ends it.
  void WaitAgain(Engine& engine) noexcept;

 private:
  struct MakeDueNow {
    void operator()() const noexcept { timer.queue().MakeDueNow(timer); }
    TimerTask& timer;
  };

  TimerQueue& queue_;
  std::optional<std::stop_callback<MakeDueNow>>
      on_cancel_;  // until it has ended
};

using TimerRef = base::Ref<TimerTask>;

// Returns the time at which `delay`, or 0 if that is negative, will have passed
// on the clock of `engine`.
TimerTask::Clock::time_point DueAfter(
    const Engine& engine, TimerTask::Clock::duration delay) noexcept;

// Starts the new `timer`: it runs at `due`, on its engine's clock, or as soon
// as possible if that is past; or after `delay`. Returns a handle's reference.
// Throws ShutdownError, std::bad_alloc, and then the timer is gone.
TimerRef StartAt(TimerTask* timer, TimerTask::Clock::time_point due);
TimerRef StartAfter(TimerTask* timer, TimerTask::Clock::duration delay);

// Returns `period`; throws std::invalid_argument unless it is positive.
TimerTask::Clock::duration CheckPeriod(TimerTask::Clock::duration period);

template <typename Fn>
class OneShotTimer final : public FunctionTask<OneShotTimer<Fn>, TimerTask> {
 public:
  template <typename F>
  OneShotTimer(Engine& engine, F&& fn, std::source_location where)
      : OneShotTimer::FunctionTask(engine, TimerTask::Clock::duration(0),
                                   TaskOrigin::Hold::kCounted, where),
        function_(std::forward<F>(fn)) {}

 private:
  friend FunctionTask<OneShotTimer, TimerTask>;

  void Call() { static_cast<void>(function_.Call()); }
  void DropFunction() noexcept { function_.Drop(); }

  TaskFunction<Fn> function_;
};

template <typename Fn>
class RepeatingTimer final
    : public FunctionTask<RepeatingTimer<Fn>, TimerTask> {
 public:
  template <typename F>
  RepeatingTimer(Engine& engine, TimerTask::Clock::duration period,
                 TaskOrigin::Hold hold, F&& fn, std::source_location where)
      : RepeatingTimer::FunctionTask(engine, period, hold, where),
        function_(std::in_place, std::forward<F>(fn)) {}

  // Runs the function, then waits for its next time, or ends.
  void Run(Engine& engine) noexcept override {
    if (!this->Begin()) return this->Discard(nullptr);
    {
      const TickScope scope(this->origin());
      try {
        Call();
      } catch (...) {
        this->Fail(std::current_exception(), engine);
      }
    }
    this->WaitAgain(engine);
  }

 private:
  friend FunctionTask<RepeatingTimer, TimerTask>;

  void Call() { static_cast<void>((*function_)()); }
  void DropFunction() noexcept { function_.reset(); }

  std::optional<Fn> function_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TIMER_TIMER_TASK_H_
