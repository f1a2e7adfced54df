// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/engines/manual_engine.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "weft/base/check.h"
#include "weft/base/sync/parker.h"
#include "weft/context/duration.h"
#include "weft/executor/errors.h"
#include "weft/executor/internal/engine/blocked_wait.h"
#include "weft/executor/internal/task/scheduling_events.h"
#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {

using base::MutexLock;

TimerQueue::Clock::time_point ManualTimers::now() noexcept {
  const MutexLock lock(mutex());
  return now_;
}

TimerEntry* ManualTimers::Advance(Clock::time_point until) noexcept {
  const MutexLock lock(mutex());
  now_ = std::max(now_, std::min(earliest(), until));
  return TakeDue(now_);
}

void ManualEngine::WakeSleepers() noexcept {
  sleepers_.WakeAll();
  sleepers_ = {};
}

void ManualEngine::WakeHelpers() noexcept {
  const MutexLock lock(mutex_);
  WakeSleepers();
}

void ManualEngine::Push(QueuedTask& task, QueuePosition position) {
  const MutexLock lock(mutex_);
  task.set_position(position);
  if (position == QueuePosition::kNext) {
    first_.Push(task);
  } else {
    queue_.Push(task);
  }
  WakeSleepers();
}

void ManualEngine::QueueFork(Job& job) noexcept {
  const MutexLock lock(mutex_);
  queue_.Push(job);
  WakeSleepers();
}

Job* ManualEngine::Take() {
  QueuedTask* const first = first_.PopOldest();
  return first != nullptr ? first : queue_.PopOldest();
}

std::size_t ManualEngine::DropQueued() noexcept {
  TaskQueue dropped;
  {
    JobQueue pumps;  // what they would run is not this engine's to drop
    const MutexLock lock(mutex_);
    while (Job* const job = Take()) {
      job->is_task() ? dropped.Push(AsTask(*job)) : pumps.Push(*job);
    }
    queue_ = pumps;
  }
  std::size_t count = 0;
  while (QueuedTask* const task = dropped.PopOldest()) {
    if (DropAccepted(*task)) ++count;
  }
  return count;
}

void ManualEngine::ThrowWaitLimit() const {
  WEFT_CHECK(false, "waits for a ManualExecutor are never refused");
}

bool ManualEngine::RunOne() {
  Job* job = nullptr;
  {
    const MutexLock lock(mutex_);
    job = Take();
  }
  if (job == nullptr) return false;
  RunHere(*job);
  return true;
}

std::size_t ManualEngine::RunAll() {
  std::size_t count = 0;
  while (RunOne()) ++count;
  return count;
}

std::chrono::steady_clock::time_point ManualEngine::After(
    std::chrono::steady_clock::duration time, const char* function) const {
  if (time < std::chrono::steady_clock::duration(0)) {
    throw std::invalid_argument(std::string("ManualExecutor::") + function +
                                ": time is " + std::to_string(time.count()) +
                                " ns; it must not be negative");
  }
  return context_internal::Later(timers().now(), time);
}

std::size_t ManualEngine::AdvanceBy(std::chrono::steady_clock::duration time) {
  const auto until = After(time, "AdvanceBy");
  // Time passes only while there is nothing to run.
  std::size_t count = RunAll();
  while (TimerEntry* const due = timers_.Advance(until)) {
    ManualTimers::Queue(*due);
    count += RunAll();
  }
  return count;
}

void ManualEngine::Stall(std::chrono::steady_clock::duration time) {
  const auto until = After(time, "Stall");
  while (TimerEntry* const due = timers_.Advance(until)) {
    ManualTimers::Queue(*due);
  }
}

std::size_t ManualEngine::queued() const {
  const MutexLock lock(mutex_);
  return first_.size() + queue_.size();
}

bool ManualEngine::HelpUntil(Completion& completion, Engine& awaited, WaitKind,
                             const base::WaitDeadline& deadline) {
  // If it throws, nothing is queued.
  const bool is_done = RunUntil(completion, awaited, deadline);
  TakeBackDeferred();
  return is_done;
}

bool ManualEngine::EndsWithNext(const Completion& completion) noexcept {
  const MutexLock lock(mutex_);
  const Job* const next = first_.empty() ? queue_.oldest() : first_.oldest();
  return next != nullptr && next->completes() == &completion &&
         completion.pending() == 1;
}

void ManualEngine::TakeBackDeferred() noexcept {
  const RunningJob* const running = thread_state.running;
  if (running == nullptr || &running->engine != this ||
      running->deferred == nullptr) {
    return;
  }
  TaskQueue all;
  {
    const MutexLock lock(mutex_);
    all = std::exchange(first_, {});
  }
  thread_state.deferred += all.size();
  // A hook of the wait may have deferred tasks too.
  while (QueuedTask* const task = running->deferred->PopOldest()) {
    all.Push(*task);
  }
  *running->deferred = all;
}

bool ManualEngine::RunUntil(Completion& completion, Engine& awaited,
                            const base::WaitDeadline& deadline) {
  base::Parker& parker = base::Parker::OfThisThread();
  // Tasks of another executor may end it, or it would be stuck; and it looks
  // again at every change.
  const WaitFor what{&completion, nullptr, WaitFor::MayFail::kNo,
                     deadline.has_value()};
  while (!completion.done()) {
    if (base::HasPassed(deadline)) return false;
    if (RunOne()) continue;
    bool has_work = false;
    bool is_stuck = false;
    bool is_done = false;
    {
      // A thread that is another engine's has its own scope, in BlockedWait.
      std::optional<ParkScope> scope;
      if (thread_state.host == nullptr) scope.emplace(worker_id());
      const BlockedWait blocked(parker, what);
      base::Waiter for_change(parker);
      {
        const MutexLock lock(mutex_);
        has_work = !first_.empty() || !queue_.empty();
        if (!has_work) sleepers_.Add(for_change);
      }
      is_stuck = !has_work && IsStuck(completion, awaited, for_change);
      if (!has_work && !is_stuck) {
        is_done = completion.ParkUntilDone(parker, deadline);
      }
      const MutexLock lock(mutex_);
      if (for_change.listed) sleepers_.Remove(for_change);
    }
    if (is_done) break;
    if (!is_stuck) continue;
    if (deadline.has_value()) return false;
    throw DeadlockError(
        "ManualExecutor: a wait that cannot end: nothing is left to run, and "
        "what is waited for has not happened");
  }
  return true;
}

bool ManualEngine::IsStuck(const Completion& completion, Engine& awaited,
                           base::Waiter& for_change) noexcept {
  // All that it counts and has queued now has been accepted here before.
  if (awaited.HasElsewhere(completion)) return false;
  const MutexLock lock(mutex_);
  if (!for_change.listed ||
      IsElsewhere(accepted().pending(), first_.size() + queue_.size(),
                  completion)) {
    return false;
  }
  sleepers_.Remove(for_change);
  return true;
}

}  // namespace weft::executor_internal
