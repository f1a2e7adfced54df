// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Runs a function on several threads that start together.

#ifndef WEFT_TESTS_SUPPORT_RUN_ON_THREADS_H_
#define WEFT_TESTS_SUPPORT_RUN_ON_THREADS_H_

#include <latch>
#include <thread>
#include <vector>

namespace weft::tests {

// Calls `fn(0)` ... `fn(count - 1)`, each on a new thread, none before all
// threads are there, and joins them.
template <typename Fn>
void RunOnThreads(int count, const Fn& fn) {
  std::latch start(count);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      fn(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace weft::tests

#endif  // WEFT_TESTS_SUPPORT_RUN_ON_THREADS_H_
