// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/sync/parker.h"

#include <cxxabi.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"

// Defined by the linker: identifies the library whose thread-exit functions are
// meant.
extern "C" void* __dso_handle;

namespace weft::base {

namespace {

static_assert(sizeof(std::atomic<int>) == sizeof(int) &&
              std::atomic<int>::is_always_lock_free);

// Sleeps if `word` is `value`, until WakeOne() or spuriously. Returns false if
// `deadline`, unless it is null, has passed.
bool SleepWhile(const std::atomic<int>& word, int value,
                const Parker::Clock::time_point* deadline) noexcept {
  std::timespec until{};
  if (deadline != nullptr) {
    // The steady clock is CLOCK_MONOTONIC, and the futex takes its absolute
    // time.
    const auto time =
        std::max(deadline->time_since_epoch(), Parker::Clock::duration(0));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    until.tv_sec = seconds.count();
    until.tv_nsec = std::chrono::nanoseconds(time - seconds).count();
  }
  return syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, value,
                 deadline == nullptr ? nullptr : &until, nullptr,
                 FUTEX_BITSET_MATCH_ANY) == 0 ||
         errno != ETIMEDOUT;
}

void WakeOne(const std::atomic<int>& word) noexcept {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

// Parkers of threads that have ended, for new threads. Leaked on purpose.
struct Pool {
  Mutex mutex;
  // Its capacity is enough for all parkers there are.
  std::vector<Parker*> free ABSL_GUARDED_BY(mutex);
  std::size_t count ABSL_GUARDED_BY(mutex) = 0;  // of all parkers
  const AtFork at_fork{mutex};
};

Pool& GetPool() {
  static Pool& pool = *new Pool;
  return pool;
}

// Made while there is one thread.
[[maybe_unused]] const Pool& parkers_made_at_load = GetPool();

Parker* Take() {
  Pool& pool = GetPool();
  const MutexLock lock(pool.mutex);
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

// The calling thread's parker; null: it has none yet, or has given it back.
constinit thread_local Parker* own = nullptr;

void GiveBack(void*) noexcept {
  Pool& pool = GetPool();
  const MutexLock lock(pool.mutex);
  pool.free.push_back(std::exchange(own, nullptr));
}

}  // namespace

Parker& Parker::OfThisThread() {
  if (own == nullptr) {
    own = Take();
    // Not by the destructor of a thread_local object, which is made once: a
    // thread that waits in a destructor that comes later takes another parker,
    // and gives that back too. On the main thread, in a static destructor, when
    // thread-exit functions run no more, the parker is kept.
    static_cast<void>(
        abi::__cxa_thread_atexit(&GiveBack, nullptr, &__dso_handle));
  }
  return *own;
}

bool Parker::TakePermit() noexcept {
  int expected = kPermit;
  // [P1] relaxed: nothing is taken if it fails.
  return state_.compare_exchange_strong(
      expected, kNone, std::memory_order_acquire, std::memory_order_relaxed);
}

bool Parker::TakeOrWait(const Clock::time_point* deadline) noexcept {
  if (TakePermit()) return true;
  int expected = kNone;
  // [P1] A failure has seen a permit, which is for this thread.
  if (!state_.compare_exchange_strong(expected, kAsleep,
                                      std::memory_order_acquire,
                                      std::memory_order_acquire)) {
    // relaxed: only the owner takes a permit away.
    state_.store(kNone, std::memory_order_relaxed);
    return true;
  }
  do {
    if (SleepWhile(state_, kAsleep, deadline)) continue;
    // [P1] A permit that came just now is for this thread.
    return state_.exchange(kNone, std::memory_order_acquire) == kPermit;
  } while (!TakePermit());
  return true;
}

void Parker::Unpark() noexcept {
  // [P1]
  if (state_.exchange(kPermit, std::memory_order_release) != kAsleep) return;
  WakeOne(state_);
}

}  // namespace weft::base
