// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What hooks are told of coroutines.

#include <coroutine>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/tests/support/event_log.h"

namespace weft {
namespace {

using testing::ElementsAre;

TEST(CoroutineEventsTest, AStretchForEachResumption) {
  ManualExecutor executor;
  tests::EventLog log;
  Promise<void> promise(executor);
  log.Name(promise.async_id(), "promise");
  const auto child = [&]() -> Task<> {
    log.Add("child");
    co_return;
  };
  const auto parent = [&](Future<void> future) -> Task<> {
    log.Add("parent");
    co_await child();
    log.Add("awaited");
    co_await executor.Schedule();
    log.Add("hopped");
    co_await future;
    log.Add("end");
  };
  AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  {
    Future<void> future = Spawn(executor, parent(promise.GetFuture()));
    log.Add("spawned");
    executor.RunAll();
    promise.SetValue();
    future.Get();
  }
  hook.DisableAndWait();

  EXPECT_THAT(log.lines(),
              ElementsAre("init COROUTINE <- root", "spawned",  //
                          "before COROUTINE", "parent",
                          "init COROUTINE#2 <- COROUTINE", "after COROUTINE",
                          "before COROUTINE#2", "child", "resolve COROUTINE#2",
                          "after COROUTINE#2",  //
                          "before COROUTINE", "destroy COROUTINE#2", "awaited",
                          "after COROUTINE",                                //
                          "before COROUTINE", "hopped", "after COROUTINE",  //
                          "resolve promise",                                //
                          "before COROUTINE", "end", "resolve COROUTINE",
                          "after COROUTINE", "destroy COROUTINE"));
}

TEST(CoroutineEventsTest, OneThatThrowsSettlesToo) {
  ManualExecutor executor;
  tests::EventLog log;
  const auto throws = []() -> Task<> {
    throw std::runtime_error("x");
    co_return;
  };
  AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  EXPECT_THROW(Spawn(executor, throws()).Get(), std::runtime_error);
  hook.DisableAndWait();

  EXPECT_THAT(log.lines(), ElementsAre("init COROUTINE <- root",
                                       "before COROUTINE", "resolve COROUTINE",
                                       "after COROUTINE", "destroy COROUTINE"));
}

TEST(CoroutineEventsTest, ItsMakerIsItsTrigger) {
  ManualExecutor executor;
  tests::EventLog log;
  const auto empty = []() -> Task<> { co_return; };
  AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  executor.Submit([&] { return empty(); })
      .Then([&](Task<> task) { return Spawn(executor, std::move(task)); })
      .Get()
      .Get();
  hook.DisableAndWait();

  EXPECT_THAT(log.lines(), testing::Contains("init COROUTINE <- FUTURE_TASK"));
}

TEST(CoroutineEventsTest, WhatIsDroppedGetsADestroyOnce) {
  tests::EventLog log;
  AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  std::coroutine_handle<> handle;
  struct Give {
    std::coroutine_handle<>& to;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> given) noexcept { to = given; }
    void await_resume() const noexcept {}
  };
  const auto waits = [&]() -> Task<> { co_await Give{handle}; };
  {
    const Task<> unstarted = waits();
  }
  {
    ManualExecutor executor;
    Future<void> suspended = Spawn(executor, waits());
    executor.RunAll();
    std::thread([&] { handle.destroy(); }).join();
    EXPECT_TRUE(suspended.IsReady());
    Future<void> queued = Spawn(executor, waits());
    executor.Shutdown(OnShutdown::kStop);
  }
  hook.DisableAndWait();

  EXPECT_THAT(log.lines(),
              ElementsAre("init COROUTINE <- root", "destroy COROUTINE",  //
                          "init COROUTINE#2 <- root", "before COROUTINE#2",
                          "after COROUTINE#2", "destroy COROUTINE#2",  //
                          "init COROUTINE#3 <- root", "destroy COROUTINE#3"));
}

// Before anybody can resume it elsewhere its segment has ended.
TEST(CoroutineEventsTest, ACustomAwaitableIsCalledAfterTheStretch) {
  ManualExecutor executor;
  tests::EventLog log;
  struct Custom {
    tests::EventLog& log;
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<>) const {
      log.Add("await_suspend in " + log.NameOf(ExecutionAsyncId()));
      return false;
    }
    void await_resume() const {
      log.Add("await_resume in " + log.NameOf(ExecutionAsyncId()));
    }
  };
  const auto coroutine = [&]() -> Task<> { co_await Custom{log}; };
  AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  Spawn(executor, coroutine()).Get();
  hook.DisableAndWait();

  EXPECT_THAT(
      log.lines(),
      ElementsAre("init COROUTINE <- root", "before COROUTINE",
                  "after COROUTINE", "await_suspend in COROUTINE",
                  "before COROUTINE", "await_resume in COROUTINE",
                  "resolve COROUTINE", "after COROUTINE", "destroy COROUTINE"));
}

TEST(CoroutineEventsTest, HooksAreCalledInItsContext) {
  ManualExecutor executor;
  const AsyncLocalStorage<int> storage;
  std::vector<std::string> lines;
  const auto note = [&](std::string event) {
    return [&lines, &storage, event = std::move(event)](const ResourceEvent&) {
      const int* const store = storage.GetStore();
      lines.push_back(event + " " +
                      (store == nullptr ? "none" : std::to_string(*store)));
    };
  };
  AsyncHook hook = CreateHook({.before = note("before"),
                               .after = note("after"),
                               .destroy = note("destroy"),
                               .promise_resolve = note("resolve")})
                       .Enable();
  const auto coroutine = [&]() -> Task<> {
    const auto scope = storage.WithScope(1);
    co_await executor.Schedule();
  };
  Spawn(executor, coroutine()).Get();
  hook.DisableAndWait();

  EXPECT_THAT(lines, ElementsAre("before none", "after 1", "before 1",
                                 "resolve none", "after none", "destroy none"));
}

// The events of each id, one letter each.
class Sequences {
 public:
  HookCallbacks Callbacks() {
    const auto add = [this](char letter) {
      return [this, letter](const ResourceEvent& event) {
        Add(event.async_id(), letter);
      };
    };
    return {.init =
                [this](const InitEvent& event) {
                  if (event.type() == "COROUTINE") Add(event.async_id(), 'i');
                },
            .before = add('b'),
            .after = add('a'),
            .destroy = add('d'),
            .promise_resolve = add('r')};
  }
  std::map<AsyncId, std::string> Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::move(of_);
  }

 private:
  void Add(AsyncId id, char letter) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (letter == 'i' || of_.count(id) > 0) of_[id] += letter;
  }

  std::mutex mutex_;
  std::map<AsyncId, std::string> of_;
};

class CoroutineEventsStressTest : public EveryExecutorTest {};

// i (ba)* bra d, whoever resumes.
TEST_P(CoroutineEventsStressTest, EachIdHasItsEventsInOrder) {
  Sequences sequences;
  AsyncHook hook = CreateHook(sequences.Callbacks()).Enable();
  constexpr int kRoots = 50;
  {
    const std::unique_ptr<Executor> executor = Make();
    struct ByTask {
      Executor& on;
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> handle) const {
        on.Post([handle] { handle.resume(); });
      }
      void await_resume() const noexcept {}
    };
    const auto child = [&](const auto& self, int depth) -> Task<int> {
      if (depth == 0) co_return 1;
      co_await executor->Schedule();
      int sum = co_await self(self, depth - 1);
      co_await ByTask{*executor};
      sum += co_await executor->Submit([] { return 0; });
      sum += co_await Spawn(*executor, self(self, depth - 1));
      co_return sum;
    };
    std::vector<Future<int>> roots;
    for (int i = 0; i < kRoots; ++i) {
      roots.push_back(Spawn(*executor, child(child, 3)));
    }
    for (Future<int>& root : roots) EXPECT_EQ(root.Get(), 8);
    executor->Drain();
  }
  hook.DisableAndWait();

  const std::map<AsyncId, std::string> all = sequences.Take();
  EXPECT_EQ(all.size(), kRoots * 15u);
  for (const auto& [id, events] : all) {
    EXPECT_THAT(events, testing::MatchesRegex("i(ba)*brad"));
  }
}

WEFT_EVERY_EXECUTOR(CoroutineEventsStressTest);

}  // namespace
}  // namespace weft
