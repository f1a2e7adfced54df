// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/peers/tbb_pool.h"

#include <memory>

#include "weft/benchmarks/workloads/peers/by_size.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"

namespace weft::benchmarks {
namespace {

// The limit of oneTBB's threads is held by Weft's executors together, and the
// lowest of several limits wins: what an arena needs is asked for through an
// executor that never gets any work.
struct Arena {
  Arena(int threads, unsigned reserved)
      : share(ExecutorOptions{.concurrency = threads}),
        arena(threads, reserved) {}

  Executor share;
  tbb::task_arena arena;
};

}  // namespace

tbb::task_arena& TbbArena(int threads) {
  static auto& arenas = *new BySize<Arena>;
  return arenas
      .Get(threads, [](int size) { return std::make_unique<Arena>(size, 1); })
      .arena;
}

tbb::task_arena& TbbEnqueueArena(int threads) {
  static auto& arenas = *new BySize<Arena>;
  return arenas
      .Get(threads, [](int size) { return std::make_unique<Arena>(size, 0); })
      .arena;
}

}  // namespace weft::benchmarks
