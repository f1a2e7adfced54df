// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Lets workers sleep without ever missing work, and wakes them one at a time.
//
// A worker is running a job, searching for one, parked, or vacant: no thread
// stands for it just now. Parked and vacant ones are idle.
//
//   Who adds work   makes it visible in a queue, calls context_internal::
//                   LightFence(), then, if WantsWake(), ClaimIdle() and wakes
//                   what that returns, as a searcher.
//   A worker        BeginSearch(); looks everywhere; if it finds something,
//                   EndSearch(), and if that says so wakes one more before it
//                   runs what it found; else Park(), HeavyFence(), looks
//                   everywhere once more, and sleeps or CancelPark()s.
//
// So there is never more than one wake-up under way, and each worker that finds
// work passes it on: waking is paid for by those who were idle. Who adds work
// while all are busy, or while one searches, pays for one relaxed load.
//
// Edges:
//   [G1] The asymmetric fence between who adds work and a worker that has
//        announced, by Park()'s or EndSearch()'s change of `state_`, that it
//        searches no more: either the adder sees an idle worker and no
//        searcher, or the worker's second look sees what was added. Breaks
//        without the heavy side, or without the second look: the job waits
//        while all sleep. Test: SleepGateTest.NoLostWakeup,
//        tests/model/sleep_model.cc.
//   [G2] A change of `state_` by read-modify-write under, or before taking,
//        `mutex_`: counts stay exact. relaxed loads are hints that only cost an
//        extra look.
//   [G3] A submitter counts its task as accepted, then looks whether any worker
//        has a thread; the last that has one says that it has not, then looks
//        at that count: all four seq_cst, so either the submitter finds that it
//        must first get a thread, and can still report that it got none, or
//        the thread stays. Breaks if weakened: a task is queued where memory
//        for a thread has run out, and nobody comes.
//        Test: SleepGateTest.TheLastThreadStaysWhileATaskIsAccepted.

#ifndef WEFT_EXECUTOR_INTERNAL_SLEEP_GATE_H_
#define WEFT_EXECUTOR_INTERNAL_SLEEP_GATE_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/context/internal/mutex.h"
#include "weft/executor/internal/completion.h"
#include "weft/executor/internal/waiter.h"

namespace weft::executor_internal {

// Thread-safe.
class SleepGate {
 public:
  // For workers 0 to `workers` - 1, all vacant.
  explicit SleepGate(int workers);

  // May there be somebody to wake? After LightFence().
  bool WantsWake() const noexcept {
    // relaxed: ordered by the fence, [G1].
    const std::uint32_t state = state_.load(std::memory_order_relaxed);
    return state >= kOneIdle && (state & kSearchers) == 0;
  }

  // What ClaimIdle() found.
  struct Claim {
    enum Kind { kNobody, kParked, kVacant };
    Kind kind = kNobody;
    Parker* parker = nullptr;  // kParked: unpark it
    int worker = 0;            // kVacant: give it a thread, or GiveBack() it
  };
  // Takes an idle worker, a parked one if there is one, and counts it as a
  // searcher; nobody if one is searching already or none is idle.
  Claim ClaimIdle() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // The same whoever is searching, but only if all workers are vacant.
  Claim ClaimFirst() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // No thread could be had for a vacant worker.
  void GiveBack(int worker) noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // No worker has a thread. After the task to be queued has been accepted.
  bool all_vacant() const noexcept {
    // [G3]
    return threads_.load(std::memory_order_seq_cst) == 0;
  }

  // Of running workers.
  void BeginSearch() noexcept;
  // It has found work: returns whether another one should be woken.
  [[nodiscard]] bool EndSearch() noexcept;

  // A searcher becomes a parked one, to be woken by its parker. Followed by
  // HeavyFence(), a second look, and CancelPark() or sleep.
  void Park(Waiter& waiter) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // The waiter does not sleep, or has woken up: it is a searcher again. False
  // if it was claimed meanwhile: it is one already, and its permit is there or
  // will be.
  bool CancelPark(Waiter& waiter) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // A parked worker becomes vacant: its thread leaves. False, with nothing
  // changed, if it was claimed meanwhile, or if it is the last that has a
  // thread and `accepted` is not done: a task may be about to be queued.
  bool Leave(Waiter& waiter, int worker, const Completion& accepted) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Nobody parks for long any more. Wakes all, and returns when all workers
  // are vacant and their threads have left this object.
  void Close() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  bool closed() const noexcept {
    // relaxed: a hint; the waker's permit orders the rest.
    return closed_.load(std::memory_order_relaxed);
  }

 private:
  static constexpr std::uint32_t kSearchers = 0xffff;
  static constexpr std::uint32_t kOneSearcher = 1;
  static constexpr std::uint32_t kOneIdle = 0x10000;

  Claim TakeIdle() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  alignas(64) std::atomic<std::uint32_t> state_;  // idle and searching workers
  alignas(64) context_internal::Mutex mutex_;
  WaiterList parked_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> vacant_ ABSL_GUARDED_BY(mutex_);
  const int workers_;
  std::atomic<int> threads_{0};  // workers not vacant; written under mutex_
  std::atomic<bool> closed_{false};
  context_internal::CondVar all_left_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_SLEEP_GATE_H_
