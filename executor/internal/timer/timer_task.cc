// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/timer/timer_task.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "weft/context/cancellation.h"
#include "weft/context/duration.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/timer/timer_queue.h"
#include "weft/executor/internal/timer/timer_thread.h"

namespace weft::executor_internal {

TimerTask::TimerTask(Engine& engine, Clock::duration period,
                     TaskOrigin::Hold hold, std::source_location where)
    : TimerEntry(ShareEngine(engine), period, hold, where),
      queue_(TimerThread::For(engine)) {}

bool TimerTask::Cancel() noexcept {
  switch (queue_.Cancel(*this)) {
    case TimerQueue::Cancelled::kTooLate:
      return false;
    case TimerQueue::Cancelled::kMarked:
      break;
    case TimerQueue::Cancelled::kRemoved:
      Discard(nullptr);
      break;
  }
  return true;
}

bool TimerTask::Begin() noexcept { return queue_.Begin(*this); }

void TimerTask::Fail(std::exception_ptr exception, Engine& engine) noexcept {
  HandleUnhandled(engine, std::move(exception));
}

void TimerTask::Finish() noexcept {
  on_cancel_.reset();
  queue_.End(*this);
}

void TimerTask::MakeDueAt(const context_internal::Limits& limits) {
  if (limits.deadline != nullptr) set_latest(*limits.deadline);
  if (limits.cancellation != nullptr) {
    on_cancel_.emplace(limits.cancellation->stop_token(), MakeDueNow{*this});
  }
}

void TimerTask::WaitAgain(Engine& engine) noexcept {
  // Once it waits again any thread may take it.
  if (!queue().AddAgain(*this, engine.timers().now())) Discard(nullptr);
}

TimerTask::Clock::time_point DueAfter(
    const Engine& engine, TimerTask::Clock::duration delay) noexcept {
  return context_internal::Later(
      engine.timers().now(), std::max(delay, TimerTask::Clock::duration(0)));
}

TimerRef StartAt(TimerTask* timer, TimerTask::Clock::time_point due) {
  TaskPtr owned(timer);
  Engine& engine = timer->engine();
  engine.Announce(*timer);
  TimerRef handle = TimerRef::Share(timer);
  if (context_internal::LimitsAreUsed()) timer->MakeDueAt(timer->limits());
  QueuedTask& announced = *owned.release();
  try {
    if (!timer->queue().Add(*timer, due)) {
      Engine::Refuse(announced, DroppedError());
    }
  } catch (...) {
    announced.Abandon(QueuedTask::Known::kToHooks);
    throw;
  }
  return handle;
}

TimerRef StartAfter(TimerTask* timer, TimerTask::Clock::duration delay) {
  return StartAt(timer, DueAfter(timer->engine(), delay));
}

TimerTask::Clock::duration CheckPeriod(TimerTask::Clock::duration period) {
  if (period > TimerTask::Clock::duration(0)) return period;
  throw std::invalid_argument("Executor::PostEvery: period is " +
                              std::to_string(period.count()) +
                              " ns; it must be more than 0");
}

}  // namespace weft::executor_internal
