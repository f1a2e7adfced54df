// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a coroutine waits for ends when its flow is cancelled or late.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

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
#include "weft/executor/promise.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/when_any.h"
#include "weft/hooks/live_resources.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::ThrowsMessage;

// What a coroutine can wait for that nobody settles; each is told by how.
struct Waited {
  const char* name;
  Task<> (*wait)(SharedFuture<void> never);
};

Future<void> Forever(const SharedFuture<void>& never) {
  return never.Then([] {});
}

constexpr Waited kWaited[] = {
    {"a future",
     [](SharedFuture<void> never) -> Task<> { co_await Forever(never); }},
    {"a shared future",
     [](SharedFuture<void> never) -> Task<> { co_await never; }},
    {"a race",
     [](SharedFuture<void> never) -> Task<> {
       std::vector<Future<void>> race;
       race.push_back(Forever(never));
       race.push_back(Forever(never));
       co_await WhenAny(std::move(race));
     }},
    {"a coroutine that waits",
     [](SharedFuture<void> never) -> Task<> {
       const auto wait = [](SharedFuture<void> future) -> Task<> {
         co_await future;
       };
       co_await wait(std::move(never));
     }},
};

// A promise that is not settled until it goes, with all its continuations.
class LimitedWaitTest : public EveryExecutorTest {
 protected:
  void Advance(milliseconds time) {
    if (auto* manual = dynamic_cast<ManualExecutor*>(executor_.get())) {
      manual->AdvanceBy(time);
    }
  }
  Deadline In(milliseconds time) {
    const auto* manual = dynamic_cast<ManualExecutor*>(executor_.get());
    return manual != nullptr ? Deadline::At(manual->now() + time)
                             : Deadline::In(time);
  }

  const std::unique_ptr<Executor> executor_ = Make();
  Promise<void> promise_{*executor_};
  const SharedFuture<void> never_ = promise_.GetFuture().Share();
};

TEST_P(LimitedWaitTest, CancellingEndsIt) {
  for (const Waited& waited : kWaited) {
    SCOPED_TRACE(waited.name);
    CancellationSource source;
    Future<void> future;
    {
      const CancellationScope scope(source.token());
      future = Spawn(*executor_, waited.wait(never_));
    }
    executor_->Drain();  // it waits
    EXPECT_FALSE(future.IsReady());
    source.Cancel();
    executor_->Drain();
    EXPECT_TRUE(future.IsReady());
    EXPECT_THAT([&] { future.Get(); },
                ThrowsMessage<CancelledError>(HasSubstr("COROUTINE")));
  }
}

TEST_P(LimitedWaitTest, OneThatBeginsCancelledEndsAtOnce) {
  CancellationSource source;
  const auto waits = [&]() -> Task<> {
    source.Cancel();
    co_await never_;
  };
  const CancellationScope scope(source.token());
  EXPECT_THROW(Spawn(*executor_, waits()).Get(), CancelledError);
}

TEST_P(LimitedWaitTest, TheDeadlineEndsIt) {
  for (const Waited& waited : kWaited) {
    SCOPED_TRACE(waited.name);
    Future<void> future;
    {
      const DeadlineScope scope(In(milliseconds(2)));
      future = Spawn(*executor_, waited.wait(never_));
    }
    if (GetParam() == kManual) {
      Advance(milliseconds(1));
      EXPECT_FALSE(future.IsReady());
      Advance(milliseconds(1));
    }
    EXPECT_THROW(future.Get(), DeadlineExceededError);
  }
}

TEST_P(LimitedWaitTest, AShieldHolds) {
  CancellationSource source;
  const auto waits = [&]() -> Task<int> {
    const DeadlineScope late(In(milliseconds(5)));
    const ShieldScope shield;
    co_await never_;
    co_return 1;
  };
  Future<int> future;
  {
    const CancellationScope scope(source.token());
    future = Spawn(*executor_, waits());
    executor_->Drain();  // it waits
  }
  source.Cancel();
  Advance(milliseconds(5));
  executor_->Drain();
  EXPECT_FALSE(future.IsReady());
  promise_.SetValue();
  EXPECT_EQ(future.Get(), 1);
}

TEST_P(LimitedWaitTest, WhatIsThereIsTaken) {
  CancellationSource source;
  Promise<int> promise(*executor_);
  promise.SetValue(7);
  Future<int> settled = promise.GetFuture();
  const auto takes = [&]() -> Task<int> {
    source.Cancel();
    co_return co_await std::move(settled);
  };
  const CancellationScope scope(source.token());
  EXPECT_EQ(Spawn(*executor_, takes()).Get(), 7);
}

TEST_P(LimitedWaitTest, ItGoesOnAndMayWaitAgain) {
  CancellationSource source;
  Promise<int> other(*executor_);
  const auto waits = [&](Future<int> after) -> Task<int> {
    try {
      co_await never_;
    } catch (const CancelledError&) {
    }
    const ShieldScope shield;
    co_return co_await std::move(after);
  };
  Future<int> future;
  {
    const CancellationScope scope(source.token());
    future = Spawn(*executor_, waits(other.GetFuture()));
  }
  executor_->Drain();
  source.Cancel();
  executor_->Drain();
  EXPECT_FALSE(future.IsReady());
  other.SetValue(3);
  EXPECT_EQ(future.Get(), 3);
}

TEST_P(LimitedWaitTest, NothingOfItIsLeft) {
  const AsyncLocalStorage<std::shared_ptr<int>> storage;
  const auto store = std::make_shared<int>(0);
  LiveResources live;
  for (const Waited& waited : kWaited) {
    SCOPED_TRACE(waited.name);
    for (const bool by_deadline : {false, true}) {
      std::vector<Future<void>> futures;
      CancellationSource source;
      storage.Run(store, [&] {
        const CancellationScope scope(source.token());
        const DeadlineScope late(by_deadline ? In(milliseconds(2))
                                             : Deadline::Never());
        for (int i = 0; i < 20; ++i) {
          futures.push_back(Spawn(*executor_, waited.wait(never_)));
        }
      });
      executor_->Drain();
      if (!by_deadline) source.Cancel();
      Advance(milliseconds(2));
      for (Future<void>& future : futures) EXPECT_ANY_THROW(future.Get());
      executor_->Drain();
    }
  }
  EXPECT_LE(store.use_count(), 2);
  EXPECT_EQ(live.count(), 0u);
}

TEST_P(LimitedWaitTest, OneThatBeginsCancelledLeavesNothingEither) {
  const AsyncLocalStorage<std::shared_ptr<int>> storage;
  const auto store = std::make_shared<int>(0);
  LiveResources live;
  for (const Waited& waited : kWaited) {
    SCOPED_TRACE(waited.name);
    CancellationSource source;
    const auto begins = [](CancellationSource flow, Task<> waits) -> Task<> {
      flow.Cancel();
      co_await std::move(waits);
    };
    Future<void> future = storage.Run(store, [&] {
      const CancellationScope scope(source.token());
      return Spawn(*executor_, begins(source, waited.wait(never_)));
    });
    EXPECT_THROW(future.Get(), CancelledError);
    executor_->Drain();
  }
  EXPECT_LE(store.use_count(), 2);
  EXPECT_EQ(live.count(), 0u);
}

TEST_P(LimitedWaitTest, AWaitForAFutureLeavesNothingInIt) {
  const AsyncLocalStorage<std::shared_ptr<int>> storage;
  const auto store = std::make_shared<int>(0);
  LiveResources live;
  CancellationSource source;
  std::vector<Future<void>> futures;
  storage.Run(store, [&] {
    const CancellationScope scope(source.token());
    for (int i = 0; i < 100; ++i) {
      futures.push_back(Spawn(*executor_, kWaited[1].wait(never_)));
    }
  });
  executor_->Drain();
  source.Cancel();
  for (Future<void>& future : futures)
    EXPECT_THROW(future.Get(), CancelledError);
  executor_->Drain();

  EXPECT_LE(store.use_count(), 2);
  EXPECT_EQ(live.count(), 0u);
}

TEST_P(LimitedWaitTest, ADeadlineThatIsKeptLeavesNoTimer) {
  const auto waits = [](SharedFuture<int> future) -> Task<int> {
    co_return co_await future;
  };
  for (int i = 0; i < 3; ++i) {
    Promise<int> promise(*executor_);
    const DeadlineScope scope(In(std::chrono::hours(1)));
    Future<int> future = Spawn(*executor_, waits(promise.GetFuture().Share()));
    executor_->Drain();  // it waits
    promise.SetValue(i);
    EXPECT_EQ(future.Get(), i);
  }
  EXPECT_EQ(executor_->Shutdown(OnShutdown::kDrain), 0u);
}

TEST_P(LimitedWaitTest, AnExecutorThatEndsDoesNotCountIt) {
  Future<void> future;
  {
    const DeadlineScope scope(In(std::chrono::hours(1)));
    future = Spawn(*executor_, kWaited[1].wait(never_));
  }
  executor_->Drain();
  EXPECT_EQ(executor_->Shutdown(OnShutdown::kDrain), 0u);
  EXPECT_FALSE(future.IsReady());
  promise_.SetValue();
  EXPECT_THROW(future.Get(), ShutdownError);
}

TEST_P(LimitedWaitTest, CancelledWhereItsExecutorHasEndedItSaysSo) {
  const std::unique_ptr<Executor> other = Make();
  CancellationSource source;
  Future<void> future;
  {
    const CancellationScope scope(source.token());
    future = Spawn(*other, kWaited[1].wait(never_));
  }
  other->Drain();
  executor_->Shutdown(OnShutdown::kDrain);
  source.Cancel();
  EXPECT_THROW(future.Get(), CancelledError);
}

TEST_P(LimitedWaitTest, SettlingCancellingAndTheDeadlineRace) {
  if (GetParam() == kManual) GTEST_SKIP() << "has no threads";
  for (int round = 0; round < tests::StressRounds(300); ++round) {
    Promise<int> promise(*executor_);
    CancellationSource source;
    const auto waits = [](Future<int> future) -> Task<int> {
      co_return co_await std::move(future);
    };
    Future<int> future;
    {
      const CancellationScope scope(source.token());
      const DeadlineScope late(
          round % 2 == 0 ? Deadline::In(std::chrono::microseconds(100))
                         : Deadline::Never());
      future = Spawn(*executor_, waits(promise.GetFuture()));
    }
    std::thread settler([&] { promise.SetValue(1); });
    std::thread canceller([&] { source.Cancel(); });
    try {
      EXPECT_EQ(future.Get(), 1);
    } catch (const CancelledError&) {
    } catch (const DeadlineExceededError&) {
    }
    settler.join();
    canceller.join();
  }
  executor_->Drain();
}

WEFT_EVERY_EXECUTOR(LimitedWaitTest);

}  // namespace
}  // namespace weft
