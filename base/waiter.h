// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A sleeping thread's place in a list of those to wake.

#ifndef WEFT_BASE_WAITER_H_
#define WEFT_BASE_WAITER_H_

#include "weft/base/language.h"

namespace weft::base {

class Parker;

// On the sleeper's stack. The sleeper leaves the list, under the lock that
// guards it, before it goes.
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
  // Of one that is listed.
  void Remove(Waiter& waiter) noexcept;
  // Takes out the one added last; null if there is none.
  Waiter* TakeOne() noexcept;
  // Wakes all that are in the list, and none of them is listed any more.
  void WakeAll() const noexcept;

 private:
  Waiter* first_ = nullptr;
};

}  // namespace weft::base

#endif  // WEFT_BASE_WAITER_H_
