// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Lets a thread sleep until another thread has news for it.

#ifndef WEFT_BASE_SYNC_PARKER_H_
#define WEFT_BASE_SYNC_PARKER_H_

#include <atomic>
#include <chrono>

#include "weft/base/sync/wait_deadline.h"

namespace weft::base {

// A permit that is there or not. Each thread has one parker, which outlives the
// thread: a thread that has seen another one about to sleep may wake it at any
// later time; at worst it wakes it for nothing.
//
// Edges:
//   [P1] Unpark()'s exchange <-> Park()'s. What was done before a permit was
//        left happens before Park() returns with it. Breaks if weakened: a
//        thread wakes and does not see why.
//        Test: ParkerTest.WhatWasDoneBeforeUnparkIsSeen (TSan).
//
// It is a futex of the kernel and not a lock with a condition variable: in a
// child made by fork(), parkers of threads that do not exist may be unparked,
// and that of the one that does exist may just have been.
class Parker {
 public:
  using Clock = std::chrono::steady_clock;

  // Returns the calling thread's own parker.
  static Parker& OfThisThread();

  // Waits until there is a permit, and takes it.
  void Park() noexcept { TakeOrWait(nullptr); }
  // The same, but returns at `deadline` at the latest; false if there was no
  // permit.
  bool ParkUntil(const WaitDeadline& deadline) noexcept {
    return TakeOrWait(deadline.has_value() ? &*deadline : nullptr);
  }
  // Leaves a permit, if there is none.
  void Unpark() noexcept;

 private:
  enum State { kNone, kPermit, kAsleep };

  // ParkUntil(); null: no deadline.
  bool TakeOrWait(const Clock::time_point* deadline) noexcept;
  bool TakePermit() noexcept;

  std::atomic<int> state_{kNone};
};

}  // namespace weft::base

#endif  // WEFT_BASE_SYNC_PARKER_H_
