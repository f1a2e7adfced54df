// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The number of threads that oneTBB may have. Its limit is one for the process
// (the number of processors, unless said otherwise) and the smallest of all
// tbb::global_control objects wins, so one owner here keeps a single one, large
// enough for the sum of what all executors have besides what there was. There
// are 256 threads in all, or more on a large machine, a number that is fixed
// when oneTBB starts: an executor has to find the threads beyond that
// elsewhere.

#ifndef WEFT_EXECUTOR_INTERNAL_WORKERS_THREAD_BUDGET_H_
#define WEFT_EXECUTOR_INTERNAL_WORKERS_THREAD_BUDGET_H_

#include "weft/base/language.h"

namespace weft::executor_internal {

// A share of the budget, for as long as it exists. Thread-safe.
class ThreadShare {
 public:
  // Takes as many of `threads` as are left.
  explicit ThreadShare(int threads);
  ThreadShare(const ThreadShare&) = delete;
  ThreadShare& operator=(const ThreadShare&) = delete;
  ~ThreadShare();

  int granted() const noexcept { return granted_; }
  // Returns how many threads this share really gets: fewer if the application
  // holds a tbb::global_control of its own with a lower limit.
  int available() const;

 private:
  const int granted_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_WORKERS_THREAD_BUDGET_H_
