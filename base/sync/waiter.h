// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Entries in a list of those to be told of an event: threads, which are woken,
// and functions, which are called.

#ifndef WEFT_BASE_SYNC_WAITER_H_
#define WEFT_BASE_SYNC_WAITER_H_

#include "weft/base/language.h"

namespace weft::base {

class Parker;

// Lies on the sleeper's stack. The sleeper leaves the list, under the lock that
// guards it, before it returns.
struct Waiter {
  explicit Waiter(Parker& waiter_parker) noexcept : parker(&waiter_parker) {}
  Parker* const parker;  // null: it is a Listener
  Waiter* next = nullptr;
  bool listed = false;
  bool removed = false;  // for a list that takes it once

 protected:
  Waiter() noexcept : parker(nullptr) {}
};

// An entry whose function is called instead, without the lock, once it has been
// taken out of the list. It must exist until then; the function is the last to
// access it.
struct Listener : Waiter {
  using Function = void (*)(Listener&) noexcept;
  explicit Listener(Function listener_function) noexcept
      : function(listener_function) {}
  const Function function;
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
  // Marks all waiters in the list as not listed. Wakes the threads; returns the
  // listeners, oldest first, to be called without the lock.
  WaiterList WakeAll() const noexcept;
  // Calls the listeners that WakeAll() has returned.
  void CallAll() const noexcept;

 private:
  Waiter* first_ = nullptr;
};

}  // namespace weft::base

#endif  // WEFT_BASE_SYNC_WAITER_H_
