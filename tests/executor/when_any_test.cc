// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/when_any.h"

#include <exception>
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
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/promise.h"

namespace weft {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

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
