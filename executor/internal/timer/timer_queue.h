// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Timers that wait for their time.

#ifndef WEFT_EXECUTOR_INTERNAL_TIMER_TIMER_QUEUE_H_
#define WEFT_EXECUTOR_INTERNAL_TIMER_TIMER_QUEUE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/executor/internal/engine/engine_timers.h"
#include "weft/executor/internal/task/job.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/task/task_queue.h"
#include "weft/executor/internal/task/task_scope.h"

namespace weft::executor_internal {

// A timer as its queue sees it: a task of `engine()` that is to be queued when
// its time has come.
class TimerEntry : public QueuedTask {
 public:
  using Clock = std::chrono::steady_clock;

  Engine& engine() const noexcept { return *engine_; }
  // Call it when the timer is due, and accepted. Returns the job that queues
  // it, as one of its engine, on a thread that hooks may hold up. The job has
  // ended when the timer runs.
  Job& announcer() noexcept { return announcer_; }

 protected:
  // `period` is 0 if it runs once.
  TimerEntry(std::shared_ptr<Engine> engine, Clock::duration period,
             TaskOrigin::Hold hold, std::source_location where)
      : QueuedTask(Form::kTask, Provider::kTimeout, hold, where),
        engine_(std::move(engine)),
        period_(period) {}
  virtual ~TimerEntry() = default;

  // Sets the latest time at which it becomes due, however long it is to wait.
  // Call it before the timer is added to a queue.
  void set_latest(Clock::time_point latest) noexcept { latest_ = latest; }

 private:
  friend class TimerQueue;

  enum class Phase : std::uint8_t {
    kNew,
    kPending,
    kQueued,
    kRunning,
    kEnded,
  };

  // Its time has come. OnDue() is called under the lock of its queue;
  // QueueDue() without the lock, when its engine has counted it.
  virtual void OnDue() noexcept {}
  virtual void QueueDue() noexcept;

  class Announcer final : public Job {
   public:
    explicit Announcer(TimerEntry& timer) noexcept
        : Job(Form::kPump), timer_(timer) {}
    ~Announcer() = default;

    // The timer may be gone when this returns.
    void Run(Engine& engine) noexcept override;
    const Resource& resource() const noexcept override;

   private:
    TimerEntry& timer_;
  };

  // Handles outlive executors.
  const std::shared_ptr<Engine> engine_;
  const Clock::duration period_;
  Clock::time_point latest_ = Clock::time_point::max();  // to become due

  // Guarded by the lock of its queue.
  Phase phase_ = Phase::kNew;
  bool is_cancelled_ = false;
  bool is_due_now_ = false;
  std::size_t place_ = 0;  // in the heap, if pending
  Clock::time_point due_;
  Announcer announcer_{*this};
};

// A heap, the earliest first; of those due at the same time the oldest. It may
// hold timers of several engines. Its lock also guards what its timers note of
// themselves, so a timer is in one state at any time:
//
//   pending   in the heap
//   queued    accepted and queued by its engine, or about to be
//   running
//   ended
//
// An engine accepts a timer that becomes due under the lock, so a thread that
// has closed the engine and then called TakeAllOf() knows that each of its
// timers either is among those, or accepted, to be waited for like any task.
//
// Thread-safe.
class TimerQueue : public PendingTimers {
 public:
  using Clock = std::chrono::steady_clock;

  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  // Adds a new `timer`, which becomes due at `due`. Returns false, with nothing
  // done, if its engine accepts nothing from outside any more. Throws
  // std::bad_alloc.
  bool Add(TimerEntry& timer, Clock::time_point due)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The same for a timer that repeats and has run: it becomes due at the next
  // of its times after `now`. Returns false, too, if it was cancelled.
  bool AddAgain(TimerEntry& timer, Clock::time_point now) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);

  enum class Cancelled {
    kTooLate,  // it runs, or has ended
    kMarked,   // the thread that comes to run it will not
    kRemoved   // it has been taken out, and is the caller's to end
  };
  Cancelled Cancel(TimerEntry& timer) noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // Makes `timer` become due at once, if it waits for its time or will. It must
  // not have ended.
  void MakeDueNow(TimerEntry& timer) noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // `timer`, which is queued, is about to run; returns false if it was
  // cancelled.
  bool Begin(TimerEntry& timer) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // `timer` has run, or never will.
  void End(TimerEntry& timer) noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  TaskQueue TakeAllOf(const Engine& engine) noexcept override
      ABSL_LOCKS_EXCLUDED(mutex_);
  Clock::time_point now() noexcept override { return Clock::now(); }

 protected:
  // Other objects may use the lock too.
  explicit TimerQueue(base::Mutex& mutex) noexcept : mutex_(mutex) {}
  ~TimerQueue() = default;

  base::Mutex& mutex() ABSL_LOCK_RETURNED(mutex_) { return mutex_; }

  // Returns when the next is due; Clock::time_point::max() if there is none.
  Clock::time_point earliest() const noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes out the next timer if it is due at `now`, and makes its engine accept
  // it; else returns null. The caller queues it.
  TimerEntry* TakeDue(Clock::time_point now) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Queues a timer that TakeDue() has returned.
  static void Queue(TimerEntry& timer) noexcept;

 private:
  // Called when `earliest()` has become earlier.
  virtual void OnEarlier() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;

  struct Place {
    Clock::time_point due;
    std::uint64_t number;
    TimerEntry* timer;

    bool operator<(const Place& other) const noexcept {
      return due != other.due ? due < other.due : number < other.number;
    }
  };

  void Insert(TimerEntry& timer, Clock::time_point due) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(std::size_t place) noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Puts `entry` where it belongs at or above `place`, or at or below it.
  void SiftUp(std::size_t place, Place entry) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SiftDown(std::size_t place, Place entry) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Put(std::size_t place, const Place& entry) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  base::Mutex& mutex_;
  // Its capacity is enough for all timers that have not ended: a timer that
  // repeats never lacks memory.
  std::vector<Place> heap_ ABSL_GUARDED_BY(mutex_);
  std::size_t alive_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TIMER_TIMER_QUEUE_H_
