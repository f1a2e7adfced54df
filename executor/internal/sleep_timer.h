// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The timer that a coroutine waits for.

#ifndef WEFT_EXECUTOR_INTERNAL_SLEEP_TIMER_H_
#define WEFT_EXECUTOR_INTERNAL_SLEEP_TIMER_H_

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <stop_token>
#include <utility>

#include "weft/context/cancellation.h"
#include "weft/executor/internal/coroutine_awaiters.h"
#include "weft/executor/internal/coroutine_task.h"
#include "weft/executor/internal/submission.h"
#include "weft/executor/internal/task_scope.h"
#include "weft/executor/internal/timer_queue.h"
#include "weft/executor/internal/timer_task.h"

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

  // Before it is started.
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
        due_(DueTime(operation)),
        cancellation_(CancellationToken::Current()) {}

  bool ready() const noexcept { return false; }
  void Arm(CoroutineTask& task) {
    timer_->set_sleeper(task);
    on_cancel_.emplace(cancellation_.stop_token(),
                       Hasten{TimerRef::Share(timer_.get())});
    // From here on the coroutine, and this, may be gone at any time.
    StartAt(timer_.release(), due_);
  }
  void Result() const noexcept {}

 private:
  using TimePoint = TimerTask::Clock::time_point;

  struct Hasten {
    void operator()() const noexcept {
      timer.get()->queue().Hasten(*timer.get());
    }
    TimerRef timer;
  };
  struct Disposer {
    void operator()(SleepTimer* timer) const noexcept { timer->Release(); }
  };

  // What the calling coroutine has no time for needs no sleep.
  static TimePoint DueTime(const SleepOperation& operation) noexcept {
    const TimePoint due = DueAfter(operation.engine, operation.duration);
    const TimePoint* const deadline = LimitsHere().deadline;
    return deadline == nullptr ? due : std::min(due, *deadline);
  }

  std::unique_ptr<SleepTimer, Disposer> timer_;
  const TimePoint due_;
  const CancellationToken cancellation_;
  std::optional<std::stop_callback<Hasten>> on_cancel_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_SLEEP_TIMER_H_
