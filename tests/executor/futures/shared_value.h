// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A number or flag that a test's tasks and its own thread share.

#ifndef WEFT_TESTS_EXECUTOR_FUTURES_SHARED_VALUE_H_
#define WEFT_TESTS_EXECUTOR_FUTURES_SHARED_VALUE_H_

#include <atomic>

namespace weft {

// Edges:
//   [T1] All accesses are in one total order, so that a test that uses one
//   hides
//        no order that it tests of the executor by a weaker one of its own.
template <typename T>
class SharedValue {
 public:
  explicit SharedValue(T value) : value_(value) {}

  // [T1]
  operator T() const { return value_.load(std::memory_order_seq_cst); }
  void operator=(T value) { value_.store(value, std::memory_order_seq_cst); }
  T operator++() { return value_.fetch_add(1, std::memory_order_seq_cst) + 1; }
  // [T1]
  T operator--() { return value_.fetch_sub(1, std::memory_order_seq_cst) - 1; }

 private:
  std::atomic<T> value_;
};

}  // namespace weft

#endif  // WEFT_TESTS_EXECUTOR_FUTURES_SHARED_VALUE_H_
