// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/timer/timer_thread.h"

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "weft/base/threads/at_fork.h"
#include "weft/base/threads/fork_generation.h"
#include "weft/base/threads/owned_threads.h"
#include "weft/base/threads/thread_name.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/task/scheduling_events.h"
#include "weft/hooks/hook_event.h"

namespace weft::executor_internal {

using base::AtFork;
using base::Mutex;
using base::MutexLock;

namespace {

// Sleeps no longer at a time: beyond that, times overflow on their way to the
// kernel.
constexpr std::chrono::hours kLongestSleep{24 * 365};

// Guards this process's timers, and those that fork() has left behind, which
// may be cancelled.
constinit Mutex timers_mutex;
[[maybe_unused]] const AtFork& timers_known_at_fork = *new AtFork(timers_mutex);

}  // namespace

TimerThread::TimerThread() noexcept : TimerQueue(timers_mutex) {}

TimerThread& TimerThread::OfThisProcess() {
  static constinit TimerThread* timers = nullptr;
  static constinit int forks = 0;
  const MutexLock lock(timers_mutex);
  // After fork() its thread is in the parent only.
  if (timers == nullptr || forks != base::ForkGeneration()) {
    // Leaked on purpose: executors may outlive every static destructor.
    timers = new TimerThread;
    forks = base::ForkGeneration();
  }
  return *timers;
}

TimerQueue& TimerThread::For(Engine& engine) {
  // All PendingTimers are queues.
  if (PendingTimers* const own = engine.timers().own()) {
    return static_cast<TimerQueue&>(*own);
  }
  engine.CheckNotLeftBehind();
  return static_cast<TimerQueue&>(engine.timers().Use([]() -> PendingTimers& {
    TimerThread& timers = OfThisProcess();
    timers.Enter();
    return timers;
  }));
}

void TimerThread::Enter() {
  const MutexLock lock(mutex());
  if (users_ == 0) {
    try {
      thread_ = std::thread([this, generation = ++generation_] {
        const base::ThreadNameScope name("weft-timers");
        Work(generation);
      });
    } catch (const std::system_error& error) {
      base::OwnedThreads::ThrowNoThread("weft's timers", error.code().value());
    }
  }
  ++users_;
}

void TimerThread::Leave() noexcept {
  std::thread ending;
  {
    const MutexLock lock(mutex());
    if (--users_ > 0) return;
    ++generation_;
    changed_.NotifyOne();
    ending = std::move(thread_);
  }
  if (ending.get_id() == std::this_thread::get_id()) {
    // A hook, or what a dropped task held, has ended the last executor there.
    ending.detach();
  } else {
    ending.join();
  }
}

bool TimerThread::HandOver(TimerEntry& due) noexcept {
  if (!IsEnqueueWanted()) return false;
  Engine& engine = due.engine();
  // For a lane: a thread of the engine that it stands over.
  Engine& lowest = engine.lowest();
  if (&lowest != &engine && !lowest.AcceptNoTask()) return false;
  try {
    lowest.Reserve();
  } catch (...) {
    // The timer cannot be queued either: it is refused.
    if (&lowest != &engine) lowest.ReturnAdmissions(1);
    return false;
  }
  lowest.QueueFork(due.announcer());
  // The announcer has taken over this call's admission, or the lowest engine's.
  if (&lowest != &engine) engine.ReturnAdmissions(1);
  return true;
}

void TimerThread::Work(std::uint64_t generation) noexcept {
  mutex().Lock();
  while (generation_ == generation) {
    const Clock::time_point now = Clock::now();
    if (TimerEntry* const due = TakeDue(now)) {
      // The timer may run and end at once; its engine must not end before this
      // thread has left it.
      Engine& engine = due->engine();
      static_cast<void>(engine.AcceptNoTask());
      mutex().Unlock();
      if (!HandOver(*due)) {
        Queue(*due);
        engine.ReturnAdmissions(1);
      }
      mutex().Lock();
    } else {
      static_cast<void>(changed_.WaitUntil(
          mutex(), std::min(earliest(), now + kLongestSleep)));
    }
  }
  mutex().Unlock();
}

}  // namespace weft::executor_internal
