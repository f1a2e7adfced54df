// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/sleep.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/context/shield_scope.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/shutdown.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/tests/support/event_log.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointee;
using testing::ThrowsMessage;

class SleepTest : public EveryExecutorTest {};

TEST_P(SleepTest, GoesOnAsItselfInItsContext) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  const auto sleeper = [&]() -> Task<bool> {
    const auto scope = storage.WithScope(2);
    const AsyncId id = ExecutionAsyncId();
    co_await Sleep(*executor, milliseconds(1));
    co_await Sleep(*executor, milliseconds(-1));
    EXPECT_THAT(storage.GetStore(), Pointee(2));
    co_return ExecutionAsyncId() == id;
  };
  Future<bool> same =
      storage.Run(1, [&] { return Spawn(*executor, sleeper()); });
  if (GetParam() == kManual) {
    auto& manual = static_cast<ManualExecutor&>(*executor);
    manual.RunAll();
    EXPECT_FALSE(same.IsReady());
    manual.AdvanceBy(milliseconds(1));
    manual.RunAll();
    manual.AdvanceBy(milliseconds(0));
  }
  EXPECT_TRUE(same.Get());
}

TEST_P(SleepTest, AShutdownWakesItWithAnError) {
  const std::unique_ptr<Executor> executor = Make();
  bool unwound = false;
  const auto sleeper = [&]() -> Task<> {
    try {
      co_await Sleep(*executor, std::chrono::hours(1));
    } catch (const ShutdownError&) {
      unwound = true;
      throw;
    }
  };
  Future<void> future = Spawn(*executor, sleeper());
  executor->Drain();  // it sleeps
  EXPECT_FALSE(future.IsReady());
  EXPECT_EQ(executor->Shutdown(OnShutdown::kDrain), 1u);

  EXPECT_THROW(future.Get(), ShutdownError);
  EXPECT_TRUE(unwound);
}

TEST_P(SleepTest, OnAnExecutorThatHasEndedIsAnErrorWhereItIs) {
  const std::unique_ptr<Executor> executor = Make();
  const std::unique_ptr<Executor> ended = Make();
  ended->Shutdown(OnShutdown::kDrain);
  const auto sleeper = [&]() -> Task<int> {
    const AsyncId id = ExecutionAsyncId();
    try {
      co_await Sleep(*ended, milliseconds(1));
    } catch (const ShutdownError&) {
      co_return ExecutionAsyncId() == id ? 1 : 2;
    }
    co_return 3;
  };
  EXPECT_EQ(Spawn(*executor, sleeper()).Get(), 1);
}

TEST_P(SleepTest, CancellingCutsItShort) {
  const std::unique_ptr<Executor> executor = Make();
  CancellationSource source;
  const auto sleeper = [&]() -> Task<> {
    co_await Sleep(*executor, std::chrono::hours(1));
  };
  Future<void> future;
  {
    const CancellationScope scope(source.token());
    future = Spawn(*executor, sleeper());
  }
  executor->Drain();  // it sleeps
  EXPECT_FALSE(future.IsReady());
  source.Cancel();
  if (GetParam() == kManual) {
    static_cast<ManualExecutor&>(*executor).AdvanceBy(milliseconds(0));
  }
  EXPECT_THROW(future.Get(), CancelledError);
}

TEST_P(SleepTest, OneThatBeginsCancelledEndsAtOnce) {
  const std::unique_ptr<Executor> executor = Make();
  CancellationSource source;
  const auto sleeper = [&]() -> Task<> {
    source.Cancel();
    co_await Sleep(*executor, std::chrono::hours(1));
  };
  Future<void> future;
  {
    const CancellationScope scope(source.token());
    future = Spawn(*executor, sleeper());
  }
  if (GetParam() == kManual) {
    static_cast<ManualExecutor&>(*executor).AdvanceBy(milliseconds(0));
  }
  EXPECT_THROW(future.Get(), CancelledError);
}

TEST_P(SleepTest, TheDeadlineCutsItShort) {
  const std::unique_ptr<Executor> executor = Make();
  const auto sleeper = [&]() -> Task<> {
    co_await Sleep(*executor, std::chrono::hours(1));
  };
  Future<void> future;
  {
    const DeadlineScope scope(Deadline::In(milliseconds(20)));
    future = Spawn(*executor, sleeper());
  }
  if (GetParam() == kManual) {
    static_cast<ManualExecutor&>(*executor).AdvanceBy(std::chrono::minutes(1));
  }
  EXPECT_THROW(future.Get(), DeadlineExceededError);
}

TEST_P(SleepTest, AShieldedOneSleepsOn) {
  const std::unique_ptr<Executor> executor = Make();
  CancellationSource source;
  const auto sleeper = [&]() -> Task<bool> {
    const DeadlineScope deadline(Deadline::In(milliseconds(1)));
    const ShieldScope shield;
    const auto begin = Deadline::Clock::now();
    co_await Sleep(*executor, milliseconds(20));
    co_return Deadline::Clock::now() - begin >= milliseconds(20);
  };
  Future<bool> future;
  {
    const CancellationScope scope(source.token());
    future = Spawn(*executor, sleeper());
  }
  executor->Drain();
  source.Cancel();
  if (GetParam() == kManual) {
    auto& manual = static_cast<ManualExecutor&>(*executor);
    manual.AdvanceBy(milliseconds(19));
    EXPECT_FALSE(future.IsReady());
    manual.AdvanceBy(milliseconds(1));
    future.Get();
  } else {
    EXPECT_TRUE(future.Get());
  }
}

TEST_P(SleepTest, CancellingRacesWithItsBeginningAndItsEnd) {
  const std::unique_ptr<Executor> executor = Make();
  if (GetParam() == kManual) GTEST_SKIP() << "has no threads";
  const int rounds = tests::StressRounds(200);
  for (int i = 0; i < rounds; ++i) {
    CancellationSource source;
    const auto sleeper = [&]() -> Task<> {
      co_await Sleep(*executor, std::chrono::microseconds(i % 40));
      co_await Sleep(*executor, std::chrono::hours(1));
    };
    Future<void> future;
    {
      const CancellationScope scope(source.token());
      future = Spawn(*executor, sleeper());
    }
    if (i % 2 == 0) std::this_thread::yield();
    source.Cancel();
    EXPECT_THROW(future.Get(), CancelledError);
  }
}

WEFT_EVERY_EXECUTOR(SleepTest);

class ManualSleepTest : public testing::Test {
 protected:
  ManualExecutor executor_;
};

TEST_F(ManualSleepTest, WhatTheDeadlineEndsSaysSoAndAShieldHolds) {
  std::string told;
  const auto sleeper = [&]() -> Task<> {
    const DeadlineScope deadline(
        Deadline::At(executor_.now() + milliseconds(5)));
    try {
      co_await Sleep(executor_, milliseconds(10));
    } catch (const DeadlineExceededError& error) {
      told = error.what();
    }
    const ShieldScope shield;
    co_await Sleep(executor_, milliseconds(10));
  };
  Future<void> future = Spawn(executor_, sleeper());
  executor_.RunAll();
  executor_.AdvanceBy(milliseconds(10));
  EXPECT_THAT(told, HasSubstr("of type COROUTINE"));
  executor_.AdvanceBy(milliseconds(10));
  EXPECT_TRUE(future.IsReady());
  future.Get();
}

TEST_F(ManualSleepTest, ACancelledOneIsToldWhenItIsToGoOn) {
  CancellationSource source;
  const auto sleeper = [&]() -> Task<> {
    co_await Sleep(executor_, milliseconds(10));
  };
  const auto hopper = [&]() -> Task<> { co_await executor_.Schedule(); };
  Future<void> sleeping;
  Future<void> hopping;
  {
    const CancellationScope scope(source.token());
    sleeping = Spawn(executor_, sleeper());
    hopping = Spawn(executor_, hopper());
  }
  executor_.RunOne();
  executor_.RunOne();
  source.Cancel();
  executor_.AdvanceBy(milliseconds(10));
  executor_.RunAll();

  EXPECT_THAT([&] { sleeping.Get(); },
              ThrowsMessage<CancelledError>(
                  HasSubstr("was ended before it was done: it was cancelled")));
  EXPECT_THROW(hopping.Get(), CancelledError);
}

TEST_F(ManualSleepTest, IsATimerTriggeredByTheCoroutine) {
  tests::EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  const auto sleeper = [&]() -> Task<> {
    co_await Sleep(executor_, milliseconds(10));
  };
  Future<void> future = Spawn(executor_, sleeper());
  executor_.RunAll();
  executor_.AdvanceBy(milliseconds(10));
  future.Get();

  EXPECT_THAT(log.lines(),
              ElementsAre("init COROUTINE <- root", "before COROUTINE",
                          "after COROUTINE", "init TIMEOUT <- COROUTINE",
                          "before TIMEOUT", "after TIMEOUT", "destroy TIMEOUT",
                          "before COROUTINE", "resolve COROUTINE",
                          "after COROUTINE", "destroy COROUTINE"));
}

}  // namespace
}  // namespace weft
