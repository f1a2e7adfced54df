// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Sleeping until another thread has news.

#ifndef WEFT_EXECUTOR_INTERNAL_PARKER_H_
#define WEFT_EXECUTOR_INTERNAL_PARKER_H_

#include <atomic>
#include <chrono>

#include "absl/base/thread_annotations.h"
#include "weft/context/internal/mutex.h"
#include "weft/executor/internal/wait_deadline.h"

namespace weft::executor_internal {

// A permit that is there or not. Each thread has one parker, which outlives the
// thread: so whoever has seen a thread about to sleep may wake it at any later
// time, and in the worst case wakes for nothing.
//
// Edges:
//   [P1] Unpark()'s exchange <-> Park()'s. What was done before a permit was
//        left happens before Park() returns with it. Breaks if weakened: a
//        thread wakes and does not see why.
//        Test: ParkerTest.WhatWasDoneBeforeUnparkIsSeen (TSan).
class Parker {
 public:
  using Clock = std::chrono::steady_clock;

  // The calling thread's own.
  static Parker& OfThisThread();

  // Waits until there is a permit, and takes it.
  void Park() noexcept;
  // The same, but no longer than until `deadline`; false if there was none.
  bool ParkUntil(Clock::time_point deadline) noexcept;
  bool ParkUntil(const WaitDeadline& deadline) noexcept {
    if (deadline.has_value()) return ParkUntil(*deadline);
    Park();
    return true;
  }
  // Leaves a permit, if there is none.
  void Unpark() noexcept;

 private:
  enum State { kNone, kPermit, kAsleep };

  // Takes a permit, or announces sleep; true if it took one.
  bool TakePermitOrAnnounceSleep() noexcept;
  bool TakePermit() noexcept;

  std::atomic<int> state_{kNone};
  context_internal::Mutex mutex_;
  context_internal::CondVar condition_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_PARKER_H_
