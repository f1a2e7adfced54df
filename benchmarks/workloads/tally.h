// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef WEFT_BENCHMARKS_WORKLOADS_TALLY_H_
#define WEFT_BENCHMARKS_WORKLOADS_TALLY_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace weft::benchmarks {

// Tally
//
// How many tasks have run. A task adds one for about a nanosecond, as each
// thread has a cell of its own: the count must not cost more than the task.
//
// Thread-safe; for a pool's threads, of which there may be kMaxThreads in the
// process, not for threads that come and go.
class Tally {
 public:
  static constexpr std::size_t kMaxThreads = 1024;

  void Add() noexcept {
    std::atomic<std::int64_t>& count = cells_[ThreadIndex()].count;
    // relaxed: a number alone; no other thread writes it.
    count.store(count.load(std::memory_order_relaxed) + 1,
                std::memory_order_relaxed);
  }

  std::int64_t Sum() const noexcept;

  // Returns when `tasks` have run, or, after 10 s without any progress, less
  // than that have: the sum says so. The thread sleeps meanwhile, lest it take
  // a processor from those who work.
  void Await(std::int64_t tasks) const;

 private:
  struct alignas(64) Cell {
    std::atomic<std::int64_t> count = 0;
  };

  static std::size_t NewThreadIndex();
  static std::size_t ThreadIndex() {
    static constexpr auto kNone = static_cast<std::size_t>(-1);
    static thread_local constinit std::size_t index = kNone;
    if (index == kNone) index = NewThreadIndex();
    return index;
  }

  std::array<Cell, kMaxThreads> cells_;
};

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_WORKLOADS_TALLY_H_
