// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// An executor and oneTBB's own algorithms share the process's threads.

#include <atomic>
#include <latch>
#include <memory>

#include "gtest/gtest.h"
#include "tbb/parallel_for.h"
#include "tbb/task_arena.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"

namespace weft {
namespace {

class OneTbbSharingTest : public ThreadedExecutorTest {};

TEST_P(OneTbbSharingTest, AlgorithmsRunBesideAndInsideTasks) {
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<int> sum{0};
  const auto loop = [&] {
    tbb::parallel_for(0, 1000, [&](int) {
      // relaxed: a count, read after the executor has drained.
      sum.fetch_add(1, std::memory_order_relaxed);
    });
  };
  executor->Submit([] {}).Get();
  loop();
  executor->Post(loop);
  loop();
  executor->Drain();

  // relaxed: the executor has drained.
  EXPECT_EQ(sum.load(std::memory_order_relaxed), 3000);
}

TEST_P(OneTbbSharingTest, AnIdleExecutorsThreadsServeOneTbb) {
  const std::unique_ptr<Executor> executor = Make();
  for (int i = 0; i < GetParam(); ++i) executor->Submit([] {}).Get();
  // Ends only if all the executor's threads come to the other arena.
  tbb::task_arena arena(GetParam(), /*reserved_for_masters=*/0);
  const auto all_inside = std::make_shared<std::latch>(GetParam() + 1);
  for (int i = 0; i < GetParam(); ++i) {
    arena.enqueue([all_inside] { all_inside->arrive_and_wait(); });
  }
  all_inside->arrive_and_wait();

  EXPECT_EQ(executor->Submit([] { return 1; }).Get(), 1);
}

TEST_P(OneTbbSharingTest, ATaskThatRunsAnAlgorithmKeepsItsContext) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  std::atomic<int> mismatches{0};
  for (int i = 0; i < 50; ++i) {
    storage.Run(i, [&] {
      executor->Post([&, i] {
        tbb::parallel_for(0, 100, [](int) {});
        if (*storage.GetStore() != i) {
          // relaxed: a count, read after the executor has drained.
          mismatches.fetch_add(1, std::memory_order_relaxed);
        }
      });
    });
  }
  executor->Drain();

  // relaxed: the executor has drained.
  EXPECT_EQ(mismatches.load(std::memory_order_relaxed), 0);
}

WEFT_THREADED_EXECUTORS(OneTbbSharingTest);

}  // namespace
}  // namespace weft
