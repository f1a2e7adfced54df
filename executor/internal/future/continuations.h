// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The tasks that wait for a future.

#ifndef WEFT_EXECUTOR_INTERNAL_FUTURE_CONTINUATIONS_H_
#define WEFT_EXECUTOR_INTERNAL_FUTURE_CONTINUATIONS_H_

#include <atomic>
#include <cstdint>

#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/task/task_queue.h"

namespace weft::executor_internal {

// Takes tasks until it is closed; each can be taken back until then. A list,
// whose lock is one of the pool (lock_pool.h). Closing one in which nobody
// waits, as most are, is one atomic operation and takes no lock.
//
// Edges:
//   [C1] Close()'s exchange <-> Add()'s exchange or load, on `newest_`: whoever
//        adds too late sees what was done before the closing, the future's
//        result. What was added before is handed over by the lock. Breaks if
//        weakened: a result read half written. Test:
//        PromiseStressTest.SettleRacesWithThen (TSan).
//   [C2] TakeBack()'s store of null <-> Close()'s exchange of that: who closes
//        without the lock may destroy the list next, and that was the last
//        touch of it. Test: ContinuationsTest.TakingBackRacesWithClosing
//        (TSan).
//
// Thread-safe.
class Continuations {
 public:
  // Where a task waits. Kept by who waits, until it has left the list.
  class Place {
   public:
    // `list`: is looked at while it is in use.
    explicit Place(Continuations& list) noexcept : list_(list) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // Adds `task`, once. False, and not added, if the list has been closed, or
    // the task taken back in advance. Else both may be gone at any time.
    bool Add(QueuedTask& task) noexcept { return list_.Add(*this, task); }

    // Takes the task out of the list; it is the caller's then. False if it is
    // not there: Close() has returned it, or it has been taken back; one that
    // is added later will not be. The list may be gone unless the task is in
    // it.
    bool TakeBack() noexcept;

   private:
    friend class Continuations;

    enum class State : std::uint8_t { kNew, kListed, kLeft };

    Continuations& list_;
    // Guarded by the lock of the list.
    State state_ = State::kNew;
    QueuedTask* task_ = nullptr;
    Place* older_ = nullptr;
    Place* newer_ = nullptr;
  };

  // Returns what was added, in that order. Once.
  TaskQueue Close() noexcept;

 private:
  bool Add(Place& place, QueuedTask& task) noexcept;

  // Null: none. Changed under the lock, but for closing what is null.
  std::atomic<Place*> newest_{nullptr};
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_FUTURE_CONTINUATIONS_H_
