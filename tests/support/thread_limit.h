// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A binary that links this has a pthread_create which fails where a test asks
// it to, as if a limit on threads had been reached: for Weft's threads and for
// oneTBB's.

#ifndef WEFT_TESTS_SUPPORT_THREAD_LIMIT_H_
#define WEFT_TESTS_SUPPORT_THREAD_LIMIT_H_

namespace weft::tests {

// While it lives the process may start no more than `threads` threads.
class ThreadLimit {
 public:
  explicit ThreadLimit(int threads) noexcept;
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;
  ~ThreadLimit();

  // Returns how often a thread has been refused.
  int refused() const noexcept;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_SUPPORT_THREAD_LIMIT_H_
