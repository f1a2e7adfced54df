// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A place where threads wait for each other, to go on at the same moment.

#ifndef WEFT_TESTS_SUPPORT_MEETING_H_
#define WEFT_TESTS_SUPPORT_MEETING_H_

#include <atomic>
#include <cstddef>
#include <thread>

namespace weft::tests {

// For one use. Spins, because waking up would cost the moment; and orders
// nothing, so as not to hide from ThreadSanitizer the races that the test is
// about.
class Meeting {
 public:
  // Returns when `count` threads have called it.
  void Wait(std::size_t count) {
    // relaxed: see above.
    here_.fetch_add(1, std::memory_order_relaxed);
    // relaxed: see above.
    for (int i = 0; here_.load(std::memory_order_relaxed) < count; ++i) {
      if (i > 1'000) std::this_thread::yield();
    }
  }

 private:
  std::atomic<std::size_t> here_{0};
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_SUPPORT_MEETING_H_
