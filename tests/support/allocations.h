// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A binary that links this has an operator new which counts, and which fails
// where a test asks it to.

#ifndef WEFT_TESTS_SUPPORT_ALLOCATIONS_H_
#define WEFT_TESTS_SUPPORT_ALLOCATIONS_H_

#include <utility>

namespace weft::tests {

// Returns how often the calling thread has called operator new.
int AllocationCount() noexcept;

// Lets the calling thread's `n`-th call of operator new from now on throw
// std::bad_alloc, the first being number 0; -1: none.
void FailAllocation(int n) noexcept;
// True if that call has not come yet.
bool AllocationFailurePending() noexcept;

// Makes the calling thread's next call of operator new call `call()`.
void CallInNextAllocation(void (*call)()) noexcept;

// Returns how often `fn` calls operator new.
template <typename Fn>
int AllocationsIn(Fn&& fn) {
  const int before = AllocationCount();
  std::forward<Fn>(fn)();
  return AllocationCount() - before;
}

}  // namespace weft::tests

#endif  // WEFT_TESTS_SUPPORT_ALLOCATIONS_H_
