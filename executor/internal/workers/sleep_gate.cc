// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/workers/sleep_gate.h"

#include <algorithm>
#include <cstddef>

#include "weft/base/sync/parker.h"

namespace weft::executor_internal {

using base::MutexLock;

SleepGate::SleepGate(int workers, int spares, int reserves)
    : state_(kOneFree * workers),
      vacant_(static_cast<std::size_t>(workers + spares + reserves), true),
      workers_(workers),
      spares_(spares),
      reserves_(reserves) {}

void SleepGate::SetVacant(int worker, bool is_vacant) noexcept {
  vacant_[static_cast<std::size_t>(worker)] = is_vacant;
  if (worker >= workers_) {
    stats_.spare_threads += is_vacant ? -1 : 1;
    stats_.most_spare_threads =
        std::max(stats_.most_spare_threads, stats_.spare_threads);
  }
  // relaxed: written under the lock only.
  int used = used_.load(std::memory_order_relaxed);
  if (!is_vacant) {
    used = std::max(used, worker + 1);
  } else if (worker + 1 == used) {
    while (used > 0 && vacant_[static_cast<std::size_t>(used) - 1]) --used;
  }
  // [G4]
  used_.store(used, std::memory_order_release);
}

int SleepGate::PickVacant(int end) const noexcept {
  // Picks the lowest, so that few are ever used.
  const auto vacant = std::find(vacant_.begin(), vacant_.begin() + end, true);
  const auto worker = static_cast<int>(vacant - vacant_.begin());
  return worker < end ? worker : -1;
}

SleepGate::Claim SleepGate::TakeIdle(MayRefuse may_refuse) noexcept {
  Claim claim;
  if (base::Waiter* const waiter = parked_.TakeOne()) {
    claim = {Claim::kParked, waiter->parker};
  } else {
    const bool has_spare = stats_.spare_threads < spares_;
    int worker = PickVacant(has_spare ? workers_ + spares_ : workers_);
    if (worker < 0 && NobodyRuns()) {
      if (may_refuse == MayRefuse::kNo) return {Claim::kStuck};
      if (blocked_.AnyEndsElsewhere() || RefuseOne()) return {};
      // All workers wait, and none of the waits may fail.
      worker = PickVacant(static_cast<int>(vacant_.size()));
    }
    if (worker < 0) return {};
    claim = {Claim::kVacant, nullptr, worker};
    SetVacant(worker, false);
    // [G3]
    threads_.fetch_add(1, std::memory_order_seq_cst);
  }
  // [G2]
  state_.fetch_add(kOneSearcher - kOneFree, std::memory_order_acq_rel);
  return claim;
}

bool SleepGate::RefuseOne() noexcept {
  BlockedWait* const wait = blocked_.TakeOneThatMayFail();
  if (wait == nullptr) return false;
  ++stats_.refused_waits;
  // [G2]
  state_.fetch_add(kOneSearcher - kOneFree, std::memory_order_acq_rel);
  wait->Refuse();
  return true;
}

SleepGate::Claim SleepGate::ClaimIdle(MayRefuse may_refuse) noexcept {
  const MutexLock lock(mutex_);
  return WantsWake() ? TakeIdle(may_refuse) : Claim{};
}

SleepGate::Claim SleepGate::ClaimAnother() noexcept {
  if (!WantsAnother()) return {};
  const MutexLock lock(mutex_);
  return WantsAnother() ? TakeIdle(MayRefuse::kNo) : Claim{};
}

SleepGate::Claim SleepGate::ClaimFirst() noexcept {
  const MutexLock lock(mutex_);
  return all_vacant() ? TakeIdle(MayRefuse::kNo) : Claim{};
}

bool SleepGate::GiveBack(int worker) noexcept {
  const MutexLock lock(mutex_);
  SetVacant(worker, true);
  // [G3]
  threads_.fetch_sub(1, std::memory_order_seq_cst);
  // [G2]
  state_.fetch_add(kOneFree - kOneSearcher, std::memory_order_acq_rel);
  return NobodyRuns();
}

void SleepGate::RefuseIfNobodyRuns() noexcept {
  const MutexLock lock(mutex_);
  // A worker whose wait ends elsewhere will come for the work.
  if (NobodyRuns() && !blocked_.AnyEndsElsewhere()) {
    static_cast<void>(RefuseOne());
  }
}

bool SleepGate::CanGoOn() const noexcept {
  // relaxed: it may change at any time; BlockedWait::AskThoseWhoWaitFor() tells
  // the threads that have asked when it becomes false.
  return !NobodyRuns() ||
         blocked_count_.load(std::memory_order_relaxed) < workers_ + spares_;
}

void SleepGate::BeginSearch() noexcept {
  // [G2]
  state_.fetch_add(kOneSearcher, std::memory_order_acq_rel);
}

bool SleepGate::EndSearch() noexcept {
  // [G1], [G2]
  const std::int64_t before =
      state_.fetch_sub(kOneSearcher, std::memory_order_seq_cst);
  return (before & kSearchers) == kOneSearcher && before >= kOneFree;
}

void SleepGate::Park(base::Waiter& waiter) noexcept {
  const MutexLock lock(mutex_);
  parked_.Add(waiter);
  // [G1], [G2]
  state_.fetch_add(kOneFree - kOneSearcher, std::memory_order_seq_cst);
}

bool SleepGate::Retire(base::Waiter& waiter) noexcept {
  const MutexLock lock(mutex_);
  // relaxed: the exchange below decides.
  std::int64_t state = state_.load(std::memory_order_relaxed);
  do {
    if (state >= 0) return false;
    // [G2] relaxed: nothing is seen if it fails.
  } while (!state_.compare_exchange_weak(state, state + kOneFree,
                                         std::memory_order_seq_cst,
                                         std::memory_order_relaxed));
  parked_.Add(waiter);
  return true;
}

bool SleepGate::CancelPark(base::Waiter& waiter) noexcept {
  const MutexLock lock(mutex_);
  if (!waiter.listed) return false;
  parked_.Remove(waiter);
  // [G2]
  state_.fetch_add(kOneSearcher - kOneFree, std::memory_order_acq_rel);
  return true;
}

SleepGate::Cancelled SleepGate::CancelParkIfFree(
    base::Waiter& waiter) noexcept {
  const MutexLock lock(mutex_);
  if (!waiter.listed) return Cancelled::kClaimedBefore;
  // relaxed: the exchange below decides.
  std::int64_t state = state_.load(std::memory_order_relaxed);
  do {
    if (state < kOneFree) return Cancelled::kNoPermit;
    // [G2] relaxed: nothing is seen if it fails.
  } while (!state_.compare_exchange_weak(state, state + kOneSearcher - kOneFree,
                                         std::memory_order_acq_rel,
                                         std::memory_order_relaxed));
  parked_.Remove(waiter);
  return Cancelled::kNow;
}

bool SleepGate::IsParked(const base::Waiter& waiter) const noexcept {
  const MutexLock lock(mutex_);
  return waiter.listed;
}

bool SleepGate::Leave(base::Waiter& waiter, int worker,
                      const Completion& accepted) noexcept {
  const MutexLock lock(mutex_);
  if (!waiter.listed) return false;
  // [G3]
  const int before = threads_.fetch_sub(1, std::memory_order_seq_cst);
  if (before == 1 && !accepted.done()) {
    // [G3]
    threads_.store(1, std::memory_order_seq_cst);
    return false;
  }
  parked_.Remove(waiter);
  SetVacant(worker, true);  // without a permit before and after
  // The gate may be gone as soon as the lock is.
  if (before == 1) all_left_.NotifyAll();
  return true;
}

void SleepGate::Block(BlockedWait& wait) noexcept {
  const MutexLock lock(mutex_);
  blocked_.Add(wait);
  stats_.most_blocked = std::max(stats_.most_blocked, ++stats_.blocked);
  // relaxed: see CanGoOn().
  blocked_count_.store(stats_.blocked, std::memory_order_relaxed);
  // [G1], [G2]
  state_.fetch_add(kOneFree, std::memory_order_seq_cst);
}

bool SleepGate::Unblock(BlockedWait& wait) noexcept {
  const MutexLock lock(mutex_);
  --stats_.blocked;
  // relaxed: see CanGoOn().
  blocked_count_.store(stats_.blocked, std::memory_order_relaxed);
  if (!wait.listed) return true;
  blocked_.Remove(wait);
  // [G2]
  state_.fetch_sub(kOneFree, std::memory_order_acq_rel);
  return false;
}

ThreadStats SleepGate::stats() const noexcept {
  const MutexLock lock(mutex_);
  ThreadStats stats = stats_;
  // relaxed: numbers for statistics; searchers come and go without the lock.
  const std::int64_t state = state_.load(std::memory_order_relaxed);
  stats.searching = static_cast<int>(state & kSearchers);
  const auto free = static_cast<int>((state - stats.searching) / kOneFree);
  const int permits = workers_ - free;
  stats.running = std::max(permits - stats.searching, 0);
  // relaxed: written under the lock.
  const int threads = threads_.load(std::memory_order_relaxed);
  stats.idle = std::max(threads - permits - stats.blocked, 0);
  return stats;
}

void SleepGate::Close() noexcept {
  const MutexLock lock(mutex_);
  // relaxed: see closed().
  closed_.store(true, std::memory_order_relaxed);
  while (!all_vacant()) {
    while (base::Waiter* const waiter = parked_.TakeOne()) {
      // [G2]
      state_.fetch_add(kOneSearcher - kOneFree, std::memory_order_acq_rel);
      waiter->parker->Unpark();
    }
    all_left_.Wait(mutex_);
  }
}

}  // namespace weft::executor_internal
