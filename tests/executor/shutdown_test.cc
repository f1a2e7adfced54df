// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Draining with a deadline, and shutting down by one.

#include "weft/executor/shutdown.h"

#include <chrono>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "tests/support/event_log.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/priority_executor.h"
#include "weft/executor/serial_executor.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/live_resources.h"
#include "weft/tests/support/count.h"

namespace weft {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;
using testing::ElementsAre;
using tests::Count;

class ShutdownTest : public EveryExecutorTest {};

TEST_P(ShutdownTest, DrainForEndsWhenNothingIsLeft) {
  const std::unique_ptr<Executor> executor = Make();
  EXPECT_TRUE(executor->DrainFor(nanoseconds(0)));
  Count ran;
  for (int i = 0; i < 20; ++i) {
    executor->Post([&] {
      executor->Post([&] { ran.Add(); });
      ran.Add();
    });
  }
  EXPECT_TRUE(executor->DrainFor(hours(1)));
  EXPECT_EQ(ran.get(), 40);
  // It accepts more.
  executor->Post([&] { ran.Add(); });
  EXPECT_TRUE(executor->DrainUntil(steady_clock::now() + hours(1)));
  EXPECT_EQ(ran.get(), 41);
}

TEST_P(ShutdownTest, TheLongestDurationDoesNotOverflow) {
  const std::unique_ptr<Executor> executor = Make();
  executor->Post([] {});
  EXPECT_TRUE(executor->DrainFor(nanoseconds::max()));
  executor->Post([] {});
  EXPECT_TRUE(executor->ShutdownFor(nanoseconds::max()).finished);
}

TEST_P(ShutdownTest, DrainForInsideOneOfItsTasksThrows) {
  const std::unique_ptr<Executor> executor = Make();
  executor
      ->Submit(
          [&] { EXPECT_THROW(executor->DrainFor(hours(1)), DeadlockError); })
      .Get();
}

TEST_P(ShutdownTest, WithTimeEnoughItDrainsAndDropsNothing) {
  const std::unique_ptr<Executor> executor = Make();
  Count ran;
  for (int i = 0; i < 20; ++i) executor->Post([&] { ran.Add(); });
  const ShutdownReport report = executor->ShutdownFor(hours(1));
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(report.dropped, 0u);
  EXPECT_EQ(ran.get(), 20);
  EXPECT_THROW(executor->Post([] {}), ShutdownError);
  // Again.
  const ShutdownReport again = executor->ShutdownUntil(steady_clock::now());
  EXPECT_TRUE(again.finished);
  EXPECT_EQ(again.dropped, 0u);
}

TEST_P(ShutdownTest, TimersThatAreNotDueAreDroppedAndCounted) {
  const std::unique_ptr<Executor> executor = Make();
  executor->PostAfter(hours(1), [] { FAIL(); });
  executor->PostEvery(hours(1), [] { FAIL(); });
  const ShutdownReport report = executor->ShutdownFor(hours(1));
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(report.dropped, 2u);
}

TEST_P(ShutdownTest, InsideATaskItDoesNotWaitAndWhatIsQueuedRuns) {
  const std::unique_ptr<Executor> executor = Make();
  Count ran_later;
  Future<ShutdownReport> report = executor->Submit([&] {
    executor->Post([&] { ran_later.Add(); });
    const ShutdownReport closed = executor->ShutdownFor(hours(1));
    // As long as it drains a task may submit what it needs to end.
    executor->Post([] {});
    return closed;
  });
  EXPECT_FALSE(report.Get().finished);
  EXPECT_THROW(executor->Post([] {}), ShutdownError);
  const ShutdownReport outside = executor->ShutdownFor(hours(1));
  EXPECT_TRUE(outside.finished);
  EXPECT_EQ(outside.dropped, 0u);
  EXPECT_EQ(ran_later.get(), 1);
}

TEST_P(ShutdownTest, InsideATaskWithoutTimeItStops) {
  const std::unique_ptr<Executor> executor = Make();
  Future<ShutdownReport> report = executor->Submit([&] {
    const ShutdownReport stopped = executor->ShutdownFor(nanoseconds(-1));
    EXPECT_THROW(executor->Post([] {}), ShutdownError);
    return stopped;
  });
  EXPECT_FALSE(report.Get().finished);
  EXPECT_TRUE(executor->ShutdownFor(hours(1)).finished);
}

WEFT_EVERY_EXECUTOR(ShutdownTest);
WEFT_OTHER_EXECUTORS(ShutdownTest);

class ThreadedShutdownTest : public ThreadedExecutorTest {};

TEST_P(ThreadedShutdownTest, WhatHasNotStartedIsDroppedAtTheDeadline) {
  const int workers =
      KindOf(GetParam()) == kSerialKind ? 1 : WorkersOf(GetParam());
  const LiveResources live({.types = {"TASK", "FUTURE_TASK"}});
  std::latch all_run(workers);
  std::latch may_end(1);
  std::unique_ptr<Executor> executor = Make();
  for (int i = 0; i < workers; ++i) {
    executor->Post([&] {
      all_run.count_down();
      may_end.wait();
    });
  }
  all_run.wait();
  // No more than wait in a bounded one.
  std::vector<Future<void>> futures;
  for (int i = 0; i < 2; ++i) {
    futures.push_back(executor->Submit([] { FAIL() << "it must not run"; }));
  }

  EXPECT_FALSE(executor->DrainFor(milliseconds(1)));
  const auto deadline = steady_clock::now() + milliseconds(5);
  const ShutdownReport report = executor->ShutdownUntil(deadline);
  EXPECT_GE(steady_clock::now(), deadline);
  EXPECT_FALSE(report.finished);
  EXPECT_EQ(report.dropped, 2u);
  // They have been destroyed, though the others still run, and are named.
  for (Future<void>& future : futures) {
    EXPECT_TRUE(future.IsReady());
    EXPECT_THROW(future.Get(), ShutdownError);
  }
  const std::vector<LiveResource> alive = live.Alive();
  EXPECT_EQ(alive.size(), static_cast<std::size_t>(workers));
  for (const LiveResource& resource : alive) {
    EXPECT_EQ(resource.type, "TASK");
    EXPECT_EQ(resource.state, LiveResource::State::kRunning);
    EXPECT_TRUE(
        std::string(resource.where.file_name()).ends_with("shutdown_test.cc"));
  }

  // Still so when asked again.
  EXPECT_FALSE(executor->ShutdownFor(milliseconds(1)).finished);
  may_end.count_down();
  executor.reset();  // waits for those
  EXPECT_EQ(live.count(), 0u);
}

TEST_P(ThreadedShutdownTest, TheLastTaskEndsTheWait) {
  for (int i = 0; i < 20; ++i) {
    const std::unique_ptr<Executor> executor = Make();
    std::latch runs(1);
    std::latch may_end(1);
    executor->Post([&] {
      runs.count_down();
      may_end.wait();
    });
    runs.wait();
    std::thread ends([&] { may_end.count_down(); });
    EXPECT_TRUE(executor->ShutdownFor(hours(1)).finished);
    ends.join();
  }
}

TEST_P(ThreadedShutdownTest, ATaskOfAnotherExecutorRunsThatOnesMeanwhile) {
  const std::unique_ptr<Executor> executor = Make();
  Executor other({.concurrency = 1});
  std::latch runs(1);
  std::latch may_end(1);
  executor->Post([&] {
    runs.count_down();
    may_end.wait();
  });
  runs.wait();
  other
      .Submit([&] {
        const AsyncLocalStorage<int> storage;
        const auto scope = storage.WithScope(1);
        other.Post([&] { may_end.count_down(); });
        EXPECT_TRUE(executor->ShutdownFor(hours(1)).finished);
        EXPECT_EQ(*storage.GetStore(), 1);
      })
      .Get();
}

// Of those that race some are refused, some run and some are dropped, and each
// is destroyed once.
TEST_P(ThreadedShutdownTest, EverySubmissionIsAccountedForInARace) {
  for (int round = 0; round < 20; ++round) {
    const LiveResources live({.types = {"TASK"}});
    Count accepted;
    Count ran;
    ShutdownReport report;
    {
      const std::unique_ptr<Executor> executor = Make();
      std::latch begin(3);
      const auto submits = [&] {
        begin.arrive_and_wait();
        try {
          for (;;) {
            executor->Post([&] { ran.Add(); });
            accepted.Add();
          }
        } catch (const ShutdownError&) {
          // It is closed.
        }
      };
      std::thread first(submits);
      std::thread second(submits);
      begin.arrive_and_wait();
      report = executor->ShutdownFor(nanoseconds(0));
      first.join();
      second.join();
    }
    EXPECT_LE(ran.get(), accepted.get());
    EXPECT_LE(report.dropped, static_cast<std::size_t>(accepted.get()));
    EXPECT_EQ(live.count(), 0u);
  }
}

WEFT_THREADED_EXECUTORS(ThreadedShutdownTest);
INSTANTIATE_TEST_SUITE_P(Others, ThreadedShutdownTest,
                         testing::Values(kSerialKind + 1, kSerialKind + 8,
                                         kPriorityKind + 1, kPriorityKind + 8,
                                         kBoundedKind + 1, kBoundedKind + 8,
                                         kBlockingKind + 1, kBlockingKind + 8),
                         KindName);

TEST(ManualShutdownTest, WithoutTimeNothingRuns) {
  ManualExecutor executor;
  Future<void> queued = executor.Submit([] { FAIL(); });
  executor.PostAfter(hours(1), [] { FAIL(); });
  EXPECT_FALSE(executor.DrainFor(nanoseconds(0)));
  const ShutdownReport report = executor.ShutdownFor(nanoseconds(0));
  EXPECT_EQ(report.dropped, 2u);
  EXPECT_TRUE(report.finished);
  EXPECT_THROW(queued.Get(), ShutdownError);
}

TEST(ManualShutdownTest, EventsOfWhatIsDropped) {
  ManualExecutor executor;
  tests::EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  executor.Post([] { FAIL(); });
  executor.PostAfter(hours(1), [] { FAIL(); });
  executor.ShutdownFor(nanoseconds(0));
  EXPECT_THAT(log.lines(),
              ElementsAre("init TASK <- root", "init TIMEOUT <- root",
                          "destroy TIMEOUT", "destroy TASK"));
}

// A chain of tasks without an end is ended between two of them.
TEST(ManualShutdownTest, TasksThatSubmitForEverAreEnded) {
  ManualExecutor executor;
  Count ran;
  const std::function<void()> again = [&] {
    ran.Add();
    executor.Post(again);
  };
  executor.Post(again);
  EXPECT_FALSE(executor.DrainFor(milliseconds(1)));
  const ShutdownReport report = executor.ShutdownFor(milliseconds(1));
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(report.dropped, 1u);
  EXPECT_GT(ran.get(), 0);
}

TEST(ManualShutdownTest, ATaskDrainsAStrandOverItsExecutor) {
  ManualExecutor manual;
  SerialExecutor strand(manual);
  manual
      .Submit([&] {
        strand.Post([] {});
        EXPECT_TRUE(strand.DrainFor(hours(1)));
      })
      .Get();
}

class PriorityShutdownTest : public testing::TestWithParam<int> {};

TEST_P(PriorityShutdownTest, ShutsDownAllOfThem) {
  const std::unique_ptr<Executor> base = MakeExecutor(GetParam());
  PriorityExecutor by_priority(*base);
  Count ran;
  for (const Priority from :
       {Priority::kHigh, Priority::kNormal, Priority::kLow}) {
    by_priority.at(from).Post([&] {
      ran.Add();
      by_priority.at(Priority::kHigh).Post([&] { ran.Add(); });
    });
  }
  EXPECT_TRUE(by_priority.DrainFor(hours(1)));
  EXPECT_EQ(ran.get(), 6);
  by_priority.at(Priority::kLow).PostAfter(hours(1), [] { FAIL(); });
  const ShutdownReport report = by_priority.ShutdownFor(hours(1));
  EXPECT_TRUE(report.finished);
  EXPECT_EQ(report.dropped, 1u);
  EXPECT_THROW(by_priority.at(Priority::kLow).Post([] {}), ShutdownError);
}

TEST_P(PriorityShutdownTest, InsideATaskItDoesNotWait) {
  const std::unique_ptr<Executor> base = MakeExecutor(GetParam());
  PriorityExecutor by_priority(*base);
  by_priority.at(Priority::kLow)
      .Submit([&] {
        EXPECT_FALSE(by_priority.ShutdownFor(nanoseconds(0)).finished);
      })
      .Get();
  EXPECT_TRUE(by_priority.ShutdownFor(hours(1)).finished);
}

WEFT_EVERY_EXECUTOR(PriorityShutdownTest);

TEST(PriorityDeadlineTest, DropsAtTheDeadlineWhatWaitsAtEachPriority) {
  std::latch runs(1);
  std::latch may_end(1);
  Executor base({.concurrency = 1});
  PriorityExecutor by_priority(base);
  by_priority.at(Priority::kNormal).Post([&] {
    runs.count_down();
    may_end.wait();
  });
  runs.wait();
  by_priority.at(Priority::kHigh).Post([] { FAIL(); });
  by_priority.at(Priority::kLow).Post([] { FAIL(); });
  const ShutdownReport report = by_priority.ShutdownFor(milliseconds(1));
  EXPECT_FALSE(report.finished);
  EXPECT_EQ(report.dropped, 2u);
  may_end.count_down();
}

}  // namespace
}  // namespace weft
