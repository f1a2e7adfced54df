// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// WaitFor() and WaitUntil() of futures.

#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/hooks/execution.h"

namespace weft {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::ThrowsMessage;

class TimedWaitTest : public EveryExecutorTest {};

TEST_P(TimedWaitTest, TellsWhetherTheResultIsThere) {
  const std::unique_ptr<Executor> executor = Make();
  Future<int> done = executor->Submit([] { return 1; });
  EXPECT_TRUE(done.WaitFor(hours(1)));
  EXPECT_TRUE(done.WaitFor(milliseconds(-1)));
  EXPECT_TRUE(done.WaitUntil(steady_clock::time_point::min()));
  EXPECT_EQ(done.Get(), 1);

  Promise<int> promise(*executor);
  Future<int> pending = promise.GetFuture();
  EXPECT_FALSE(pending.WaitFor(milliseconds(1)));
  EXPECT_FALSE(pending.WaitUntil(steady_clock::now() - hours(1)));
  promise.SetValue(2);
  EXPECT_TRUE(pending.WaitFor(milliseconds(0)));
  EXPECT_EQ(pending.Get(), 2);
}

TEST_P(TimedWaitTest, TheLongestDurationDoesNotOverflow) {
  const std::unique_ptr<Executor> executor = Make();
  EXPECT_TRUE(executor->Submit([] {}).WaitFor(nanoseconds::max()));
  EXPECT_TRUE(
      executor->Submit([] {}).WaitUntil(steady_clock::time_point::max()));
}

TEST_P(TimedWaitTest, SharedFuturesHaveItToo) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> promise(*executor);
  const SharedFuture<int> future = promise.GetFuture().Share();
  EXPECT_FALSE(future.WaitFor(milliseconds(1)));
  EXPECT_FALSE(future.WaitUntil(steady_clock::now()));
  promise.SetValue(3);

  EXPECT_TRUE(future.WaitFor(hours(1)));
}

TEST_P(TimedWaitTest, InsideATaskItRunsOthersAndKeepsItsOwnContext) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  executor
      ->Submit([&] {
        const auto scope = storage.WithScope(1);
        const AsyncId id = ExecutionAsyncId();
        std::vector<Future<void>> others;
        for (int i = 0; i < 10; ++i) {
          others.push_back(executor->Submit([&] { storage.EnterWith(7); }));
        }
        for (const Future<void>& other : others) {
          EXPECT_TRUE(other.WaitFor(hours(1)));
          EXPECT_EQ(*storage.GetStore(), 1);
          EXPECT_EQ(ExecutionAsyncId(), id);
        }
        Promise<void> never(*executor);
        EXPECT_FALSE(never.GetFuture().WaitFor(milliseconds(1)));
        EXPECT_EQ(*storage.GetStore(), 1);
        EXPECT_EQ(ExecutionAsyncId(), id);
      })
      .Get();
}

TEST_P(TimedWaitTest, WithoutAResultItIsAnErrorThatNamesTheFunction) {
  const Future<int> empty;
  EXPECT_THAT([&] { empty.WaitFor(hours(1)); },
              ThrowsMessage<std::logic_error>(HasSubstr("Future::WaitFor")));
  EXPECT_THAT([&] { empty.WaitUntil(steady_clock::now()); },
              ThrowsMessage<std::logic_error>(HasSubstr("Future::WaitUntil")));
}

WEFT_EVERY_EXECUTOR(TimedWaitTest);

class ThreadedTimedWaitTest : public ThreadedExecutorTest {};

TEST_P(ThreadedTimedWaitTest, ComesBackInTimeAndNotBefore) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<void> never(*executor);
  const SharedFuture<void> future = never.GetFuture().Share();
  const auto waits = [&] {
    const auto deadline = steady_clock::now() + milliseconds(20);
    EXPECT_FALSE(future.WaitUntil(deadline));
    EXPECT_GE(steady_clock::now(), deadline);
  };
  waits();
  executor->Submit(waits).Get();
}

TEST_P(ThreadedTimedWaitTest, IsWokenByTheResult) {
  const std::unique_ptr<Executor> executor = Make();
  for (int i = 0; i < 20; ++i) {
    Promise<int> outside(*executor);
    Promise<int> inside(*executor);
    Future<int> for_outside = outside.GetFuture();
    Future<bool> waiter = executor->Submit(
        [future = inside.GetFuture()] { return future.WaitFor(hours(1)); });
    std::thread settler([&] {
      outside.SetValue(1);
      inside.SetValue(2);
    });

    EXPECT_TRUE(for_outside.WaitFor(hours(1)));
    EXPECT_TRUE(waiter.Get());
    settler.join();
  }
}

WEFT_THREADED_EXECUTORS(ThreadedTimedWaitTest);

TEST(ManualTimedWaitTest, RunsWhatThereIsAndReturnsWhenNothingIsLeft) {
  ManualExecutor executor;
  Promise<void> never(executor);
  const Future<void> future = never.GetFuture();
  int ran = 0;
  executor.Post([&] { executor.Post([&] { ++ran; }); });

  EXPECT_FALSE(future.WaitFor(hours(1)));
  EXPECT_EQ(ran, 1);
  EXPECT_THROW(future.Wait(), DeadlockError);
}

TEST(ManualTimedWaitTest, ATimeThatHasPassedRunsNothing) {
  ManualExecutor executor;
  const Future<void> future = executor.Submit([] {});

  EXPECT_FALSE(future.WaitFor(milliseconds(0)));
  EXPECT_EQ(executor.queued(), 1u);
  EXPECT_TRUE(future.WaitFor(hours(1)));
}

}  // namespace
}  // namespace weft
