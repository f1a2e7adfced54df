// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Generators, and coroutines that nobody waits for.

#include "weft/executor/async_generator.h"

#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/promise.h"
#include "weft/executor/shutdown.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/tests/support/counted.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pointee;
using testing::ThrowsMessage;
using tests::Counted;
using tests::Tally;

class AsyncGeneratorTest : public EveryExecutorTest {};
class SpawnDetachedTest : public EveryExecutorTest {};

AsyncGenerator<int> UpTo(Executor& executor, int end) {
  for (int i = 0; i < end; ++i) {
    if (i % 2 == 0) co_await executor.Schedule();
    co_yield i;
  }
}

TEST_P(AsyncGeneratorTest, YieldsItsValuesAndThenNothing) {
  const std::unique_ptr<Executor> executor = Make();
  const auto consume = [&]() -> Task<std::vector<int>> {
    auto numbers = UpTo(*executor, 5);
    EXPECT_NE(numbers.async_id(), kNoAsyncId);
    std::vector<int> all;
    while (const std::optional<int> number = co_await numbers.Next()) {
      all.push_back(*number);
    }
    EXPECT_EQ(numbers.async_id(), kNoAsyncId);
    EXPECT_EQ(co_await numbers.Next(), std::nullopt);
    AsyncGenerator<int> none;
    EXPECT_EQ(co_await none.Next(), std::nullopt);
    co_return all;
  };
  EXPECT_THAT(Spawn(*executor, consume()).Get(), ElementsAre(0, 1, 2, 3, 4));
}

TEST_P(AsyncGeneratorTest, YieldsWhatBracesMake) {
  const std::unique_ptr<Executor> executor = Make();
  const auto pairs = []() -> AsyncGenerator<std::pair<int, std::string>> {
    co_yield {1, "one"};
    co_yield {};
  };
  const auto consume = [&]() -> Task<> {
    auto all = pairs();
    EXPECT_EQ((co_await all.Next())->second, "one");
    EXPECT_EQ((co_await all.Next())->first, 0);
    EXPECT_EQ(co_await all.Next(), std::nullopt);
  };
  Spawn(*executor, consume()).Get();
}

// Neither sees what the other enters, whoever asks.
TEST_P(AsyncGeneratorTest, KeepsItsContextAndItsConsumersTheirs) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::string> storage;
  const auto generate = [&]() -> AsyncGenerator<std::string> {
    co_yield *storage.GetStore();
    const auto scope = storage.WithScope("inside");
    co_yield *storage.GetStore();
    co_await executor->Schedule();
    co_yield *storage.GetStore() + std::to_string(ExecutionAsyncId() != 0);
  };
  const auto consume = [&]() -> Task<std::vector<std::string>> {
    auto values = storage.Run("made", generate);
    std::vector<std::string> all;
    for (const char* asking : {"one", "two", "three"}) {
      const auto scope = storage.WithScope(asking);
      const AsyncId id = ExecutionAsyncId();
      all.push_back(*co_await values.Next());
      EXPECT_EQ(*storage.GetStore(), asking);
      EXPECT_EQ(ExecutionAsyncId(), id);
    }
    co_return all;
  };
  EXPECT_THAT(Spawn(*executor, consume()).Get(),
              ElementsAre("made", "inside", "inside1"));
}

TEST_P(AsyncGeneratorTest, ItsExceptionComesOnceAndItHasEnded) {
  const std::unique_ptr<Executor> executor = Make();
  const auto generate = []() -> AsyncGenerator<int> {
    co_yield 1;
    throw std::runtime_error("no");
  };
  const auto consume = [&]() -> Task<std::string> {
    auto values = generate();
    EXPECT_EQ(co_await values.Next(), 1);
    std::string what;
    try {
      co_await values.Next();
    } catch (const std::runtime_error& error) {
      what = error.what();
    }
    EXPECT_EQ(co_await values.Next(), std::nullopt);
    co_return what;
  };
  EXPECT_EQ(Spawn(*executor, consume()).Get(), "no");
}

// What it holds dies in its own context, where it is dropped.
TEST_P(AsyncGeneratorTest, MayBeDroppedBeforeAndBetween) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  Tally tally;
  std::vector<int> died_in;
  struct Note {
    const AsyncLocalStorage<int>& storage;
    std::vector<int>& died_in;
    ~Note() { died_in.push_back(*storage.GetStore()); }
  };
  const auto generate = [&](Counted) -> AsyncGenerator<int> {
    const auto scope = storage.WithScope(2);
    const Note note{storage, died_in};
    co_yield 1;
    co_yield 2;
  };
  const auto consume = [&]() -> Task<> {
    const auto scope = storage.WithScope(1);
    {
      const auto unused = generate(Counted(tally));
    }
    EXPECT_EQ(tally.live(), 0);
    auto values = generate(Counted(tally));
    EXPECT_EQ(co_await values.Next(), 1);
    values = {};
    EXPECT_EQ(tally.live(), 0);
    EXPECT_THAT(storage.GetStore(), Pointee(1));
  };
  Spawn(*executor, consume()).Get();
  EXPECT_THAT(died_in, ElementsAre(2));
}

TEST_P(AsyncGeneratorTest, IsACoroutineToHooksWithASegmentForEachValue) {
  const std::unique_ptr<Executor> executor = Make();
  std::mutex mutex;
  std::vector<std::string> log;
  AsyncId generator = kNoAsyncId;
  const auto note = [&](const char* what) {
    return [&, what](const auto& event) {
      const std::lock_guard lock(mutex);
      if (event.async_id() == generator) log.push_back(what);
    };
  };
  const AsyncHook hook = CreateHook({.before = note("before"),
                                     .after = note("after"),
                                     .destroy = note("destroy"),
                                     .promise_resolve = note("resolve")})
                             .Enable();
  const auto generate = []() -> AsyncGenerator<int> { co_yield 1; };
  const auto consume = [&]() -> Task<> {
    auto values = generate();
    {
      const std::lock_guard lock(mutex);
      generator = values.async_id();
    }
    co_await values.Next();
    co_await values.Next();
  };
  Spawn(*executor, consume()).Get();
  EXPECT_THAT(log, ElementsAre("before", "after", "before", "resolve", "after",
                               "destroy"));
}

// 100,000 values take no more stack than one.
TEST_P(AsyncGeneratorTest, ManyValuesUseNoStack) {
  const std::unique_ptr<Executor> executor = Make();
  const auto generate = []() -> AsyncGenerator<int> {
    for (int i = 0; i < 100'000; ++i) co_yield i;
  };
  const auto consume = [&]() -> Task<long> {
    auto values = generate();
    long sum = 0;
    while (const std::optional<int> value = co_await values.Next()) {
      sum += *value;
    }
    co_return sum;
  };
  EXPECT_EQ(Spawn(*executor, consume()).Get(), 4'999'950'000);
}

TEST_P(AsyncGeneratorTest, ASecondConsumerIsToldSoAndTheFirstGetsTheValue) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<void> promise(*executor);
  const SharedFuture<void> go_on = promise.GetFuture().Share();
  const auto generate = [&]() -> AsyncGenerator<int> {
    co_await go_on;
    co_yield 1;
    co_yield 2;
  };
  AsyncGenerator<int> values = generate();
  const auto ask = [&]() -> Task<std::optional<int>> {
    co_return co_await values.Next();
  };
  Future<std::optional<int>> first = Spawn(*executor, ask());
  executor->Drain();
  EXPECT_THAT([&] { Spawn(*executor, ask()).Get(); },
              ThrowsMessage<std::logic_error>(
                  testing::HasSubstr("AsyncGenerator::Next: the generator is "
                                     "being asked already")));
  promise.SetValue();
  EXPECT_EQ(first.Get(), 1);
  EXPECT_EQ(Spawn(*executor, ask()).Get(), 2);
  EXPECT_EQ(Spawn(*executor, ask()).Get(), std::nullopt);
}

TEST_P(AsyncGeneratorTest, AShutdownReachesItAndItsConsumer) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<void> promise(*executor);
  const SharedFuture<void> never = promise.GetFuture().Share();
  const auto generate = [&]() -> AsyncGenerator<int> {
    co_await never;
    co_yield 1;
  };
  const auto consume = [&]() -> Task<> {
    auto values = generate();
    co_await values.Next();
  };
  Future<void> consumed = Spawn(*executor, consume());
  executor->Drain();
  executor->Shutdown(OnShutdown::kStop);
  promise.SetValue();
  EXPECT_THROW(consumed.Get(), ShutdownError);
}

TEST_P(SpawnDetachedTest, OnlyFailuresAreToldToTheHandler) {
  std::mutex mutex;
  std::vector<std::string> failures;
  ExecutorOptions options;
  options.on_unhandled_exception = [&](std::exception_ptr exception) {
    const std::lock_guard lock(mutex);
    try {
      std::rethrow_exception(exception);
    } catch (const std::exception& error) {
      failures.push_back(error.what());
    }
  };
  Tally tally;
  {
    const std::unique_ptr<Executor> executor = Make(options);
    CancellationSource source;
    const auto good = [](Counted) -> Task<int> { co_return 1; };
    const auto bad = [](Counted) -> Task<> {
      throw std::runtime_error("no");
      co_return;
    };
    SpawnDetached(*executor, good(Counted(tally)));
    SpawnDetached(*executor, bad(Counted(tally)));
    source.Cancel();
    {
      const CancellationScope scope(source.token());
      SpawnDetached(*executor, bad(Counted(tally)));
    }
    executor->Drain();
    EXPECT_EQ(tally.live(), 0);
    executor->Shutdown(OnShutdown::kDrain);
    EXPECT_THROW(SpawnDetached(*executor, good(Counted(tally))), ShutdownError);
    EXPECT_THROW(SpawnDetached(*executor, Task<>()), std::invalid_argument);
  }
  EXPECT_THAT(failures, ElementsAre("no"));
  EXPECT_EQ(tally.live(), 0);
}

WEFT_EVERY_EXECUTOR(AsyncGeneratorTest);
WEFT_OTHER_EXECUTORS(AsyncGeneratorTest);
WEFT_EVERY_EXECUTOR(SpawnDetachedTest);
WEFT_OTHER_EXECUTORS(SpawnDetachedTest);

}  // namespace
}  // namespace weft
