// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A sleeping thread's entry in a list of threads to wake.

#ifndef WEFT_BASE_WAITER_H_
#define WEFT_BASE_WAITER_H_

#include "weft/base/language.h"

namespace weft::base {

class Parker;

// Lies on the sleeper's stack. The sleeper leaves the list, under the lock that
// guards it, before it returns.
struct Waiter {
  explicit Waiter(Parker& waiter_parker) noexcept : parker(waiter_parker) {}
  Parker& parker;
  Waiter* next = nullptr;
  bool listed = false;
};

// Guarded by its owner's lock.
class WaiterList {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  void Add(Waiter& waiter) noexcept;
  // Removes a waiter that is in the list.
  void Remove(Waiter& waiter) noexcept;
  // Takes out the waiter added last; null if there is none.
  Waiter* TakeOne() noexcept;
  // Wakes all waiters in the list and marks them as not listed.
  void WakeAll() const noexcept;

 private:
  Waiter* first_ = nullptr;
};

}  // namespace weft::base

#endif  // WEFT_BASE_WAITER_H_
