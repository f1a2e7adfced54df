// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The timer that a coroutine waits for.

#ifndef WEFT_EXECUTOR_INTERNAL_COROUTINE_SLEEP_TIMER_H_
#define WEFT_EXECUTOR_INTERNAL_COROUTINE_SLEEP_TIMER_H_

#include <exception>
#include <memory>
#include <source_location>
#include <utility>

#include "weft/executor/internal/coroutine/coroutine_awaiters.h"
#include "weft/executor/internal/coroutine/coroutine_task.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/task/task_scope.h"
#include "weft/executor/internal/timer/timer_task.h"

namespace weft::executor_internal {

struct [[nodiscard]] SleepOperation {
  Engine& engine;
  TimerTask::Clock::duration duration;
  std::source_location where;
};

// Keeps no context: the coroutine has its own.
class SleepTimer final : public FunctionTask<SleepTimer, TimerTask> {
 public:
  SleepTimer(Engine& engine, std::source_location where)
      : FunctionTask(engine, Clock::duration(0), TaskOrigin::Hold::kNone,
                     where) {}

  // Call it before the timer is started.
  void set_sleeper(CoroutineTask& sleeper) noexcept { sleeper_ = &sleeper; }

 private:
  friend FunctionTask<SleepTimer, TimerTask>;

  void Call() noexcept {
    if (AcceptAnnounced(engine())) {
      EnqueueAnnounced(engine(), *sleeper_);
    } else {
      executor_internal::Refuse(*sleeper_, DroppedError());
    }
  }
  void DropFunction() noexcept {}
  void Refuse(std::exception_ptr why) noexcept {
    executor_internal::Refuse(*sleeper_, std::move(why));
  }

  CoroutineTask* sleeper_ = nullptr;
};

template <>
class AwaitSource<SleepOperation> {
 public:
  explicit AwaitSource(const SleepOperation& operation)
      : timer_(new SleepTimer(operation.engine, operation.where)),
        due_(DueAfter(operation.engine, operation.duration)) {}

  bool ready() const noexcept { return false; }
  void Arm(CoroutineTask& task) {
    timer_->set_sleeper(task);
    // The sleep ends early where the coroutine's time does.
    if (context_internal::LimitsAreUsed()) timer_->MakeDueAt(task.limits());
    // From here on the coroutine, and this object, may be gone at any time.
    StartAt(timer_.release(), due_);
  }
  void Result() const noexcept {}

 private:
  struct Disposer {
    void operator()(SleepTimer* timer) const noexcept { timer->Release(); }
  };

  std::unique_ptr<SleepTimer, Disposer> timer_;
  const TimerTask::Clock::time_point due_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_COROUTINE_SLEEP_TIMER_H_
