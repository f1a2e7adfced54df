// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// oneTBB, in arenas of a given size.

#ifndef WEFT_BENCHMARKS_WORKLOADS_PEERS_TBB_POOL_H_
#define WEFT_BENCHMARKS_WORKLOADS_PEERS_TBB_POOL_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "tbb/task_arena.h"
#include "tbb/task_group.h"

namespace weft::benchmarks {

// For `execute()`: the caller is one of the threads.
::tbb::task_arena& TbbArena(int threads);

// For `enqueue()`: all threads are oneTBB's.
::tbb::task_arena& TbbEnqueueArena(int threads);

// Recursive work as it is forked with `tbb::task_group`. `Wrap` makes of a
// function what runs as the task.
template <typename Wrap>
struct WrappedTbbForks {
  template <typename Fn>
  static std::int64_t Run(int threads, const Fn& fn) {
    return TbbArena(threads).execute([&] { return fn(); });
  }

  // Returns the sum of fn(i) for i below `n`, which is at most kMost, each a
  // task but one.
  static constexpr int kMost = 16;
  template <typename Fn>
  static std::int64_t Sum(int n, const Fn& fn) {
    if (n == 0) return 0;
    std::array<std::int64_t, kMost> parts;
    ::tbb::task_group group;
    for (int i = 1; i < n; ++i) {
      std::int64_t& part = parts[static_cast<std::size_t>(i)];
      group.run(Wrap::Task([&part, &fn, i] { part = fn(i); }));
    }
    std::int64_t sum = fn(0);
    group.wait();
    for (int i = 1; i < n; ++i) sum += parts[static_cast<std::size_t>(i)];
    return sum;
  }
};

struct NoWrap {
  template <typename Fn>
  static Fn Task(Fn fn) {
    return fn;
  }
};
using TbbForks = WrappedTbbForks<NoWrap>;

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_WORKLOADS_PEERS_TBB_POOL_H_
