// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/coroutine/limited_wait.h"

#include <exception>
#include <memory>
#include <source_location>
#include <utility>

#include "weft/context/cancellation.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/task/task_scope.h"
#include "weft/executor/internal/timer/timer_queue.h"

namespace weft::executor_internal {

// Does not run as a task: when it is due it queues the coroutine in its own
// place.
class LimitedWait::Alarm final : public TimerTask {
 public:
  explicit Alarm(LimitedWait& wait)
      : TimerTask(wait.engine_, Clock::duration(0), TaskOrigin::Hold::kNone,
                  std::source_location()),
        wait_(wait) {}

  // Starts a new alarm. Throws std::bad_alloc.
  static void Start(TimerRef alarm, Clock::time_point due) {
    // Its queue has a reference; none if its executor is shut down: then the
    // future ends the wait.
    alarm.get()->AddRef();
    bool is_waiting = false;
    try {
      is_waiting = alarm.get()->queue().Add(*alarm.get(), due);
    } catch (...) {
      alarm.get()->Release();
      throw;
    }
    if (!is_waiting) alarm.get()->Release();
  }

  bool is_announced() const noexcept override { return false; }

 private:
  void OnDue() noexcept override { late_ = wait_.TakeBack(); }
  void QueueDue() noexcept override {
    // The count that was for the timer is for the coroutine now.
    if (late_ != nullptr) {
      static_cast<void>(
          engine().EnqueueAnnounced(*late_, QueuePosition::kQueued));
    } else {
      engine().Unaccept();
    }
    Discard(nullptr);
  }

  void Run(Engine&) noexcept override {}
  void Discard(std::exception_ptr) noexcept override {
    Finish();
    Dispose();
  }
  void Abandon(Known) noexcept override { Discard(nullptr); }

  LimitedWait& wait_;  // good while it waits, under the lock of its queue
  CoroutineTask* late_ = nullptr;
};

void LimitedWait::Begin(CoroutineTask& coroutine) {
  coroutine_ = &coroutine;
  if (context_internal::LimitsAreUsed()) [[unlikely]] {
    const context_internal::Limits limits = coroutine.limits();
    if (limits.deadline != nullptr) {
      alarm_ = TimerRef::Adopt(new Alarm(*this));
      Alarm::Start(alarm_, *limits.deadline);
    }
    if (limits.cancellation != nullptr) {
      on_cancel_.emplace(limits.cancellation->stop_token(), OnCancel{*this});
    }
  }
  // A thread that cancelled or timed out earlier has found the place empty, and
  // left it so.
  if (place_.Add(coroutine)) return;
  GoOn(engine_, coroutine, QueuePosition::kNext, DroppedError());
}

void LimitedWait::End() noexcept {
  on_cancel_.reset();
  if (alarm_.get() == nullptr) return;
  alarm_.get()->Cancel();
  alarm_ = {};
}

CoroutineTask* LimitedWait::TakeBack() noexcept {
  return place_.TakeBack() ? coroutine_ : nullptr;
}

void LimitedWait::Cancel() noexcept {
  if (CoroutineTask* const taken = TakeBack()) {
    GoOn(engine_, *taken, QueuePosition::kQueued, nullptr);
  }
}

void GoOn(Engine& engine, QueuedTask& task, QueuePosition position,
          std::exception_ptr why) noexcept {
  const std::shared_ptr<Engine> kept = ShareEngine(engine);
  if (AcceptAnnounced(*kept)) {
    EnqueueAnnounced(*kept, task, position);
  } else {
    Refuse(task, std::move(why));
  }
}

}  // namespace weft::executor_internal
