// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/parker.h"

#include <mutex>
#include <utility>
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

Parker* Take() {
  Pool& pool = GetPool();
  const std::lock_guard<std::mutex> lock(pool.mutex);
  if (pool.free.empty()) {
    pool.free.reserve(pool.count + 1);
    auto* const parker = new Parker;
    ++pool.count;
    return parker;
  }
  Parker* const parker = pool.free.back();
  pool.free.pop_back();
  return parker;
}

// The calling thread's; null: none yet, or given back.
constinit thread_local Parker* own = nullptr;
constinit thread_local bool has_given_back = false;

// A thread's parker, given back when the thread ends.
class Lease {
 public:
  Lease() { own = Take(); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    Pool& pool = GetPool();
    const std::lock_guard<std::mutex> lock(pool.mutex);
    pool.free.push_back(std::exchange(own, nullptr));
    has_given_back = true;
  }
};

}  // namespace

Parker& Parker::OfThisThread() {
  if (own == nullptr) {
    if (has_given_back) {
      // In a static destructor: thread locals have gone. Kept for good.
      own = Take();
    } else {
      static thread_local const Lease lease;
      static_cast<void>(lease);
    }
  }
  return *own;
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
