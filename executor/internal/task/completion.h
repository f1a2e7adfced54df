// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// An event that threads and coroutines wait for: a future's result, the end of
// a group's tasks, of a part of a fork, or of all that an executor has
// accepted.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_COMPLETION_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_COMPLETION_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "weft/base/sync/wait_deadline.h"
#include "weft/base/sync/waiter.h"

namespace weft::executor_internal {

// Counts what is pending; done at zero. Adding, finishing and asking are one
// atomic operation each; a lock is taken only for and by threads that sleep.
//
// A thread that sees done() may destroy the object, though the Finish() that
// made it so has not returned: taking the last one off was its last access to
// the object. The lock is from a pool that outlives all completions.
//
// Edges:
//   [N1] Finish()'s read-modify-write of `word_` <-> done()'s load of it, and
//        the other finishers': what was done before any Finish() happens before
//        a thread that sees done() goes on. Breaks if weakened: a waiter reads
//        a result half written. Test:
//        CompletionTest.TheLastFinishWakesEveryWaiter (TSan).
//   [N2] AddWaiter() sets the sleepers' bit of `word_` by a read-modify-write,
//        as Finish() takes one off: the later of the two in its modification
//        order sees the other: the last finisher sees the bit, or the waiter
//        sees that nothing is pending. Test: CompletionTest.NoWakeUpIsLost.
//
// Thread-safe.
class Completion {
 public:
  explicit Completion(std::size_t pending) noexcept : word_(pending * kOne) {}
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;

  // Adds `count`. The caller knows that the object is not destroyed meanwhile.
  void Add(std::size_t count = 1) noexcept {
    // [O1]: the group's frames may be released if the adder is not seen. Apart
    // from that it hands nothing over.
    word_.fetch_add(count * kOne, std::memory_order_seq_cst);
  }
  // Takes `count` off; the last Finish() wakes all waiters, and then calls
  // those that are listeners, when it has accessed the object for the last
  // time.
  void Finish(std::size_t count = 1) noexcept {
    const std::uint64_t taken = count * kOne;
    // relaxed: the exchange below is what orders.
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    do {
      if ((word & ~kMark) == (taken | kSleepers)) [[unlikely]] {
        return FinishLast(taken);
      }
      // [N1], [N2] relaxed: nothing is handed over if it fails.
    } while (!word_.compare_exchange_weak(word, word - taken,
                                          std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
  }

  bool done() const noexcept {
    // [N1], [G3], [O1]
    return (word_.load(std::memory_order_seq_cst) & ~kMark) == 0;
  }
  std::size_t pending() const noexcept {
    // relaxed: a number for statistics.
    return word_.load(std::memory_order_relaxed) / kOne;
  }

  // Makes the last Finish() wake `waiter`, or call it. Returns false, without
  // adding it, if nothing is pending, or if it has been removed before.
  bool AddWaiter(base::Waiter& waiter) noexcept;
  // A thread that has added a waiter of its own calls this before the waiter
  // goes. Returns true if the last Finish() has woken it, or calls it; or if it
  // has yet to be added, which then fails.
  bool RemoveWaiter(base::Waiter& waiter) noexcept;

  // Parks the calling thread unless nothing is pending. Returns true if nothing
  // was pending at some moment of the call, whatever has been added since; and
  // false after another wake-up, or when `deadline` has passed.
  bool ParkUntilDone(base::Parker& parker,
                     const base::WaitDeadline& deadline) noexcept;

 protected:
  static constexpr std::uint64_t kSleepers = 1;  // some waiter is in the list
  // For derived classes: the bits between the sleepers' and the number.
  static constexpr std::uint64_t kOne = std::uint64_t{1} << 30;
  static constexpr std::uint64_t kMark = kOne - 1 - kSleepers;

  // Takes off the last ones while a thread sleeps.
  void FinishLast(std::uint64_t taken) noexcept;

  std::atomic<std::uint64_t> word_;

 private:
  // Guarded by the lock of this address. It is one only while the sleepers' bit
  // is set: an event that nobody sleeps for writes one word.
  union {
    base::WaiterList waiters_;
  };
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_COMPLETION_H_
