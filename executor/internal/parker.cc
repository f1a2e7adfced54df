// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/parker.h"

#include <mutex>
#include <vector>

namespace weft::executor_internal {

using context_internal::MutexLock;

namespace {

// Parkers of threads that have ended, for those to come. Leaked on purpose.
struct Pool {
  std::mutex mutex;
  std::vector<Parker*> free;  // guarded by `mutex`; has room for all there are
  std::size_t count = 0;      // of all parkers; guarded by `mutex`
};

Pool& GetPool() {
  static Pool& pool = *new Pool;
  return pool;
}

// A thread's parker, given back when the thread ends.
class Lease {
 public:
  Lease() {
    Pool& pool = GetPool();
    const std::lock_guard<std::mutex> lock(pool.mutex);
    if (pool.free.empty()) {
      pool.free.reserve(pool.count + 1);
      parker_ = new Parker;
      ++pool.count;
    } else {
      parker_ = pool.free.back();
      pool.free.pop_back();
    }
  }
  ~Lease() {
    Pool& pool = GetPool();
    const std::lock_guard<std::mutex> lock(pool.mutex);
    pool.free.push_back(parker_);
  }
  Parker& parker() const noexcept { return *parker_; }

 private:
  Parker* parker_;
};

}  // namespace

Parker& Parker::OfThisThread() {
  static thread_local const Lease lease;
  return lease.parker();
}

bool Parker::TakePermit() noexcept {
  int expected = kPermit;
  // [P1] relaxed: nothing is taken if it fails.
  return state_.compare_exchange_strong(
      expected, kNone, std::memory_order_acquire, std::memory_order_relaxed);
}

bool Parker::TakePermitOrAnnounceSleep() noexcept {
  int expected = kNone;
  // [P1] A failure has seen a permit, which is ours.
  if (state_.compare_exchange_strong(expected, kAsleep,
                                     std::memory_order_acquire,
                                     std::memory_order_acquire)) {
    return false;
  }
  // relaxed: only the owner takes a permit away.
  state_.store(kNone, std::memory_order_relaxed);
  return true;
}

void Parker::Park() noexcept {
  if (TakePermit()) return;
  const MutexLock lock(mutex_);
  if (TakePermitOrAnnounceSleep()) return;
  while (!TakePermit()) condition_.Wait(mutex_);
}

bool Parker::ParkUntil(Clock::time_point deadline) noexcept {
  if (TakePermit()) return true;
  const MutexLock lock(mutex_);
  if (TakePermitOrAnnounceSleep()) return true;
  while (!TakePermit()) {
    if (condition_.WaitUntil(mutex_, deadline)) continue;
    // [P1] A permit that came just now is ours.
    return state_.exchange(kNone, std::memory_order_acquire) == kPermit;
  }
  return true;
}

void Parker::Unpark() noexcept {
  // [P1]
  if (state_.exchange(kPermit, std::memory_order_release) != kAsleep) return;
  // The owner holds the lock from announcing sleep until it really sleeps.
  const MutexLock lock(mutex_);
  condition_.NotifyOne();
}

}  // namespace weft::executor_internal
