// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/when_all.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/tests/support/event_log.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

class WhenAllTest : public EveryExecutorTest {};

TEST_P(WhenAllTest, GivesAllResultsInTheirOrder) {
  const std::unique_ptr<Executor> executor = Make();
  int variable = 0;
  auto [number, owner, nothing, reference] =
      WhenAll(executor->Submit([] { return 1; }),
              executor->Submit([] { return std::make_unique<int>(2); }),
              executor->Submit([] {}),
              executor->Submit([&]() -> int& { return variable; }))
          .Get();
  EXPECT_EQ(number, 1);
  EXPECT_EQ(*owner, 2);
  EXPECT_EQ(nothing, std::monostate());
  EXPECT_EQ(&reference, &variable);

  std::vector<Future<int>> numbers;
  std::vector<Future<void>> nothings;
  for (int i = 0; i < 100; ++i) {
    numbers.push_back(executor->Submit([i] { return i; }));
    nothings.push_back(executor->Submit([] {}));
  }
  const std::vector<int> all = WhenAll(std::move(numbers)).Get();
  ASSERT_EQ(all.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(all[static_cast<std::size_t>(i)], i);
  WhenAll(std::move(nothings)).Get();
}

TEST_P(WhenAllTest, WaitsForAllAndThrowsTheFirstInTheirOrder) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> first(*executor);
  Promise<int> second(*executor);
  Promise<int> third(*executor);
  Future<std::tuple<int, int, int>> all =
      WhenAll(first.GetFuture(), second.GetFuture(), third.GetFuture());
  third.SetException(std::make_exception_ptr(std::out_of_range("third")));
  first.SetValue(1);
  executor->Drain();
  EXPECT_FALSE(all.IsReady());
  second.SetException(std::make_exception_ptr(std::out_of_range("second")));

  EXPECT_THAT([&] { all.Get(); },
              ThrowsMessage<std::out_of_range>(HasSubstr("second")));
}

TEST_P(WhenAllTest, ABrokenPromiseIsNamed) {
  const std::unique_ptr<Executor> executor = Make();
  std::vector<Future<int>> futures;
  AsyncId id = kNoAsyncId;
  {
    Promise<int> promise(*executor);
    id = promise.async_id();
    futures.push_back(promise.GetFuture());
  }

  EXPECT_THAT([&] { WhenAll(std::move(futures)).Get(); },
              ThrowsMessage<BrokenPromiseError>(HasSubstr(std::to_string(id))));
}

TEST_P(WhenAllTest, OfNothingIsReadyIfItIsSaidWhoseItIs) {
  const std::unique_ptr<Executor> executor = Make();
  Future<std::vector<int>> none =
      WhenAll(*executor, std::vector<Future<int>>());
  EXPECT_TRUE(none.IsReady());
  EXPECT_THAT(none.Get(), IsEmpty());
  WhenAll(*executor, std::vector<Future<void>>()).Get();

  EXPECT_THAT([] { WhenAll(std::vector<Future<int>>()).Get(); },
              ThrowsMessage<std::invalid_argument>(
                  HasSubstr("WhenAll: futures is empty")));
}

TEST_P(WhenAllTest, AFutureWithoutAResultIsNamed) {
  const std::unique_ptr<Executor> executor = Make();
  EXPECT_THAT([&] { WhenAll(executor->Submit([] {}), Future<int>()).Get(); },
              ThrowsMessage<std::invalid_argument>(
                  HasSubstr("WhenAll: futures[1] has no result")));
  std::vector<Future<void>> futures(3);
  futures[0] = executor->Submit([] {});
  futures[2] = executor->Submit([] {});
  EXPECT_THAT([&] { WhenAll(std::move(futures)).Get(); },
              ThrowsMessage<std::invalid_argument>(
                  HasSubstr("WhenAll: futures[1] has no result")));
}

TEST_P(WhenAllTest, IsWaitedForInsideATaskThatKeepsItsContext) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  executor
      ->Submit([&] {
        const auto scope = storage.WithScope(1);
        const AsyncId id = ExecutionAsyncId();
        std::vector<Future<int>> futures;
        for (int i = 0; i < 20; ++i) {
          futures.push_back(executor->Submit([&, i] {
            EXPECT_EQ(*storage.GetStore(), 1);
            storage.EnterWith(100 + i);
            return i;
          }));
        }
        EXPECT_EQ(WhenAll(std::move(futures)).Get().size(), 20u);
        EXPECT_EQ(*storage.GetStore(), 1);
        EXPECT_EQ(ExecutionAsyncId(), id);
      })
      .Get();
}

TEST_P(WhenAllTest, CoroutinesAreStartedAndAwaited) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  const auto child = [&](int number) -> Task<int> {
    const auto scope = storage.WithScope(*storage.GetStore() + number);
    co_await executor->Schedule();
    co_return *storage.GetStore();
  };
  const auto nothing = []() -> Task<> { co_return; };
  const auto parent = [&]() -> Task<int> {
    const auto scope = storage.WithScope(10);
    auto [one, two, none] =
        co_await WhenAll(*executor, child(1), child(2), nothing());
    static_cast<void>(none);
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(child(i));
    std::vector<int> all = co_await WhenAll(*executor, std::move(tasks));
    EXPECT_THAT(all, ElementsAre(10, 11, 12, 13, 14));
    EXPECT_EQ(*storage.GetStore(), 10);
    co_return one + two;
  };

  EXPECT_EQ(Spawn(*executor, parent()).Get(), 23);
}

TEST_P(WhenAllTest, AContinuationDroppedIsAnError) {
  const std::unique_ptr<Executor> executor = Make();
  const std::unique_ptr<Executor> stopped = Make();
  Promise<int> promise(*stopped);
  Future<std::tuple<int, int>> all =
      WhenAll(executor->Submit([] { return 1; }), promise.GetFuture());
  stopped->Shutdown(OnShutdown::kStop);
  promise.SetValue(2);
  all.Wait();
  // The result was there, it is only not told of by the one that was dropped.
  EXPECT_EQ(all.Get(), std::tuple(1, 2));

  EXPECT_THROW(WhenAll(Promise<int>(*stopped).GetFuture()).Get(),
               ShutdownError);
}

WEFT_EVERY_EXECUTOR(WhenAllTest);

TEST(WhenAllEventsTest, OnePromiseAndAContinuationEach) {
  ManualExecutor executor;
  tests::EventLog log;
  AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  {
    Future<void> first = executor.Submit([&] { log.Add("first"); });
    Future<void> second = executor.Submit([] {});
    Future<std::tuple<std::monostate, std::monostate>> all =
        WhenAll(std::move(first), std::move(second));
    all.Get();
  }
  hook.DisableAndWait();

  EXPECT_THAT(
      log.lines(),
      ElementsAre(
          "init FUTURE_TASK <- root", "init FUTURE_TASK#2 <- root",
          "init PROMISE <- root", "init CONTINUATION <- FUTURE_TASK",
          "init CONTINUATION#2 <- FUTURE_TASK#2", "before FUTURE_TASK", "first",
          "resolve FUTURE_TASK", "after FUTURE_TASK", "destroy FUTURE_TASK",
          "before CONTINUATION", "resolve CONTINUATION", "after CONTINUATION",
          "destroy CONTINUATION", "before FUTURE_TASK#2",
          "resolve FUTURE_TASK#2", "after FUTURE_TASK#2",
          "destroy FUTURE_TASK#2", "before CONTINUATION#2", "resolve PROMISE",
          "resolve CONTINUATION#2", "after CONTINUATION#2",
          "destroy CONTINUATION#2", "destroy PROMISE"));
}

// A continuation whose future is done behaves as one that waits.
TEST(WhenAllEventsTest, AReadyInputIsAsOneThatIsWaitedFor) {
  const auto events = [](bool ready) {
    ManualExecutor executor;
    const AsyncLocalStorage<int> storage;
    tests::EventLog log;
    Promise<int> promise(executor);
    log.Name(promise.async_id(), "input");
    Future<int> input = promise.GetFuture();
    if (ready) promise.SetValue(1);
    AsyncHook hook = CreateHook(log.Callbacks()).Enable();
    {
      Future<int> then;
      storage.Run(5, [&] {
        then = std::move(input).Then([&](int value) {
          log.Add("then in " + std::to_string(*storage.GetStore()) + " of " +
                  log.NameOf(TriggerAsyncId()));
          return value;
        });
      });
      hook.Disable();
      if (!ready) promise.SetValue(1);
      hook.Enable();
      EXPECT_EQ(then.Get(), 1);
    }
    hook.DisableAndWait();
    return log.lines();
  };

  EXPECT_EQ(events(true), events(false));
  EXPECT_THAT(events(true),
              ElementsAre("init CONTINUATION <- input", "before CONTINUATION",
                          "then in 5 of input", "resolve CONTINUATION",
                          "after CONTINUATION", "destroy CONTINUATION"));
}

}  // namespace
}  // namespace weft
