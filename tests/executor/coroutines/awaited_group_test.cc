// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// co_await of a TaskGroup.

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "tests/support/counted.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/context/shield_scope.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/live_resources.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using std::chrono::milliseconds;
using tests::Counted;

// ----- What ends by itself -----

class AwaitGroupTest : public EveryExecutorTest {
 protected:
  const std::unique_ptr<Executor> executor_ = Make();
};

TEST_P(AwaitGroupTest, GoesOnWhenAllHaveEnded) {
  const AsyncLocalStorage<int> storage;
  const auto runs = [&]() -> Task<int> {
    const AsyncId id = ExecutionAsyncId();
    std::atomic<int> sum{0};
    TaskGroup group(*executor_);
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 50; ++i) {
        // relaxed: read after a wait that orders it.
        group.Run([&] { sum.fetch_add(1, std::memory_order_relaxed); });
      }
      co_await group;
      // relaxed: see above.
      EXPECT_EQ(sum.load(std::memory_order_relaxed), 50 * (round + 1));
    }
    EXPECT_EQ(group.failures(), 0u);
    EXPECT_EQ(ExecutionAsyncId(), id);
    EXPECT_EQ(*storage.GetStore(), 7);
    co_return sum.load(std::memory_order_relaxed);  // relaxed: see above.
  };
  Future<int> sum = storage.Run(7, [&] { return Spawn(*executor_, runs()); });
  EXPECT_EQ(sum.Get(), 150);
}

TEST_P(AwaitGroupTest, ThrowsWhatTheFirstTaskThrew) {
  const auto runs = [&]() -> Task<> {
    TaskGroup group(*executor_);
    group.Run([] { throw std::out_of_range("first"); });
    bool is_thrown = false;
    try {
      co_await group;
    } catch (const std::out_of_range&) {
      is_thrown = true;
    }
    EXPECT_TRUE(is_thrown);
    EXPECT_EQ(group.failures(), 1u);
    co_await group;  // starts anew
    EXPECT_EQ(group.failures(), 0u);
  };
  Spawn(*executor_, runs()).Get();
}

TEST_P(AwaitGroupTest, WaitsForCoroutinesOfTheGroup) {
  const AsyncLocalStorage<int> storage;
  const auto hops = [&](Counted, std::atomic<int>& sum) -> Task<int> {
    for (int i = 0; i < 3; ++i) co_await executor_->Schedule();
    // relaxed: read after a wait that orders it.
    sum.fetch_add(*storage.GetStore(), std::memory_order_relaxed);
    co_return 1;
  };
  const auto fails = [&](Counted) -> Task<> {
    co_await executor_->Schedule();
    throw std::out_of_range("late");
  };
  tests::Tally tally;
  const auto start = [&](TaskGroup& group, std::atomic<int>& sum) {
    for (int i = 0; i < 20; ++i) {
      storage.Run(i, [&] { Spawn(group, hops(Counted(tally), sum)); });
      group.Run([] {});
    }
  };
  std::atomic<int> sum{0};
  TaskGroup group(*executor_);
  start(group, sum);
  group.Wait();
  EXPECT_EQ(tally.live(), 0);  // coroutines have gone by then
  // relaxed: see above.
  EXPECT_EQ(sum.load(std::memory_order_relaxed), 190);
  Spawn(group, fails(Counted(tally)));
  EXPECT_THROW(group.Wait(), std::out_of_range);
  EXPECT_EQ(tally.live(), 0);
  const auto runs = [&]() -> Task<> {
    TaskGroup inner(*executor_);
    start(inner, sum);
    co_await inner;
    EXPECT_EQ(tally.live(), 0);
  };
  Spawn(*executor_, runs()).Get();
  // relaxed: see above.
  EXPECT_EQ(sum.load(std::memory_order_relaxed), 380);
  // A wait inside a task runs what is queued.
  WEFT_SKIP_IF_SERIAL("a task waits for others");
  executor_
      ->Submit([&] {
        TaskGroup inner(*executor_);
        start(inner, sum);
        inner.Wait();
        EXPECT_EQ(tally.live(), 0);
      })
      .Get();
}

TEST_P(AwaitGroupTest, CoroutinesThatDoNotStartAreCounted) {
  tests::Tally tally;
  const auto never = [](Counted) -> Task<> {
    ADD_FAILURE() << "it ran";
    co_return;
  };
  TaskGroup group(*executor_);
  {
    CancellationSource source;
    source.Cancel();
    const CancellationScope scope(source.token());
    Spawn(group, never(Counted(tally)));
    group.Wait();
    EXPECT_EQ(group.cancelled(), 1u);
    EXPECT_EQ(group.failures(), 0u);
  }
  {
    const DeadlineScope scope(Deadline::At({}));
    Spawn(group, never(Counted(tally)));
    EXPECT_THROW(group.Wait(), DeadlineExceededError);
  }
  executor_->Shutdown(OnShutdown::kStop);
  EXPECT_THROW(Spawn(group, never(Counted(tally))), ShutdownError);
  EXPECT_THROW(Spawn(group, Task<>()), std::invalid_argument);
  group.Wait();
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(AwaitGroupTest, AnEmptyGroupIsDone) {
  const auto runs = [&]() -> Task<std::thread::id> {
    TaskGroup group(*executor_);
    const std::thread::id here = std::this_thread::get_id();
    co_await group;
    EXPECT_EQ(std::this_thread::get_id(), here);
    co_return here;
  };
  Spawn(*executor_, runs()).Get();
}

TEST_P(AwaitGroupTest, GoesOnOnTheGroupsExecutor) {
  ManualExecutor other;
  const auto runs = [&]() -> Task<> {
    TaskGroup group(*executor_);
    group.Run([] {});
    co_await group;
  };
  Future<void> done = Spawn(other, runs());
  other.RunAll();  // to the `co_await`
  executor_->Drain();
  EXPECT_TRUE(done.IsReady());
}

TEST_P(AwaitGroupTest, DrainWaitsForWhatGoesOn) {
  for (int round = 0; round < tests::StressRounds(200); ++round) {
    std::atomic<bool> has_ended{false};
    const auto runs = [&]() -> Task<> {
      TaskGroup group(*executor_);
      group.Run([] {});
      co_await group;
      // relaxed: Drain() orders.
      has_ended.store(true, std::memory_order_relaxed);
    };
    Future<void> done = Spawn(*executor_, runs());
    // Looks often, so as to see the moment when the group has ended.
    while (WorkersOf(GetParam()) != kManual &&
           !executor_->DrainFor(milliseconds(0))) {
    }
    if (WorkersOf(GetParam()) == kManual) executor_->Drain();
    EXPECT_TRUE(has_ended.load(std::memory_order_relaxed));  // relaxed: above
    done.Get();
  }
}

TEST_P(AwaitGroupTest, IsToldIfTheExecutorStops) {
  std::latch is_awaited(1);
  ManualExecutor other;
  const auto runs = [&]() -> Task<> {
    TaskGroup group(*executor_);
    group.Run([&] {
      is_awaited.wait();
      executor_->Shutdown(OnShutdown::kStop);
    });
    co_await group;
  };
  Future<void> done = Spawn(other, runs());
  other.RunAll();  // to the `co_await`
  is_awaited.count_down();
  executor_->Drain();
  EXPECT_THROW(done.Get(), ShutdownError);
}

WEFT_EVERY_EXECUTOR(AwaitGroupTest);
WEFT_OTHER_EXECUTORS(AwaitGroupTest);

// ----- What does not -----

class AwaitPendingGroupTest : public EveryExecutorTest {
 protected:
  // Returns a coroutine that awaits a group whose one task ends when all has
  // been released, or, on a ManualExecutor, when it is run.
  Task<> Waits(TaskGroup& group, Promise<void> begun,
               milliseconds time = std::chrono::hours(1)) {
    {
      const ShieldScope shield;
      group.Run([this] {
        if (manual_ == nullptr) released_.Wait();
      });
    }
    begun.SetValue();
    const DeadlineScope late(In(time));
    co_await group;
  }
  // Returns when that coroutine awaits, or is about to.
  template <typename... Time>
  Future<void> SpawnWaiting(TaskGroup& group, Time... time) {
    Promise<void> begun(*executor_);
    Future<void> has_begun = begun.GetFuture();
    Future<void> done =
        Spawn(*executor_, Waits(group, std::move(begun), time...));
    has_begun.Get();
    return done;
  }
  // Lets the task end.
  void Release() { release_.SetValue(); }

  Deadline In(milliseconds time) {
    return manual_ != nullptr ? Deadline::At(manual_->now() + time)
                              : Deadline::In(time);
  }

  const std::unique_ptr<Executor> executor_ = Make();
  ManualExecutor* const manual_ =
      dynamic_cast<ManualExecutor*>(executor_.get());
  Promise<void> release_{*executor_};
  const SharedFuture<void> released_ = release_.GetFuture().Share();
};

TEST_P(AwaitPendingGroupTest, CancellingEndsIt) {
  TaskGroup group(*executor_);
  CancellationSource source;
  Future<void> done;
  {
    const CancellationScope scope(source.token());
    done = SpawnWaiting(group);
  }
  source.Cancel();
  EXPECT_THROW(done.Get(), CancelledError);
  Release();
  group.Wait();
  EXPECT_EQ(group.failures(), 0u);
  EXPECT_EQ(group.cancelled(), 0u);
}

TEST_P(AwaitPendingGroupTest, TheDeadlineEndsIt) {
  TaskGroup group(*executor_);
  Future<void> done = SpawnWaiting(group, milliseconds(2));
  if (manual_ != nullptr) manual_->Stall(milliseconds(2));
  EXPECT_THROW(done.Get(), DeadlineExceededError);
  Release();
  group.Wait();
}

TEST_P(AwaitPendingGroupTest, OneThatBeginsCancelledEndsAtOnce) {
  TaskGroup group(*executor_);
  CancellationSource source;
  const auto begins = [&]() -> Task<> {
    source.Cancel();
    Promise<void> begun(*executor_);
    co_await Waits(group, std::move(begun));
  };
  const CancellationScope scope(source.token());
  EXPECT_THROW(Spawn(*executor_, begins()).Get(), CancelledError);
  Release();
}

TEST_P(AwaitPendingGroupTest, AShieldHolds) {
  TaskGroup group(*executor_);
  CancellationSource source;
  const auto waits = [&](Promise<void> begun) -> Task<> {
    const DeadlineScope late(In(milliseconds(1)));
    const ShieldScope shield;
    co_await Waits(group, std::move(begun));
  };
  Future<void> done;
  {
    const CancellationScope scope(source.token());
    Promise<void> begun(*executor_);
    Future<void> has_begun = begun.GetFuture();
    done = Spawn(*executor_, waits(std::move(begun)));
    has_begun.Get();
  }
  source.Cancel();
  if (manual_ != nullptr) manual_->Stall(milliseconds(1));
  Release();
  done.Get();
}

// Nothing of a wait that has been cancelled stays in the group, and the group
// may be awaited again.
TEST_P(AwaitPendingGroupTest, NothingOfItIsLeft) {
  if (manual_ != nullptr) GTEST_SKIP() << "its task would end";
  const AsyncLocalStorage<std::shared_ptr<int>> storage;
  const auto store = std::make_shared<int>(0);
  TaskGroup group(*executor_);
  group.Run([this] { released_.Wait(); });
  LiveResources live;
  for (int i = 0; i < 20; ++i) {
    CancellationSource source;
    Promise<void> begun(*executor_);
    Future<void> has_begun = begun.GetFuture();
    const auto waits = [&](Promise<void> its_begun) -> Task<> {
      its_begun.SetValue();
      co_await group;
    };
    Future<void> done = storage.Run(store, [&] {
      const CancellationScope scope(source.token());
      const DeadlineScope late(In(std::chrono::hours(1)));
      return Spawn(*executor_, waits(std::move(begun)));
    });
    has_begun.Get();
    source.Cancel();
    EXPECT_THROW(done.Get(), CancelledError);
  }
  EXPECT_LE(store.use_count(), 2);  // one may lie in a cache
  Release();
  group.Wait();
  executor_->Drain();
  EXPECT_EQ(live.count(), 0u);
}

// The coroutine gets the outcome, the destructor none.
TEST_P(AwaitPendingGroupTest, AGroupThatEndsWaitsUntilItHasGoneOn) {
  ManualExecutor other;
  const auto waits = [](TaskGroup& group) -> Task<> {
    for (int i = 0; i < 4; ++i) group.Run([] { throw 7; });
    co_await group;
  };
  for (int round = 0; round < tests::StressRounds(200); ++round) {
    auto group = std::make_unique<TaskGroup>(*executor_);
    Future<void> done = Spawn(other, waits(*group));
    other.RunAll();  // to the `co_await`
    group.reset();
    executor_->Drain();
    EXPECT_THROW(done.Get(), int);
  }
}

TEST_P(AwaitPendingGroupTest, ItsEndCancellingAndTheDeadlineRace) {
  if (manual_ != nullptr) GTEST_SKIP() << "has no threads";
  for (int round = 0; round < tests::StressRounds(200); ++round) {
    CancellationSource source;
    const auto waits = [&]() -> Task<> {
      TaskGroup group(*executor_);
      {
        const ShieldScope shield;
        for (int i = 0; i < 3; ++i) group.Run([] {});
      }
      co_await group;
    };
    Future<void> done;
    {
      const CancellationScope scope(source.token());
      const DeadlineScope late(
          round % 2 == 0 ? Deadline::In(std::chrono::microseconds(100))
                         : Deadline::Never());
      done = Spawn(*executor_, waits());
    }
    std::thread canceller([&] {
      for (int i = 0; i < round % 50; ++i) std::this_thread::yield();
      source.Cancel();
    });
    try {
      done.Get();
    } catch (const CancelledError&) {
    } catch (const DeadlineExceededError&) {
    }
    canceller.join();
  }
}

WEFT_EVERY_EXECUTOR(AwaitPendingGroupTest);

}  // namespace
}  // namespace weft
