// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How many threads oneTBB may have. Its limit is one for the process (the
// number of processors, unless said otherwise) and the smallest of all
// tbb::global_control objects wins, so one owner here keeps a single one, large
// enough for the sum of what all executors want besides what there was.

#ifndef WEFT_EXECUTOR_INTERNAL_THREAD_BUDGET_H_
#define WEFT_EXECUTOR_INTERNAL_THREAD_BUDGET_H_

namespace weft::executor_internal {

// A share of the budget, for as long as it stands. Thread-safe.
class ThreadShare {
 public:
  explicit ThreadShare(int threads);
  ThreadShare(const ThreadShare&) = delete;
  ThreadShare& operator=(const ThreadShare&) = delete;
  ~ThreadShare();

  // The threads this share really gets: fewer if the application holds a
  // tbb::global_control of its own with a lower limit.
  int available() const;

 private:
  const int threads_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_THREAD_BUDGET_H_
