// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Timers that wait for their time.

#ifndef WEFT_EXECUTOR_INTERNAL_TIMER_QUEUE_H_
#define WEFT_EXECUTOR_INTERNAL_TIMER_QUEUE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/context/internal/mutex.h"
#include "weft/executor/internal/task_queue.h"

namespace weft::executor_internal {

class Engine;
class TimerTask;

// A heap, the earliest first; of those due at the same time the oldest. It may
// hold timers of several engines. Its lock also guards what its timers note of
// themselves (timer_task.h), so a timer is at one place at any time:
//
//   pending   in the heap
//   queued    accepted and queued by its engine, or about to be
//   running
//   ended
//
// An engine accepts a timer that becomes due under the lock, so whoever has
// closed the engine and then called TakeAllOf() knows that each of its timers
// either is among those, or accepted, to be waited for like any task.
//
// Thread-safe.
class TimerQueue {
 public:
  using Clock = std::chrono::steady_clock;

  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  // Has a new `timer` become due at `due`. False, with nothing done, if its
  // engine accepts nothing from outside any more. Throws std::bad_alloc.
  bool Add(TimerTask& timer, Clock::time_point due) ABSL_LOCKS_EXCLUDED(mutex_);
  // The same for one that repeats and has run: at the next of its times that is
  // after `now`. False, too, if it was cancelled.
  bool AddAgain(TimerTask& timer, Clock::time_point now) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);

  enum class Cancelled {
    kTooLate,  // it runs, or has ended
    kMarked,   // who comes to run it will not
    kRemoved   // it has been taken out, and is the caller's to end
  };
  Cancelled Cancel(TimerTask& timer) noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // Has `timer` become due at once, if it waits for its time or will. It must
  // not have ended.
  void Hasten(TimerTask& timer) noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // `timer`, which is queued, is about to run; false if it was cancelled.
  bool Begin(TimerTask& timer) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // It has run, or never will.
  void End(TimerTask& timer) noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // Takes out all timers of `engine`, for the caller to end.
  TaskQueue TakeAllOf(const Engine& engine) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);

 protected:
  // Its lock may be another's too.
  explicit TimerQueue(context_internal::Mutex& mutex) noexcept
      : mutex_(mutex) {}
  ~TimerQueue() = default;

  context_internal::Mutex& mutex() ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  // When the next is due; Clock::time_point::max() if there is none.
  Clock::time_point earliest() const noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes out the next if it is due at `now`, and has its engine accept it;
  // else null. The caller queues it.
  TimerTask* TakeDue(Clock::time_point now) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Queues what TakeDue() has returned.
  static void Queue(TimerTask& timer) noexcept;

 private:
  // `earliest()` is another, and earlier.
  virtual void OnEarlier() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;

  struct Entry {
    Clock::time_point due;
    std::uint64_t number;
    TimerTask* timer;

    bool operator<(const Entry& other) const noexcept {
      return due != other.due ? due < other.due : number < other.number;
    }
  };

  void Insert(TimerTask& timer, Clock::time_point due) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(std::size_t place) noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Puts `entry` where it belongs at or above `place`, or at or below.
  void SiftUp(std::size_t place, Entry entry) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SiftDown(std::size_t place, Entry entry) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Put(std::size_t place, const Entry& entry) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  context_internal::Mutex& mutex_;
  // Has room for all timers that have not ended: none of those that repeat
  // wants for memory.
  std::vector<Entry> heap_ ABSL_GUARDED_BY(mutex_);
  std::size_t alive_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TIMER_QUEUE_H_
