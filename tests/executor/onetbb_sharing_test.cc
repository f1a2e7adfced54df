// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// An executor and oneTBB's own algorithms share the process's threads.

#include <atomic>
#include <latch>
#include <memory>

#include "gtest/gtest.h"
#include "tbb/parallel_for.h"
#include "tbb/partitioner.h"
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

// A thread that waits in one task's loop must not run a part of another's.
TEST_P(OneTbbSharingTest, ATasksLoopRunsNoOtherTenantsParts) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  std::atomic<int> mixed{0};
  for (int tenant = 0; tenant < 40; ++tenant) {
    storage.Run(tenant, [&] {
      executor->Post([&, tenant] {
        tbb::parallel_for(
            0, 64,
            [&, tenant](int) {
              volatile int work = 0;
              for (int i = 0; i < 2'000; ++i) work = work + i;
              // Threads that are no worker see nothing; never another tenant.
              const int* current = storage.GetStore();
              if (current != nullptr && *current != tenant) {
                // relaxed: a count, read after the executor has drained.
                mixed.fetch_add(1, std::memory_order_relaxed);
              }
            },
            tbb::simple_partitioner());
      });
    });
  }
  executor->Drain();

  // relaxed: the executor has drained.
  EXPECT_EQ(mixed.load(std::memory_order_relaxed), 0);
}

TEST_P(OneTbbSharingTest, AnAlgorithmMayWaitForTasks) {
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<int> sum{0};
  tbb::parallel_for(0, 16, [&](int i) {
    // relaxed: a count, read after the loop.
    sum.fetch_add(executor->Submit([i] { return i; }).Get(),
                  std::memory_order_relaxed);
  });

  // relaxed: the loop has ended.
  EXPECT_EQ(sum.load(std::memory_order_relaxed), 120);
}

WEFT_THREADED_EXECUTORS(OneTbbSharingTest);

}  // namespace
}  // namespace weft
