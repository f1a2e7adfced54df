// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/manual_executor.h"

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/execution.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ManualExecutorTest, NothingRunsUntilAskedAndThenOldestFirst) {
  ManualExecutor executor;
  std::vector<int> order;
  for (int i = 1; i <= 3; ++i) executor.Post([&, i] { order.push_back(i); });
  EXPECT_THAT(order, ElementsAre());
  EXPECT_EQ(executor.queued(), 3u);

  EXPECT_TRUE(executor.RunOne());
  EXPECT_THAT(order, ElementsAre(1));
  executor.Post([&] { order.push_back(4); });
  EXPECT_EQ(executor.RunAll(), 3u);
  EXPECT_THAT(order, ElementsAre(1, 2, 3, 4));
  EXPECT_FALSE(executor.RunOne());
  EXPECT_EQ(executor.RunAll(), 0u);
}

TEST(ManualExecutorTest, RunsOnTheCallingThread) {
  ManualExecutor executor;
  std::thread::id ran_on;
  executor.Post([&] { ran_on = std::this_thread::get_id(); });
  executor.RunAll();

  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(ManualExecutorTest, RunAllRunsWhatTasksSubmit) {
  ManualExecutor executor;
  std::vector<std::string> order;
  executor.Post([&] {
    order.push_back("a");
    executor.Post([&] { order.push_back("c"); });
  });
  executor.Post([&] { order.push_back("b"); });

  EXPECT_EQ(executor.RunAll(), 3u);
  EXPECT_THAT(order, ElementsAre("a", "b", "c"));
}

TEST(ManualExecutorTest, AWaitRunsTasksOldestFirstAndNoMoreThanItMust) {
  std::vector<int> order;
  ManualExecutor executor;
  executor.Post([&] { order.push_back(1); });
  Future<void> second = executor.Submit([&] { order.push_back(2); });
  executor.Post([&] { order.push_back(3); });
  second.Wait();

  EXPECT_THAT(order, ElementsAre(1, 2));
  EXPECT_EQ(executor.queued(), 1u);
}

TEST(ManualExecutorTest, TheCallersContextIsUntouchedByItsTasks) {
  ManualExecutor executor;
  const AsyncLocalStorage<std::string> storage;
  storage.Run("task", [&] {
    executor.Post([&] { storage.EnterWith("left behind"); });
  });
  storage.Run("caller", [&] {
    executor.RunAll();
    EXPECT_EQ(*storage.GetStore(), "caller");
  });

  EXPECT_EQ(ExecutionAsyncId(), kMainAsyncId);
}

TEST(ManualExecutorTest, AWaitThatCannotEndIsAnError) {
  ManualExecutor executor;
  // The outer task waits for a group that only it could fill.
  auto self = std::make_shared<Future<int>>();
  ManualExecutor other;
  Future<int> never_run_here = other.Submit([] { return 1; });
  *self = executor.Submit([&] { return 2; });
  EXPECT_EQ(self->Get(), 2);

  // `first` waits for `second`, which waits for `first`.
  auto first = std::make_shared<Future<void>>();
  auto second = std::make_shared<Future<void>>();
  *first = executor.Submit([second] { second->Get(); });
  *second = executor.Submit([first] { first->Wait(); });
  EXPECT_THAT(
      [&] {
        first->Wait();
        first->Get();
      },
      ThrowsMessage<DeadlockError>(HasSubstr("waits for itself")));
  EXPECT_EQ(never_run_here.Get(), 1);
}

TEST(ManualExecutorTest, OneManualExecutorsTaskWaitsForAnothers) {
  ManualExecutor p;
  ManualExecutor q;
  Future<int> future = p.Submit([&] {
    return q.Submit([&] { return p.Submit([] { return 3; }).Get(); }).Get();
  });

  EXPECT_EQ(future.Get(), 3);
}

TEST(ManualExecutorTest, ATaskOfAnExecutorThatWaitsForItRunsIt) {
  Executor executor({.concurrency = 1});
  ManualExecutor manual;
  Future<int> future =
      executor.Submit([waited_for = manual.Submit([] { return 3; })]() mutable {
        return waited_for.Get();
      });

  EXPECT_EQ(future.Get(), 3);
}

TEST(ManualExecutorTest, ASubmissionUnderWayIsNoDeadlock) {
  for (int i = 0; i < 300; ++i) {
    ManualExecutor executor;
    int runs = 0;
    std::thread submitter([&] {
      for (int j = 0; j < 10; ++j) executor.Post([&] { ++runs; });
    });
    for (int j = 0; j < 10; ++j) executor.Drain();
    submitter.join();
    executor.Drain();
    ASSERT_EQ(runs, 10);
  }
}

TEST(ManualExecutorTest, StopReportsWhatItDropped) {
  ManualExecutor executor;
  Future<int> future = executor.Submit([] { return 1; });
  executor.Post([] { FAIL() << "must not run"; });

  EXPECT_EQ(executor.Shutdown(OnShutdown::kStop), 2u);
  EXPECT_THAT([&] { future.Get(); },
              ThrowsMessage<ShutdownError>(HasSubstr("dropped")));
}

TEST(ManualExecutorTest, ADroppedTasksCapturesDieInItsOwnContext) {
  ManualExecutor executor;
  const AsyncLocalStorage<std::string> storage;
  struct Reader {
    const AsyncLocalStorage<std::string>& storage;
    std::string& seen;
    ~Reader() { seen = *storage.GetStore(); }
  };
  std::string seen;
  storage.Run("dropped one's", [&] {
    executor.Post(
        [reader = std::unique_ptr<Reader>(new Reader{storage, seen})] {});
  });
  storage.Run("stopper's", [&] { executor.Shutdown(OnShutdown::kStop); });

  EXPECT_EQ(seen, "dropped one's");
}

TEST(ManualExecutorTest, OptionsAreChecked) {
  EXPECT_THAT([] { ManualExecutor executor({.concurrency = 0}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("concurrency")));
}

TEST(ManualExecutorTest, SubmissionsFromOtherThreadsWaitForTheirTurn) {
  ManualExecutor executor;
  const AsyncLocalStorage<int> storage;
  Future<bool> future;
  std::thread([&] {
    storage.Run(9, [&] {
      future = executor.Submit([&] { return *storage.GetStore() == 9; });
    });
  }).join();
  EXPECT_FALSE(future.IsReady());

  EXPECT_TRUE(future.Get());
}

}  // namespace
}  // namespace weft
