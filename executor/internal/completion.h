// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Something that others wait for: a future's result, a group's tasks, all that
// an executor has accepted.

#ifndef WEFT_EXECUTOR_INTERNAL_COMPLETION_H_
#define WEFT_EXECUTOR_INTERNAL_COMPLETION_H_

#include <cstddef>

#include "weft/executor/internal/waiter.h"

namespace weft::executor_internal {

// Counts what is pending; done at zero. Thread-safe, by a lock from a pool that
// outlives every completion: so whoever saw done() may destroy the object,
// while the Finish() that made it so is still on its way out.
//
// Memory ordering: what was done before a Finish() is seen by whoever sees
// done() after it.
class Completion {
 public:
  explicit Completion(std::size_t pending) noexcept : pending_(pending) {}
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;

  void Add();
  // Takes one off; the last wakes all waiters.
  void Finish();

  bool done() const { return pending() == 0; }
  std::size_t pending() const;

  // False, and not added, if done.
  bool AddWaiter(Waiter& waiter);
  void RemoveWaiter(Waiter& waiter);

 private:
  std::size_t pending_;
  WaiterList waiters_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_COMPLETION_H_
