// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A sleeping thread's place in a list of those to wake.

#ifndef WEFT_EXECUTOR_INTERNAL_WAITER_H_
#define WEFT_EXECUTOR_INTERNAL_WAITER_H_

namespace weft::executor_internal {

class Parker;

// On the sleeper's stack. The sleeper leaves the list, under the lock that
// guards it, before it goes.
struct Waiter {
  explicit Waiter(Parker& waiter_parker) : parker(waiter_parker) {}
  Parker& parker;
  Waiter* next = nullptr;
};

// Guarded by its owner's lock.
class WaiterList {
 public:
  void Add(Waiter& waiter) noexcept {
    waiter.next = first_;
    first_ = &waiter;
  }
  // False if it was not in the list: it has been woken.
  bool Remove(Waiter& waiter) noexcept;
  // Takes one out and wakes it, if there is one.
  void WakeOne();
  void WakeAll();

 private:
  Waiter* first_ = nullptr;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_WAITER_H_
