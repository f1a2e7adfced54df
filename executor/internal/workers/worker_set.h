// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The state that the workers of one executor share: each other's queues, the
// inbox for what comes from outside, and the gate at which they sleep.

#ifndef WEFT_EXECUTOR_INTERNAL_WORKERS_WORKER_SET_H_
#define WEFT_EXECUTOR_INTERNAL_WORKERS_WORKER_SET_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/asymmetric_fence.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/sync/parker.h"
#include "weft/executor/internal/engine/worker_delegate.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/inbox.h"
#include "weft/executor/internal/task/job.h"
#include "weft/executor/internal/task/task_queue.h"
#include "weft/executor/internal/workers/sleep_gate.h"
#include "weft/hooks/worker_id.h"

namespace weft::executor_internal {

// A worker as the set sees it: an object that may have work.
class WorkerSetMember {
 public:
  virtual ~WorkerSetMember() = default;
  // True if there is something to steal. For other threads.
  virtual bool HasWork() const noexcept = 0;
  // All workers wait: sets aside what lies in its own queues and others may
  // wait for.
  virtual void Offer() noexcept = 0;
};

// Tasks that were taken out of a worker's own queue: because it waits, and they
// lay there above what it waits for; because a join had to take a part that lay
// below; or because all workers wait. Here all workers find them, and a wait
// finds those that are its own, without a look at more than a few others: they
// stand on shelves, by what they complete, each with a lock of its own.
//
// Edges:
//   [S4] TakeOf() clears a waiter's `looks`, its thread makes a light fence and
//        asks the gate whether anybody runs <-> a thread that blocks, or adds a
//        job, changes the gate's state or a queue, makes a fence, a heavy one
//        if it blocks, and reads `looks`. Either the thread that is about to
//        sleep sees that nobody runs, makes a heavy fence and sees the job, or
//        the other one sees that it sleeps. Breaks if weakened: all wait, and a
//        wait that should be refused is not. Test:
//        WaitLimitTest.TheLastToWaitOffersWhatItHas.
//
// Thread-safe.
class SetAside {
 public:
  // A thread that sleeps until what `completion` waits for is added.
  struct Waiter {
    base::Parker& parker;
    const Completion& completion;
    std::atomic<bool>& looks;  // BlockedWait::looks()
    Waiter* next = nullptr;
    Waiter* previous = nullptr;
    bool listed = false;
  };

  // relaxed: a hint; a caller that needs to know takes the locks.
  bool LooksEmpty() const noexcept {
    return count_.load(std::memory_order_relaxed) == 0;
  }
  // Returns how many there are. relaxed: see LooksEmpty().
  std::size_t size() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }
  // Wakes all who wait for the task.
  void Add(QueuedTask& task) noexcept;
  // Takes the oldest task of one of the shelves, which have their turns; null
  // if all are empty.
  QueuedTask* Take() noexcept;
  // Takes the oldest task that `completion` waits for. Returns null if there is
  // none; then `waiter`, if not null, is woken when such a task is added.
  QueuedTask* TakeOf(const Completion& completion, Waiter* waiter) noexcept;
  void Forget(Waiter& waiter) noexcept;

 private:
  static constexpr std::size_t kShelves = 32;

  struct alignas(64) Shelf {
    void Unlist(Waiter& waiter) noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);

    base::Mutex mutex;
    TaskQueue tasks ABSL_GUARDED_BY(mutex);
    Waiter* waiters ABSL_GUARDED_BY(mutex) = nullptr;
  };

  Shelf& ShelfOf(const Completion* completion) noexcept;

  alignas(64) std::atomic<std::size_t> count_{0};
  std::atomic<unsigned> turn_{0};  // of the shelves
  std::array<Shelf, kShelves> shelves_;
};

// Edges:
//   [M1] The store of a worker by the thread that gives it its first thread <->
//        worker(). A thread that sees the worker sees it complete. Breaks if
//        weakened: a thief looks into a queue half made. Test: WaitsTest
//        (TSan).
//
// Thread-safe.
class WorkerSet {
 public:
  // Makes workers, and gives them threads.
  class Recruiter {
   public:
    // Makes a new worker of that number. Throws std::bad_alloc.
    virtual std::unique_ptr<WorkerSetMember> Make(int index) = 0;
    // Gives worker `index` a thread that stands for it; returns false if none
    // can be had.
    virtual bool Recruit(int index) noexcept = 0;

   protected:
    ~Recruiter() = default;
  };

  // Makes a set of which `workers` may run at once; for the others see
  // SleepGate. Throws std::bad_alloc.
  WorkerSet(WorkerDelegate delegate, Recruiter& recruiter,
            std::uint64_t engine_id, int workers, int spares, int reserves);
  WorkerSet(const WorkerSet&) = delete;
  WorkerSet& operator=(const WorkerSet&) = delete;
  ~WorkerSet();

  const WorkerDelegate& delegate() const noexcept { return delegate_; }
  WorkerId id_of(int worker) const noexcept { return {engine_id_, worker}; }
  // Returns how many may run at once; those with higher numbers are spare.
  int size() const noexcept { return size_; }
  // Workers from this number on have nothing queued.
  int used() const noexcept { return gate.used(); }
  // Returns null if it never had a thread.
  WorkerSetMember* member(int index) const noexcept {
    // [M1]
    return places_[static_cast<std::size_t>(index)].member.load(
        std::memory_order_acquire);
  }

  // Makes sure that a worker comes for work that has been made visible.
  void Notify() noexcept {
    // [G1]
    base::LightFence();
    if (gate.WantsWake()) [[unlikely]]
      WakeOne();
  }
  // Wakes an idle worker, unless one is searching, none is idle, or as many run
  // as may. If all workers wait, wakes those that wait for something that is
  // queued, or refuses a wait.
  void WakeOne() noexcept;
  // The same though others search, if fewer do so than run.
  void WakeAnother() noexcept;
  // Sets aside all that workers have queued and that somebody may wait for.
  void OfferTasks() noexcept ABSL_LOCKS_EXCLUDED(offering_);
  // Makes sure that at least one worker has a thread, before a task is queued;
  // returns false if none can be had. While what was accepted is pending, the
  // last thread does not leave.
  bool EnsureThread() noexcept {
    return !gate.all_vacant() || GetFirstThread();
  }

  // True if there is a job that a worker could take.
  bool HasWork() const noexcept;
  // Calls `function` with each worker that has ever had a thread.
  template <typename Function>
  void ForEach(const Function& function) const noexcept {
    for (int i = 0; i < static_cast<int>(places_.size()); ++i) {
      if (const WorkerSetMember* const one = member(i)) function(*one);
    }
  }

  Inbox<> inbox;  // from outside
  SetAside set_aside;
  SleepGate gate;

 private:
  struct Place {
    ~Place();
    std::atomic<WorkerSetMember*> member{nullptr};
  };

  bool Wake(SleepGate::Claim claim) noexcept;
  bool GetFirstThread() noexcept;
  // Sets aside all that workers have queued, for those who wait for it.
  void OfferAll() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(offering_);
  // Makes the worker of a number which the caller has claimed, if it has never
  // had a thread. Returns false if there is no memory.
  bool Make(int index) noexcept;

  const WorkerDelegate delegate_;
  Recruiter& recruiter_;
  const std::uint64_t engine_id_;
  const int size_;
  std::vector<Place> places_;
  // Held until it is known whether a wait is refused: no other thread refuses
  // one because of tasks that are just being offered.
  base::Mutex offering_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_WORKERS_WORKER_SET_H_
