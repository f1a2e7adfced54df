// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Node's tests of async functions, as coroutines.

#include <coroutine>
#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/coroutine.h"
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
using testing::IsNull;
using testing::Pointee;

class NodeCoroutinesTest : public EveryExecutorTest {};

// Node: test/async-hooks/test-async-local-storage-async-await.js
TEST_P(NodeCoroutinesTest, AsyncAwait) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::string> storage;
  const auto child = [&]() -> Task<> {
    EXPECT_THAT(storage.GetStore(), Pointee(std::string("run")));
    co_await executor->Schedule();
    EXPECT_THAT(storage.GetStore(), Pointee(std::string("run")));
  };
  const auto caller = [&]() -> Task<> {
    co_await storage.Run("run", child);
    EXPECT_THAT(storage.GetStore(), IsNull());
    co_await executor->Schedule();
    EXPECT_THAT(storage.GetStore(), IsNull());
  };

  Spawn(*executor, caller()).Get();
}

// Node: test/async-hooks/test-async-local-storage-async-functions.js
TEST_P(NodeCoroutinesTest, AsyncFunctions) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::string> storage;
  const auto child = [&]() -> Task<> {
    EXPECT_THAT(storage.GetStore(), IsNull());
    co_await executor->Schedule();
    EXPECT_THAT(storage.GetStore(), IsNull());
  };
  const auto caller = [&]() -> Task<> {
    co_await executor->Schedule();
    co_await storage.Exit(child);
    EXPECT_THAT(storage.GetStore(), Pointee(std::string("run")));
  };

  storage.Run("run", [&] { return Spawn(*executor, caller()); }).Get();
}

// Node: test/parallel/test-async-local-storage-enter-with.js, where what is
// entered before the first suspension reaches the caller.
TEST_P(NodeCoroutinesTest, EnterWith) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  const auto callee = [&]() -> Task<> {
    storage.EnterWith(1);
    EXPECT_THAT(storage.GetStore(), Pointee(1));
    co_await executor->Schedule();
    EXPECT_THAT(storage.GetStore(), Pointee(1));
    storage.EnterWith(2);
    co_await executor->Schedule();
    EXPECT_THAT(storage.GetStore(), Pointee(2));
  };
  const auto caller = [&]() -> Task<> {
    Task<> made = callee();
    EXPECT_THAT(storage.GetStore(), IsNull());
    co_await std::move(made);
    EXPECT_THAT(storage.GetStore(), IsNull());
    storage.EnterWith(3);
    co_await callee();
    EXPECT_THAT(storage.GetStore(), Pointee(3));
  };

  Spawn(*executor, caller()).Get();
  EXPECT_THAT(storage.GetStore(), IsNull());
}

// Node: test/async-hooks/test-async-local-storage-thenable.js
TEST_P(NodeCoroutinesTest, Thenable) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  struct Thenable {
    const AsyncLocalStorage<int>& storage;
    Executor& executor;
    AsyncId id;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) const {
      EXPECT_THAT(storage.GetStore(), Pointee(1));
      EXPECT_EQ(ExecutionAsyncId(), id);
      storage.EnterWith(9);  // ends with this call
      executor.Post([handle] { handle.resume(); });
    }
    int await_resume() const { return *storage.GetStore(); }
  };
  const auto coroutine = [&]() -> Task<> {
    const auto scope = storage.WithScope(1);
    const AsyncId id = ExecutionAsyncId();
    EXPECT_EQ(co_await (Thenable{storage, *executor, id}), 1);
    EXPECT_THAT(storage.GetStore(), Pointee(1));
    EXPECT_EQ(ExecutionAsyncId(), id);
  };

  Spawn(*executor, coroutine()).Get();
  executor->Drain();
}

// Node: test/async-hooks/test-async-local-storage-promises.js
TEST_P(NodeCoroutinesTest, Promises) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  const auto outer = [&]() -> Task<> {
    Future<void> continued = storage.Run(1, [&] {
      return executor->Submit([] { return 42; }).Then([&](int value) {
        EXPECT_EQ(value, 42);
        EXPECT_THAT(storage.GetStore(), Pointee(1));
      });
    });
    EXPECT_THAT(storage.GetStore(), IsNull());
    co_await continued;
    EXPECT_THAT(storage.GetStore(), IsNull());
  };

  Spawn(*executor, outer()).Get();
}

WEFT_EVERY_EXECUTOR(NodeCoroutinesTest);

// Node: test/async-hooks/test-async-await.js
TEST(NodeCoroutinesHooksTest, EveryBeforeHasAnAfterAndResolveComesBetween) {
  ManualExecutor executor;
  tests::EventLog log;
  const auto sleep = [&]() -> Task<> { co_await executor.Schedule(); };
  const auto main = [&]() -> Task<> { co_await sleep(); };
  AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  Spawn(executor, main()).Get();
  hook.DisableAndWait();

  EXPECT_THAT(log.lines(),
              ElementsAre("init COROUTINE <- root", "before COROUTINE",
                          "init COROUTINE#2 <- COROUTINE", "after COROUTINE",
                          "before COROUTINE#2", "after COROUTINE#2",
                          "before COROUTINE#2", "resolve COROUTINE#2",
                          "after COROUTINE#2", "before COROUTINE",
                          "destroy COROUTINE#2", "resolve COROUTINE",
                          "after COROUTINE", "destroy COROUTINE"));
}

}  // namespace
}  // namespace weft
