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
// lowest of several limits wins: what a peer needs is asked for through an
// executor that never gets any work.
std::unique_ptr<tbb::task_arena> NewArena(int threads, unsigned reserved) {
  new Executor(ExecutorOptions{.concurrency = threads});
  return std::make_unique<tbb::task_arena>(threads, reserved);
}

}  // namespace

tbb::task_arena& TbbArena(int threads) {
  static auto& arenas = *new BySize<tbb::task_arena>;
  return arenas.Get(threads, [](int size) { return NewArena(size, 1); });
}

tbb::task_arena& TbbEnqueueArena(int threads) {
  static auto& arenas = *new BySize<tbb::task_arena>;
  return arenas.Get(threads, [](int size) { return NewArena(size, 0); });
}

}  // namespace weft::benchmarks
