// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A count that many threads add to.

#ifndef WEFT_TESTS_SUPPORT_COUNT_H_
#define WEFT_TESTS_SUPPORT_COUNT_H_

#include <atomic>
#include <cstdint>

namespace weft::tests {

// Thread-safe; read it after waiting for the threads that add. On a cache line
// of its own: a test must contend only where the library does.
class alignas(64) Count {
 public:
  void Add(std::int64_t n = 1) noexcept {
    // relaxed: see above.
    count_.fetch_add(n, std::memory_order_relaxed);
  }
  void Reset() noexcept {
    // relaxed: see above.
    count_.store(0, std::memory_order_relaxed);
  }
  std::int64_t get() const noexcept {
    // relaxed: see above.
    return count_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::int64_t> count_{0};
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_SUPPORT_COUNT_H_
