// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task/completion.h"

#include <new>

#include "weft/base/sync/lock_pool.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/sync/parker.h"

namespace weft::executor_internal {

using base::MutexLock;

void Completion::FinishLast(std::uint64_t taken) noexcept {
  base::WaiterList listeners;
  {
    // Waiters leave the list under this lock: they exist while it is held,
    // though the completion may be gone once `word_` is zero.
    const MutexLock lock(base::PooledLock(this));
    const base::WaiterList sleepers = waiters_;
    waiters_ = {};
    // [N1], [N2]
    std::uint64_t word = word_.load(std::memory_order_acquire);
    for (;;) {
      const bool last = (word & ~kMark) == (taken | kSleepers);
      if (!last) waiters_ = sleepers;
      // [N1], [N2]
      if (word_.compare_exchange_weak(
              word, word - taken - (last ? kSleepers : 0),
              std::memory_order_acq_rel, std::memory_order_acquire)) {
        if (!last) return;
        listeners = sleepers.WakeAll();
        break;
      }
      waiters_ = {};
    }
  }
  listeners.CallAll();
}

bool Completion::AddWaiter(base::Waiter& waiter) noexcept {
  const MutexLock lock(base::PooledLock(this));
  if (waiter.removed) return false;
  // [N2], [N1] if nothing is pending
  std::uint64_t word = word_.load(std::memory_order_acquire);
  do {
    if ((word & ~kMark) == 0) return false;
    // [N2], [N1]
  } while (!word_.compare_exchange_weak(word, word | kSleepers,
                                        std::memory_order_acq_rel,
                                        std::memory_order_acquire));
  if ((word & kSleepers) == 0) ::new (&waiters_) base::WaiterList();
  waiters_.Add(waiter);
  return true;
}

bool Completion::RemoveWaiter(base::Waiter& waiter) noexcept {
  // Only a waiter that is still in the list proves that the completion exists.
  // The sleepers' bit stays: at worst the last finisher wakes nobody.
  const MutexLock lock(base::PooledLock(this));
  waiter.removed = true;
  if (!waiter.listed) return true;
  waiters_.Remove(waiter);
  return false;
}

bool Completion::ParkUntilDone(base::Parker& parker,
                               const base::WaitDeadline& deadline) noexcept {
  base::Waiter waiter(parker);
  if (!AddWaiter(waiter)) return true;
  parker.ParkUntil(deadline);
  return RemoveWaiter(waiter);
}

}  // namespace weft::executor_internal
