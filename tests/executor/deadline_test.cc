// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/deadline.h"

#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/busy_workers.h"
#include "tests/executor/executor_kinds.h"
#include "tests/executor/futures/shared_value.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/shield_scope.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/parallel_reduce.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"

namespace weft {
namespace {

using Clock = Deadline::Clock;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

// ----- Values and scopes -----

TEST(DeadlineTest, NeverByDefault) {
  EXPECT_TRUE(Deadline().is_never());
  EXPECT_EQ(Deadline(), Deadline::Never());
  EXPECT_TRUE(Deadline::Current().is_never());
  EXPECT_EQ(Deadline::Current().remaining(), Clock::duration::max());
  EXPECT_FALSE(Deadline::Current().has_passed());
}

TEST(DeadlineTest, RemainingTimeIsNeverNegative) {
  const Clock::time_point time = Clock::time_point(hours(1));
  EXPECT_EQ(Deadline::At(time).remaining(time - milliseconds(3)),
            milliseconds(3));
  EXPECT_EQ(Deadline::At(time).remaining(time), nanoseconds(0));
  EXPECT_EQ(Deadline::At(time).remaining(time + hours(1)), nanoseconds(0));
  EXPECT_TRUE(Deadline::In(nanoseconds(0)).has_passed());
  EXPECT_TRUE(Deadline::In(nanoseconds::min()).has_passed());
  EXPECT_GT(Deadline::In(hours(1)).remaining(), milliseconds(1));
}

TEST(DeadlineTest, TooFarOffIsNever) {
  EXPECT_TRUE(Deadline::In(nanoseconds::max()).is_never());
}

TEST(DeadlineTest, ANestedOneCanOnlyShorten) {
  const Deadline early = Deadline::In(hours(1));
  const Deadline late = Deadline::In(hours(2));
  const DeadlineScope outer(late);
  EXPECT_EQ(Deadline::Current(), late);
  {
    const DeadlineScope inner(early);
    EXPECT_EQ(Deadline::Current(), early);
    const DeadlineScope longer(late);
    EXPECT_EQ(Deadline::Current(), early);
    const DeadlineScope never(Deadline::Never());
    EXPECT_EQ(Deadline::Current(), early);
  }
  EXPECT_EQ(Deadline::Current(), late);
}

TEST(DeadlineTest, AShieldTakesItAway) {
  const DeadlineScope scope(Deadline::In(hours(1)));
  {
    const ShieldScope shield;
    EXPECT_TRUE(Deadline::Current().is_never());
  }
  EXPECT_FALSE(Deadline::Current().is_never());
}

TEST(DeadlineTest, ASnapshotHasThatOfItsCapture) {
  const Deadline deadline = Deadline::In(hours(1));
  ContextSnapshot snapshot;
  {
    const DeadlineScope scope(deadline);
    snapshot = ContextSnapshot::Capture();
  }
  EXPECT_EQ(snapshot.Run(&Deadline::Current), deadline);
  const DeadlineScope scope(deadline);
  EXPECT_TRUE(ContextSnapshot().Run(&Deadline::Current).is_never());
}

TEST(DeadlineTest, LeavesOtherStoragesAlone) {
  const AsyncLocalStorage<int> storage;
  storage.Run(1, [&] {
    const DeadlineScope scope(Deadline::In(hours(1)));
    EXPECT_EQ(*storage.GetStore(), 1);
    storage.EnterWith(2);
    EXPECT_FALSE(Deadline::Current().is_never());
  });
}

TEST(DeadlineTest, ThreadsMayBeginToUseItAtOnce) {
  const AsyncLocalStorage<int> storage;
  std::thread other([&] {
    storage.Run(1, [] { EXPECT_TRUE(Deadline::Current().is_never()); });
  });
  const DeadlineScope scope(Deadline::In(hours(1)));
  EXPECT_FALSE(Deadline::Current().is_never());
  other.join();
}

// ----- Tasks, on every executor -----

class DeadlineOfTasksTest : public EveryExecutorTest {};
WEFT_EVERY_EXECUTOR(DeadlineOfTasksTest);

TEST_P(DeadlineOfTasksTest, AllThatIsSpawnedInheritsIt) {
  const std::unique_ptr<Executor> executor = Make();
  const Deadline deadline = Deadline::In(hours(1));
  std::optional<DeadlineScope> scope(std::in_place, deadline);
  Future<Deadline> seen = executor->Submit([&] {
    return executor->Submit([] { return Deadline::Current(); }).Get();
  });
  scope.reset();

  EXPECT_EQ(seen.Get(), deadline);
}

TEST_P(DeadlineOfTasksTest, ATaskWhoseDeadlinePassesInTheQueueDoesNotRun) {
  const std::unique_ptr<Executor> executor = Make();
  auto* const manual = dynamic_cast<ManualExecutor*>(executor.get());
  Future<int> late;
  Future<int> in_time;
  {
    const BusyWorkers busy(*executor);
    const Deadline soon = manual != nullptr
                              ? Deadline::At(manual->now() + milliseconds(1))
                              : Deadline::In(milliseconds(1));
    {
      const DeadlineScope scope(soon);
      late = executor->Submit([] { return 1; });
    }
    const DeadlineScope scope(Deadline::In(hours(1)));
    in_time = executor->Submit([] { return 2; });
    if (manual != nullptr) manual->Stall(milliseconds(1));
    while (manual == nullptr && !soon.has_passed()) std::this_thread::yield();
  }
  EXPECT_THAT([&] { late.Get(); },
              ThrowsMessage<DeadlineExceededError>(
                  AllOf(HasSubstr("Executor: task "),
                        HasSubstr(" of type FUTURE_TASK, submitted at "),
                        HasSubstr("deadline_test.cc:"),
                        HasSubstr(", was not run: its deadline had passed "),
                        HasSubstr(" us before"))));
  EXPECT_EQ(in_time.Get(), 2);
  EXPECT_EQ(executor->stats().dropped.expired, 1u);
  EXPECT_EQ(executor->stats().dropped.cancelled, 0u);
}

TEST_P(DeadlineOfTasksTest, ACancelledOneThatIsLateTooIsCancelled) {
  const std::unique_ptr<Executor> executor = Make();
  CancellationSource source;
  source.Cancel();
  const CancellationScope cancelled(source.token());
  const DeadlineScope late(Deadline::At(Clock::time_point()));
  Future<void> future = executor->Submit([] {});

  EXPECT_THROW(future.Get(), CancelledError);
}

TEST_P(DeadlineOfTasksTest, AGroupFailsWithIt) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  {
    const DeadlineScope late(Deadline::At(Clock::time_point()));
    group.Run([] { FAIL(); });
    group.Run([] { FAIL(); });
  }
  EXPECT_THROW(group.Wait(), DeadlineExceededError);
  EXPECT_EQ(group.failures(), 2u);
}

TEST_P(DeadlineOfTasksTest, WhatRunsGoesOn) {
  const std::unique_ptr<Executor> executor = Make();
  const DeadlineScope scope(Deadline::In(hours(1)));
  Future<bool> passed = executor->Submit([] {
    const DeadlineScope late(Deadline::At(Clock::time_point()));
    return Deadline::Current().has_passed();
  });
  EXPECT_TRUE(passed.Get());
}

TEST_P(DeadlineOfTasksTest, ALoopIsNeverSilentlyIncomplete) {
  const std::unique_ptr<Executor> executor = Make();
  const DeadlineScope late(Deadline::At(Clock::time_point()));
  SharedValue<int> calls{0};
  EXPECT_THROW(ParallelFor(*executor, 0, 100, [&](int) { ++calls; }),
               DeadlineExceededError);
  EXPECT_THROW(static_cast<void>(ParallelReduce(
                   *executor, 0, 100, 0, [&](int i) { return ++calls, i; },
                   [](int a, int b) { return a + b; })),
               DeadlineExceededError);
  EXPECT_EQ(calls, 0);
}

TEST_P(DeadlineOfTasksTest, AWaitOutsideOfTheFlowIsTold) {
  // Thousands of late requests: each is answered, none runs.
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  for (int i = 0; i < 2'000; ++i) {
    const DeadlineScope late(Deadline::At(Clock::time_point()));
    group.Run([] { FAIL(); });
  }
  EXPECT_THROW(group.Wait(), DeadlineExceededError);
  EXPECT_EQ(executor->stats().dropped.expired, 2'000u);
}

// ----- With the clock of a ManualExecutor -----

TEST(ManualDeadlineTest, GoesByTheExecutorsClock) {
  ManualExecutor executor;
  Future<void> early;
  Future<void> late;
  executor.PostAfter(milliseconds(10), [&] {
    const DeadlineScope scope(Deadline::At(executor.now() + milliseconds(5)));
    early = executor.Submit([] {});
    executor.PostAfter(milliseconds(4), [&] {
      EXPECT_EQ(Deadline::Current().remaining(executor.now()), milliseconds(1));
    });
    executor.PostAfter(milliseconds(5), [] { FAIL(); });
  });
  executor.AdvanceBy(milliseconds(20));

  early.Get();
  EXPECT_EQ(executor.stats().dropped.expired, 1u);
}

}  // namespace
}  // namespace weft
