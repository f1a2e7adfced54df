// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/when_any.h"

#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/promise.h"
#include "weft/executor/when_all.h"
#include "weft/hooks/live_resources.h"
#include "weft/tests/support/counted.h"

namespace weft {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using tests::Counted;
using tests::Tally;

class WhenAnyTest : public EveryExecutorTest {};

TEST_P(WhenAnyTest, GivesTheFirstAndItsPlace) {
  const std::unique_ptr<Executor> executor = Make();
  std::vector<Promise<std::string>> promises;
  std::vector<Future<std::string>> futures;
  for (int i = 0; i < 3; ++i) {
    promises.emplace_back(*executor);
    futures.push_back(promises.back().GetFuture());
  }
  Future<AnyResult<std::string>> any = WhenAny(std::move(futures));
  executor->Drain();
  EXPECT_FALSE(any.IsReady());
  promises[1].SetValue("one");
  const AnyResult<std::string> first = any.Get();
  promises[0].SetValue("zero");
  promises[2].SetException(std::make_exception_ptr(1));

  EXPECT_EQ(first.index, 1u);
  EXPECT_EQ(first.value, "one");
}

TEST_P(WhenAnyTest, ReadyOnesDoToo) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<void> never(*executor);
  std::vector<Future<void>> futures;
  futures.push_back(never.GetFuture());
  futures.push_back(executor->Submit([] {}));
  futures.back().Wait();

  EXPECT_EQ(WhenAny(std::move(futures)).Get().index, 1u);
}

TEST_P(WhenAnyTest, OfSeveralTypesTheValueIsAVariant) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> number(*executor);
  Promise<void> nothing(*executor);
  auto any = WhenAny(number.GetFuture(), nothing.GetFuture());
  nothing.SetValue();
  const AnyResult<std::variant<int, std::monostate>> first = any.Get();
  EXPECT_EQ(first.index, 1u);
  EXPECT_EQ(first.value.index(), 1u);

  auto owner =
      WhenAny(executor->Submit([] { return std::make_unique<int>(3); })).Get();
  EXPECT_EQ(*std::get<0>(owner.value), 3);
}

TEST_P(WhenAnyTest, AFailureThatIsFirstIsThrown) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> promise(*executor);
  auto any = WhenAny(promise.GetFuture(), executor->Submit([]() -> int {
    throw std::out_of_range("far");
  }));

  EXPECT_THAT([&] { any.Get(); },
              ThrowsMessage<std::out_of_range>(HasSubstr("far")));
}

TEST_P(WhenAnyTest, ABrokenPromiseIsNamed) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> never(*executor);
  AsyncId id = kNoAsyncId;
  Future<AnyResult<std::variant<int, int>>> any;
  {
    Promise<int> promise(*executor);
    id = promise.async_id();
    any = WhenAny(never.GetFuture(), promise.GetFuture());
  }

  EXPECT_THAT([&] { any.Get(); },
              ThrowsMessage<BrokenPromiseError>(HasSubstr(std::to_string(id))));
}

TEST_P(WhenAnyTest, MisuseNamesTheArgument) {
  const std::unique_ptr<Executor> executor = Make();
  EXPECT_THAT([] { WhenAny(std::vector<Future<int>>()).Get(); },
              ThrowsMessage<std::invalid_argument>(
                  HasSubstr("WhenAny: futures is empty")));
  EXPECT_THAT([&] { WhenAny(executor->Submit([] {}), Future<int>()).Get(); },
              ThrowsMessage<std::invalid_argument>(
                  HasSubstr("WhenAny: futures[1] has no result")));
}

TEST_P(WhenAnyTest, AllDroppedIsAnError) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> promise(*executor);
  std::vector<Future<int>> futures;
  futures.push_back(promise.GetFuture());
  Future<AnyResult<int>> any = WhenAny(std::move(futures));
  executor->Shutdown(OnShutdown::kStop);
  promise.SetValue(1);

  EXPECT_THROW(any.Get(), ShutdownError);
}

TEST_P(WhenAnyTest, InACancelledOrLateFlowItGivesTheFirstNevertheless) {
  const std::unique_ptr<Executor> executor = Make();
  for (const bool is_late : {false, true}) {
    Promise<int> reply(*executor);
    Promise<int> never(*executor);
    CancellationSource client;
    Future<AnyResult<int>> any;
    {
      const CancellationScope scope(client.token());
      const DeadlineScope late(is_late
                                   ? Deadline::At(Deadline::Clock::time_point())
                                   : Deadline::Never());
      std::vector<Future<int>> futures;
      futures.push_back(never.GetFuture());
      futures.push_back(reply.GetFuture());
      any = WhenAny(std::move(futures));
    }
    if (!is_late) client.Cancel();
    reply.SetValue(1);
    EXPECT_EQ(any.Get().index, 1u);
  }
  executor->Drain();
  EXPECT_EQ(executor->stats().dropped.cancelled, 0u);
  EXPECT_EQ(executor->stats().dropped.expired, 0u);
}

// ----- What is left of a race -----

// Races run against a promise that is settled when all are over.
class RaceTest : public EveryExecutorTest {
 protected:
  ~RaceTest() override { Stop(); }

  void Stop() {
    if (!std::exchange(is_stopped_, true)) stop_.SetValue();
    executor_->Drain();
  }

  // A race that is won by a task.
  AnyResult<int> RunAgainst(Future<int> loser) {
    std::vector<Future<int>> race;
    race.push_back(executor_->Submit([] { return 1; }));
    race.push_back(std::move(loser));
    return WhenAny(std::move(race)).Get();
  }

  const std::unique_ptr<Executor> executor_ = Make();
  bool is_stopped_ = false;
  Promise<void> stop_{*executor_};
  const SharedFuture<void> stopping_ = stop_.GetFuture().Share();
};

TEST_P(RaceTest, NothingOfItIsKeptByWhatItWasRunAgainst) {
  const AsyncLocalStorage<std::shared_ptr<int>> request;
  const auto store = std::make_shared<int>(0);
  const std::function<Future<int>()> losers[] = {
      [&] { return stopping_.Then([store] { return 2; }); },
      [&] { return stopping_.Then([store] {}).Then([store] { return 2; }); },
      [&] {
        std::vector<Future<int>> inner;
        inner.push_back(stopping_.Then([store] { return 2; }));
        inner.push_back(stopping_.Then([store] { return 3; }));
        return WhenAny(std::move(inner)).Then([](AnyResult<int> first) {
          return first.value;
        });
      },
      [&] {
        return WhenAll(stopping_.Then([store] {}), executor_->Submit([] {}))
            .Then([store](auto) { return 2; });
      },
  };
  LiveResources live;
  for (const auto& loser : losers) {
    for (int i = 0; i < 100; ++i) {
      request.Run(store, [&] { EXPECT_EQ(RunAgainst(loser()).value, 1); });
    }
    executor_->Drain();
    EXPECT_LE(store.use_count(), 2);  // one may lie in a cache
    EXPECT_EQ(live.count(), 0u);
  }
}

TEST_P(RaceTest, ALoserThatWaitsIsNotCalled) {
  bool is_called = false;
  RunAgainst(stopping_.Then([&] {
    is_called = true;
    return 2;
  }));
  Stop();
  EXPECT_FALSE(is_called);
}

TEST_P(RaceTest, WhatOthersSeeGoesOn) {
  int calls = 0;
  Promise<void> promise(*executor_);
  // A continuation that nobody races, and one whose future others have, too.
  Future<void> kept = stopping_.Then([&] { ++calls; });
  const SharedFuture<int> shared =
      promise.GetFuture().Then([&] { return ++calls; }).Share();
  RunAgainst(shared.Then([](int i) { return i; }));
  promise.SetValue();
  EXPECT_EQ(shared.Get(), 1);
  EXPECT_FALSE(kept.IsReady());
  Stop();
  EXPECT_EQ(calls, 2);
}

TEST_P(RaceTest, ALoserThatWasBegunGoesOn) {
  Promise<int> promise(*executor_);
  bool has_ended = false;
  const auto waits = [&](Future<int> future) -> Task<int> {
    const int value = co_await std::move(future);
    has_ended = true;
    co_return value;
  };
  RunAgainst(Spawn(*executor_, waits(promise.GetFuture())));
  promise.SetValue(2);
  executor_->Drain();
  EXPECT_TRUE(has_ended);
}

// Each of them waits for one other, and giving up the last gives up all.
TEST_P(RaceTest, ALoserThatIsAChainOfRacesCostsNoStack) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> never(*executor);
  Promise<int> first(*executor);
  Tally tally;
  Future<int> loser = never.GetFuture();
  for (int i = 0; i < 50'000; ++i) {
    std::vector<Future<int>> one;
    one.push_back(std::move(loser));
    loser = WhenAny(std::move(one))
                .Then([kept = Counted(tally)](AnyResult<int> any) {
                  return any.value;
                });
  }
  std::vector<Future<int>> both;
  both.push_back(std::move(loser));
  both.push_back(first.GetFuture());
  Future<AnyResult<int>> any = WhenAny(std::move(both));
  first.SetValue(1);
  EXPECT_EQ(any.Get().index, 1u);
  executor->Drain();
  EXPECT_EQ(tally.live(), 0);
}

WEFT_EVERY_EXECUTOR(RaceTest);
WEFT_OTHER_EXECUTORS(RaceTest);

TEST_P(WhenAnyTest, CoroutinesRace) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> never(*executor);
  const auto waits = [](Future<int> future) -> Task<int> {
    co_return co_await future;
  };
  const auto hops = [](Executor& on) -> Task<int> {
    co_await on.Schedule();
    co_return 2;
  };
  std::vector<Task<int>> tasks;
  tasks.push_back(waits(never.GetFuture()));
  tasks.push_back(hops(*executor));

  const AnyResult<int> first = WhenAny(*executor, std::move(tasks)).Get();
  EXPECT_EQ(first.index, 1u);
  EXPECT_EQ(first.value, 2);
  never.SetValue(1);
  executor->Drain();
}

WEFT_EVERY_EXECUTOR(WhenAnyTest);
WEFT_OTHER_EXECUTORS(WhenAnyTest);

TEST(WhenAnyStressTest, ManyThreadsSettleAtOnce) {
  Executor executor;
  for (int round = 0; round < 100; ++round) {
    std::vector<Promise<int>> promises;
    std::vector<Future<int>> futures;
    for (int i = 0; i < 4; ++i) {
      promises.emplace_back(executor);
      futures.push_back(promises.back().GetFuture());
    }
    Future<AnyResult<int>> any = WhenAny(std::move(futures));
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < promises.size(); ++i) {
      threads.emplace_back(
          [&, i] { promises[i].SetValue(static_cast<int>(i)); });
    }
    const AnyResult<int> first = any.Get();
    EXPECT_EQ(first.index, static_cast<std::size_t>(first.value));
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace
}  // namespace weft
