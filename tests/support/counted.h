// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A value that is counted, to see when and how often values are destroyed.

#ifndef WEFT_TESTS_SUPPORT_COUNTED_H_
#define WEFT_TESTS_SUPPORT_COUNTED_H_

#include <atomic>

namespace weft::tests {

// Counts how many `Counted` there are. Thread-safe.
class Tally {
 public:
  // Values that were moved from do not count. One destroyed twice counts
  // negative.
  int live() const noexcept {
    // relaxed: read after joining the threads that destroy.
    return live_.load(std::memory_order_relaxed);
  }

 private:
  friend class Counted;
  void Add(int n) noexcept {
    // relaxed: see live().
    live_.fetch_add(n, std::memory_order_relaxed);
  }

  std::atomic<int> live_{0};
};

// Movable only: the library has no business copying values.
class Counted {
 public:
  explicit Counted(Tally& tally, int value = 0) noexcept;
  Counted(Counted&& other) noexcept;
  Counted& operator=(Counted&&) = delete;
  ~Counted();

  int value() const noexcept { return value_; }

 private:
  Tally* tally_;  // null: moved from
  const int value_;
};

}  // namespace weft::tests

#endif  // WEFT_TESTS_SUPPORT_COUNTED_H_
