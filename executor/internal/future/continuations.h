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

// Takes tasks until it is closed; each can be taken back until then. A list
// whose lock is one of the pool (lock_pool.h). Closing a list in which nothing
// waits, as in most, is one atomic operation and takes no lock.
//
// Edges:
//   [C1] Close()'s exchange <-> Add()'s exchange or load, on `newest_`: a
//        thread that adds too late sees what was done before the closing, the
//        future's result. What was added before is handed over by the lock.
//        Breaks if weakened: a result is read half written. Test:
//        PromiseStressTest.SettleRacesWithThen (TSan).
//   [C2] TakeBack()'s store of null <-> Close()'s exchange of that: a thread
//        that closes without the lock may destroy the list next, and the store
//        was the last access to it. Test:
//        ContinuationsTest.TakingBackRacesWithClosing (TSan).
//
// Thread-safe.
class Continuations {
 public:
  // Where a task waits. The waiter keeps it until the task has left the list.
  class Place {
   public:
    // `list` is accessed while the place is in use.
    explicit Place(Continuations& list) noexcept : list_(list) {}
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // Adds `task`, once. Returns false, without adding, if the list has been
    // closed, or the task taken back in advance. Otherwise both may be gone at
    // any time.
    bool Add(QueuedTask& task) noexcept { return list_.Add(*this, task); }

    // Takes the task out of the list; then it is the caller's. Returns false if
    // it is not there: Close() has returned it, it has been taken back, or it
    // has yet to be added, which then fails. The list may be gone unless the
    // task is in it.
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

  // Returns the tasks that were added, in that order. Call it once.
  TaskQueue Close() noexcept;

 private:
  bool Add(Place& place, QueuedTask& task) noexcept;

  // Null: none. Changed under the lock, except for closing a list that is
  // empty.
  std::atomic<Place*> newest_{nullptr};
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_FUTURE_CONTINUATIONS_H_
