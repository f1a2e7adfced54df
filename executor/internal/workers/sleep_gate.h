// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Lets workers sleep without ever missing work, wakes them one at a time, and
// keeps as many running as may run.
//
// A worker is running a job, searching for one, blocked in a wait, parked, or
// vacant: no thread stands for it just now. Parked and vacant ones are idle.
// There are permits for as many as may run at once; a worker that runs or
// searches has one, the others have none.
//
//   The submitter  makes work visible in a queue, calls LightFence(), then, if
//                  WantsWake(), calls ClaimIdle() and wakes the worker that it
//                  returns, as a searcher.
//   A worker       calls BeginSearch(); looks everywhere; if it finds work,
//                  EndSearch(), and if that says so wakes one more before it
//                  runs what it found; else Park(), HeavyFence(), looks
//                  everywhere once more, and sleeps or CancelPark()s.
//   A waiting one  calls Block(), HeavyFence(), looks whether there is work,
//                  and if so does what the submitter does; sleeps; then calls
//                  Unblock(), which takes a permit even if none is free.
//   One too many   calls Retire() when it next looks for work.
//
// So what is submitted makes no more than one wake-up at a time, and each
// worker that finds work passes it on: the idle workers pay for waking. A
// submitter pays for one relaxed load while all workers are busy, or while one
// searches. A worker that has been woken, and leaves work where it has found
// some, wakes one more though others search, by ClaimAnother(): so the workers
// wake in a tree, and as many as are wanted are awake after the logarithm of
// that many wake-ups. That is never needed, and never more search than run.
//
// Where threads block, more workers are wanted than may run: spare ones, in
// bounds. If no worker is left that could take a free permit, fewer run. If
// none runs at all while there is work, what is queued is offered to those that
// wait for it. If none of them goes on, one of the waits is refused: it ends
// early, and its worker goes on.
//
// Edges:
//   [G1] The asymmetric fence between a submitter and a worker that has
//        announced, by Park()'s, Block()'s or EndSearch()'s change of `state_`,
//        that it searches no more: either the submitter sees a free permit and
//        no searcher, or the worker's second look sees what was added. Breaks
//        without the heavy side, or without the second look: the job waits
//        while all sleep. Test: SleepGateTest.NoLostWakeup,
//        tests/model/sleep_model.cc.
//   [G2] A change of `state_` by read-modify-write under, or before taking,
//        `mutex_`: counts stay exact. Relaxed loads are hints that only cost an
//        extra look.
//   [G3] A submitter counts its task as accepted, then looks whether any worker
//        has a thread; the last worker with a thread says that it has none,
//        then looks at that count: all four seq_cst, so either the submitter
//        finds that it must first get a thread, and can still report that it
//        got none, or the thread stays. Breaks if weakened: a task is queued
//        where memory for a thread has run out, and no worker comes. Test:
//        SleepGateTest.TheLastThreadStaysWhileATaskIsAccepted.
//   [G4] TakeIdle()'s store of `used_` <-> used()'s load of it: a worker that
//        has had a thread is looked at. [G1] orders it for a thread that must
//        not miss a worker; for others it is a hint. Breaks if weakened:
//        nothing, as the fences of [G1] order it too.

#ifndef WEFT_EXECUTOR_INTERNAL_WORKERS_SLEEP_GATE_H_
#define WEFT_EXECUTOR_INTERNAL_WORKERS_SLEEP_GATE_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/sync/waiter.h"
#include "weft/executor/executor_stats.h"
#include "weft/executor/internal/engine/blocked_wait.h"
#include "weft/executor/internal/task/completion.h"

namespace weft::executor_internal {

// Thread-safe.
class SleepGate {
 public:
  // Makes a gate for workers 0 to `workers` - 1, all of which may run at once,
  // and `spares` more for when some of them are blocked. If all of them are, in
  // waits that may not fail, there are `reserves` more. All start vacant.
  explicit SleepGate(int workers, int spares = 0, int reserves = 0);

  // True if there may be a worker to wake. Call it after LightFence().
  bool WantsWake() const noexcept {
    // relaxed: ordered by the fence, [G1].
    const std::int64_t state = state_.load(std::memory_order_relaxed);
    return state >= kOneFree && (state & kSearchers) == 0;
  }
  // True if more workers run than may.
  bool IsOvercommitted() const noexcept {
    // relaxed: a hint; Retire() decides.
    return state_.load(std::memory_order_relaxed) < 0;
  }

  // The worker that ClaimIdle() found. kStuck: there is none, and none runs.
  struct Claim {
    enum Kind { kNobody, kParked, kVacant, kStuck };
    Kind kind = kNobody;
    base::Parker* parker = nullptr;  // kParked: unpark it
    int worker = 0;  // kVacant: give it a thread, or GiveBack() it
  };
  // Takes an idle worker, a parked one if there is one, and gives it a permit,
  // as a searcher. Takes none if one is searching already, no permit is free,
  // or none is idle. If none is idle, and none runs, MayRefuse::kNo says that
  // they are stuck: the caller then offers all that is queued to those who wait
  // for it, and asks with kYes. That refuses a wait, or takes a worker in
  // reserve, unless a wait ends elsewhere.
  enum class MayRefuse { kYes, kNo };
  Claim ClaimIdle(MayRefuse may_refuse = MayRefuse::kYes) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The same, also while others search, but only if fewer do so than run.
  Claim ClaimAnother() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // The same as ClaimIdle(), also while another one searches, but only if all
  // workers are vacant.
  Claim ClaimFirst() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // Takes back a vacant worker for which no thread could be had. Returns true
  // if none runs: then the caller offers all, and calls RefuseIfNobodyRuns().
  bool GiveBack(int worker) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  void RefuseIfNobodyRuns() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // True if no worker has a thread. Call it after the task to be queued has
  // been accepted.
  bool all_vacant() const noexcept {
    // [G3]
    return threads_.load(std::memory_order_seq_cst) == 0;
  }
  // Workers from this one on are vacant, and their queues empty.
  int used() const noexcept {
    // [G4]
    return used_.load(std::memory_order_acquire);
  }
  // True if workers are left in reserve when one more blocks.
  bool MayBlockOneMore() const noexcept {
    // relaxed: others may block at the same time; half of the reserve is for
    // those.
    return blocked_count_.load(std::memory_order_relaxed) <
           workers_ + spares_ + reserves_ / 2;
  }
  // True if a worker runs, or could.
  bool CanGoOn() const noexcept;
  // True if all permits are free.
  bool NobodyRuns() const noexcept {
    // relaxed: all that would change it to false hold the lock; without that, a
    // hint, ordered by [S4].
    return state_.load(std::memory_order_relaxed) == kOneFree * workers_;
  }

  // Makes a running worker a searcher.
  void BeginSearch() noexcept;
  // The searcher has found work: returns whether another one should be woken.
  [[nodiscard]] bool EndSearch() noexcept;

  // A searcher becomes a parked worker, to be woken by its parker. Followed by
  // HeavyFence(), a second look, and CancelPark() or sleep.
  void Park(base::Waiter& waiter) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // The same for a running worker, if more run than may; else returns false.
  bool Retire(base::Waiter& waiter) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // The waiter does not sleep, or has woken up: it is a searcher again. Returns
  // false if it was claimed meanwhile: then it is one already, and its permit
  // is there or will be.
  bool CancelPark(base::Waiter& waiter) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // The same if a permit is free; otherwise it stays parked.
  enum class Cancelled { kNow, kClaimedBefore, kNoPermit };
  Cancelled CancelParkIfFree(base::Waiter& waiter) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsParked(const base::Waiter& waiter) const noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);
  // A parked worker becomes vacant: its thread leaves. Returns false, with
  // nothing changed, if it was claimed meanwhile, or if it is the last that has
  // a thread and `accepted` is not done: a task may be about to be queued.
  bool Leave(base::Waiter& waiter, int worker,
             const Completion& accepted) noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // A running worker gives its permit back, and sleeps until its wait is over.
  // Followed by HeavyFence() and a look for work.
  void Block(BlockedWait& wait) noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  // It runs again. Returns true if it was refused: then it is a searcher.
  [[nodiscard]] bool Unblock(BlockedWait& wait) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);

  ThreadStats stats() const noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  // No worker parks for long any more. Wakes all, and returns when all workers
  // are vacant and their threads have left this object.
  void Close() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  bool closed() const noexcept {
    // relaxed: a hint; the waker's permit orders the rest.
    return closed_.load(std::memory_order_relaxed);
  }

 private:
  // `state_` is the number of free permits, negative if more run than may,
  // times kOneFree, plus the number of searchers.
  static constexpr std::int64_t kSearchers = 0xffff;
  static constexpr std::int64_t kOneSearcher = 1;
  static constexpr std::int64_t kOneFree = 0x10000;

  // True if ClaimAnother() may find a worker.
  bool WantsAnother() const noexcept {
    // relaxed: a hint without the lock, and under it as in WantsWake().
    const std::int64_t state = state_.load(std::memory_order_relaxed);
    const std::int64_t searchers = state & kSearchers;
    const std::int64_t free = (state - searchers) / kOneFree;
    return free > 0 && 2 * searchers < workers_ - free;
  }
  Claim TakeIdle(MayRefuse may_refuse) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Returns the vacant worker to be given a thread next, of those below `end`;
  // -1 if there is none.
  int PickVacant(int end) const noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Refuses a wait; returns false if none may fail.
  bool RefuseOne() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SetVacant(int worker, bool is_vacant) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  alignas(64) std::atomic<std::int64_t> state_;
  std::atomic<int> used_{0};  // written under mutex_
  alignas(64) mutable base::Mutex mutex_;
  base::WaiterList parked_ ABSL_GUARDED_BY(mutex_);
  BlockedWaits blocked_ ABSL_GUARDED_BY(mutex_);
  std::vector<bool> vacant_ ABSL_GUARDED_BY(mutex_);
  // Of what changes without the lock `state_` tells.
  ThreadStats stats_ ABSL_GUARDED_BY(mutex_);
  const int workers_;
  const int spares_;
  const int reserves_;
  std::atomic<int> threads_{0};  // workers not vacant; written under mutex_
  std::atomic<int> blocked_count_{0};  // written under mutex_
  std::atomic<bool> closed_{false};
  base::CondVar all_left_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_WORKERS_SLEEP_GATE_H_
