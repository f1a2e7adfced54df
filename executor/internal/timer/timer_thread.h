// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The timers of all executors that have threads, on the steady clock, and the
// one thread that serves them. It sleeps until the earliest is due, and hands
// that to its engine. It calls no user code, which could hold up all the other
// timers: if a hook wants enqueue events, a job of the engine queues the timer,
// and announces that. (But what was captured is destroyed here if memory runs
// out.)

#ifndef WEFT_EXECUTOR_INTERNAL_TIMER_TIMER_THREAD_H_
#define WEFT_EXECUTOR_INTERNAL_TIMER_TIMER_THREAD_H_

#include <cstddef>
#include <cstdint>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/executor/internal/timer/timer_queue.h"

namespace weft::executor_internal {

// Thread-safe. There is a thread as long as there is a user.
class TimerThread final : public TimerQueue {
 public:
  static TimerThread& OfThisProcess();
  // Returns where the timers of `engine` wait; from now on they become due
  // until it is closed. Throws std::system_error if that takes a thread and
  // none can be had.
  static TimerQueue& For(Engine& engine);

  // Adds a user: an engine. Throws std::system_error if there is no thread and
  // none can be had.
  void Enter() ABSL_LOCKS_EXCLUDED(mutex());
  // Removes a user; with the last the thread ends, and is waited for.
  void Leave() noexcept override ABSL_LOCKS_EXCLUDED(mutex());

 private:
  TimerThread() noexcept;

  void OnEarlier() noexcept override { changed_.NotifyOne(); }
  // Makes a job of its engine queue a timer that TakeDue() has returned, and
  // that is accepted twice; the job ends the second acceptance. Returns false,
  // with nothing done, if that is unnecessary, or impossible.
  static bool HandOver(TimerEntry& due) noexcept;
  void Work(std::uint64_t generation) noexcept ABSL_LOCKS_EXCLUDED(mutex());

  base::CondVar changed_;  // the earliest, or the generation
  std::size_t users_ ABSL_GUARDED_BY(mutex()) = 0;
  // The generation of the thread that is to work; any other ends.
  std::uint64_t generation_ ABSL_GUARDED_BY(mutex()) = 0;
  std::thread thread_ ABSL_GUARDED_BY(mutex());
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TIMER_TIMER_THREAD_H_
