// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Sleeping until another thread has news.

#ifndef WEFT_BASE_PARKER_H_
#define WEFT_BASE_PARKER_H_

#include <atomic>
#include <chrono>

#include "weft/base/wait_deadline.h"

namespace weft::base {

// A permit that is there or not. Each thread has one parker, which outlives the
// thread: so whoever has seen a thread about to sleep may wake it at any later
// time, and in the worst case wakes for nothing.
//
// Edges:
//   [P1] Unpark()'s exchange <-> Park()'s. What was done before a permit was
//        left happens before Park() returns with it. Breaks if weakened: a
//        thread wakes and does not see why.
//        Test: ParkerTest.WhatWasDoneBeforeUnparkIsSeen (TSan).
//
// A futex of the kernel's and not a lock with a condition variable: in a child
// made by fork() those of threads that are not there may be woken, and that of
// the one that is may just have been.
class Parker {
 public:
  using Clock = std::chrono::steady_clock;

  // The calling thread's own.
  static Parker& OfThisThread();

  // Waits until there is a permit, and takes it.
  void Park() noexcept { TakeOrWait(nullptr); }
  // The same, but no longer than until `deadline`; false if there was none.
  bool ParkUntil(const WaitDeadline& deadline) noexcept {
    return TakeOrWait(deadline.has_value() ? &*deadline : nullptr);
  }
  // Leaves a permit, if there is none.
  void Unpark() noexcept;

 private:
  enum State { kNone, kPermit, kAsleep };

  // ParkUntil(); null: without a limit.
  bool TakeOrWait(const Clock::time_point* deadline) noexcept;
  bool TakePermit() noexcept;

  std::atomic<int> state_{kNone};
};

}  // namespace weft::base

#endif  // WEFT_BASE_PARKER_H_
