// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Node's tests of promises under hooks and storages. Where Node has one promise
// for what then() returns and what it runs, Weft has a continuation.

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/tests/support/event_log.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsNull;
using testing::Pointee;
using tests::EventLog;

// A settled promise, as Node's `Promise.resolve()`.
Future<int> Resolved(Executor& executor, int value) {
  Promise<int> promise(executor);
  promise.SetValue(value);
  return promise.GetFuture();
}

// Node: test/async-hooks/test-promise.js
TEST(NodePromisesTest, Promise) {
  ManualExecutor executor;
  EventLog log;
  {
    const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
    Future<int> parent = Resolved(executor, 5);
    static_cast<void>(std::move(parent).Then([&](int value) {
      EXPECT_EQ(value, 5);
      log.Add("then");
    }));
    EXPECT_THAT(log.lines(),
                ElementsAre("init PROMISE <- root", "resolve PROMISE",
                            "init CONTINUATION <- PROMISE"));
    executor.RunAll();
  }
  EXPECT_THAT(log.lines(),
              ElementsAre("init PROMISE <- root", "resolve PROMISE",
                          "init CONTINUATION <- PROMISE", "before CONTINUATION",
                          "then", "destroy PROMISE", "resolve CONTINUATION",
                          "after CONTINUATION", "destroy CONTINUATION"));
}

// Node: test/async-hooks/test-promise.promise-before-init-hooks.js
// The promise has its id all along, hooks or none.
TEST(NodePromisesTest, PromiseBeforeInitHooks) {
  ManualExecutor executor;
  EventLog log;
  Promise<int> promise(executor);
  const AsyncId id = promise.async_id();
  EXPECT_NE(id, kNoAsyncId);
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  AsyncId trigger = kNoAsyncId;
  Future<void> next = promise.GetFuture().Then([&](int value) {
    EXPECT_EQ(value, 5);
    trigger = TriggerAsyncId();
  });
  promise.SetValue(5);
  executor.RunAll();
  EXPECT_EQ(trigger, id);
  EXPECT_THAT(log.lines(),
              ElementsAre("init CONTINUATION <- ?", "resolve ?",
                          "before CONTINUATION", "resolve CONTINUATION",
                          "after CONTINUATION", "destroy CONTINUATION"));
}

// Node: test/async-hooks/test-promise.chain-promise-before-init-hooks.js
// Node: test/parallel/test-async-wrap-promise-after-enabled.js
// A continuation from before the hook: no init, but all that follows.
TEST(NodePromisesTest, ChainPromiseBeforeInitHooks) {
  ManualExecutor executor;
  EventLog log;
  Promise<int> promise(executor);
  promise.SetValue(5);
  static_cast<void>(promise.GetFuture().Then([&](int) { log.Add("then"); }));
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  executor.RunAll();
  EXPECT_THAT(log.lines(), ElementsAre("before ?", "then", "resolve ?",
                                       "after ?", "destroy ?"));
}

// Node: test/parallel/test-async-hooks-promise.js
// Node: test/parallel/test-async-hooks-promise-triggerid.js
// A promise is triggered by who makes it, a continuation by its parent.
TEST(NodePromisesTest, TriggerId) {
  ManualExecutor executor;
  std::vector<AsyncId> ids;
  const AsyncHook hook =
      CreateHook({.init =
                      [&](const InitEvent& event) {
                        EXPECT_EQ(event.trigger_async_id(),
                                  ids.empty() ? kMainAsyncId : ids.back());
                        ids.push_back(event.async_id());
                      },
                  .before =
                      [&](const BeforeEvent& event) {
                        EXPECT_EQ(event.async_id(), ids[1]);
                      },
                  .after =
                      [&](const AfterEvent& event) {
                        EXPECT_EQ(event.async_id(), ids[1]);
                      }})
          .Enable();
  static_cast<void>(Resolved(executor, 42).Then([&](int) {
    EXPECT_EQ(ExecutionAsyncId(), ids[1]);
    EXPECT_EQ(TriggerAsyncId(), ids[0]);
    static_cast<void>(Resolved(executor, 10));
  }));
  executor.RunAll();
  EXPECT_EQ(ids.size(), 3u);
}

// Node: test/parallel/test-async-hooks-promise-enable-disable.js
TEST(NodePromisesTest, EnableDisable) {
  ManualExecutor executor;
  int inits = 0;
  AsyncHook hook = CreateHook({.init = [&](const InitEvent&) { ++inits; }},
                              {.types = {"PROMISE"}})
                       .Enable();
  hook.Disable().Disable();
  Future<int> last = Resolved(executor, 42)
                         .Then([&](int value) {
                           hook.Enable().Enable();
                           Future<int> inner = Resolved(executor, value);
                           hook.Disable();
                           return inner.Get();
                         })
                         .Then([&](int value) {
                           static_cast<void>(Resolved(executor, value));
                           hook.Enable();
                           Future<int> inner = Resolved(executor, value);
                           hook.Disable();
                           return inner.Get();
                         });
  EXPECT_EQ(last.Get(), 42);
  EXPECT_EQ(inits, 2);
}

// Node: test/parallel/test-async-hooks-enable-during-promise.js
TEST(NodePromisesTest, EnableDuringPromise) {
  ManualExecutor executor;
  EventLog log;
  AsyncHook hook = CreateHook(log.Callbacks());
  static_cast<void>(Resolved(executor, 1).Then([&](int) {
    log.Name(ExecutionAsyncId(), "first");
    hook.Enable();
    executor.Defer([] {});
  }));
  executor.RunAll();
  EXPECT_THAT(log.lines(), ElementsAre("init DEFERRED <- first", "destroy ?",
                                       "resolve first", "after first",
                                       "destroy first", "before DEFERRED",
                                       "after DEFERRED", "destroy DEFERRED"));
}

// Node: test/parallel/test-async-hooks-disable-during-promise.js
TEST(NodePromisesTest, DisableDuringPromise) {
  ManualExecutor executor;
  EventLog log;
  AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  bool ran = false;
  static_cast<void>(Resolved(executor, 1).Then([&](int) {
    hook.Disable();
    static_cast<void>(Resolved(executor, 42).Then([&](int) { ran = true; }));
    executor.Defer([] {});
  }));
  executor.RunAll();
  EXPECT_TRUE(ran);
  EXPECT_THAT(
      log.lines(),
      ElementsAre("init PROMISE <- root", "resolve PROMISE",
                  "init CONTINUATION <- PROMISE", "before CONTINUATION"));
}

// Node: test/parallel/test-async-hooks-enable-before-promise-resolve.js
// A hook that is enabled just before the promise is settled.
TEST(NodePromisesTest, EnableBeforePromiseResolve) {
  ManualExecutor executor;
  std::vector<AsyncId> afters;
  AsyncHook hook = CreateHook({.after = [&](const AfterEvent& event) {
    afters.push_back(event.async_id());
  }});
  Promise<bool> promise(executor);
  AsyncId settler = kNoAsyncId;
  AsyncId continuation = kNoAsyncId;
  executor.Post([&] {
    settler = ExecutionAsyncId();
    hook.Enable();
    promise.SetValue(true);
  });
  static_cast<void>(promise.GetFuture().Then(
      [&](bool) { continuation = ExecutionAsyncId(); }));
  executor.RunAll();
  EXPECT_NE(continuation, settler);
  EXPECT_THAT(afters, ElementsAre(settler, continuation));
}

// Node: test/async-hooks/test-async-await.js
// For each continuation: before and after in pairs, and resolve before after.
TEST(NodePromisesTest, AsyncAwait) {
  ManualExecutor executor;
  EventLog log;
  {
    const AsyncHook hook =
        CreateHook(log.Callbacks(), {.types = {"CONTINUATION"}}).Enable();
    Future<int> last =
        Resolved(executor, 1).Then([](int n) { return n + 1; }).Then([](int n) {
          return n + 1;
        });
    EXPECT_EQ(last.Get(), 3);
  }
  EXPECT_THAT(log.lines(),
              ElementsAre("init CONTINUATION <- ?",
                          "init CONTINUATION#2 <- CONTINUATION",
                          "before CONTINUATION", "resolve CONTINUATION",
                          "after CONTINUATION", "destroy CONTINUATION",
                          "before CONTINUATION#2", "resolve CONTINUATION#2",
                          "after CONTINUATION#2", "destroy CONTINUATION#2"));
}

// Node: test/async-hooks/test-track-promises-false.js
// Node: test/async-hooks/test-track-promises-false-check.js
// One hook leaves promises out, by the types it asks for; another does not.
TEST(NodePromisesTest, TrackPromisesFalse) {
  ManualExecutor executor;
  EventLog without;
  EventLog with;
  {
    const AsyncHook no_promises =
        CreateHook(without.Callbacks(),
                   {.types = {"TASK", "FUTURE_TASK", "GROUP_TASK", "DEFERRED"}})
            .Enable();
    const AsyncHook all = CreateHook({.init = with.Callbacks().init}).Enable();
    static_cast<void>(Resolved(executor, 1729).Then([](int) {}));
    executor.RunAll();
    EXPECT_THAT(without.lines(), IsEmpty());
    executor.Post([] {});
    executor.RunAll();
  }
  EXPECT_THAT(without.lines(), ElementsAre("init TASK <- root", "before TASK",
                                           "after TASK", "destroy TASK"));
  EXPECT_THAT(with.lines(),
              ElementsAre("init PROMISE <- root",
                          "init CONTINUATION <- PROMISE", "init TASK <- root"));
}

using NodePromisesExecutorTest = EveryExecutorTest;
WEFT_EVERY_EXECUTOR(NodePromisesExecutorTest);

// Node: test/async-hooks/test-async-local-storage-promises.js
TEST_P(NodePromisesExecutorTest, AsyncLocalStorage) {
  const std::unique_ptr<Executor> executor = Make();
  const weft::AsyncLocalStorage<int> storage;
  int seen = 0;
  Future<void> outer = storage.Run(1, [&] {
    return Resolved(*executor, 0).Then([&](int) {
      if (storage.GetStore() != nullptr) seen = *storage.GetStore();
      throw std::runtime_error("err");
    });
  });
  EXPECT_THROW(outer.Get(), std::runtime_error);
  EXPECT_THAT(storage.GetStore(), IsNull());
  EXPECT_EQ(seen, 1);
}

// Node: test/async-hooks/test-async-local-storage-stream-finished.js
// The callback of an end sees the store of its registration, whoever ends the
// stream and in whatever context.
TEST_P(NodePromisesExecutorTest, StreamFinished) {
  const std::unique_ptr<Executor> executor = Make();
  const weft::AsyncLocalStorage<std::string> storage;
  Promise<void> end(*executor);
  SharedFuture<void> finished = end.GetFuture().Share();
  const auto register_under = [&](const std::string& store) {
    return storage.Run(store, [&] {
      return finished.Then([&] {
        const std::string* const seen = storage.GetStore();
        return seen ? *seen : "nothing";
      });
    });
  };
  Future<std::string> one = register_under("one");
  Future<std::string> two = register_under("two");
  storage.Run("ender", [&] { executor->Post([&] { end.SetValue(); }); });
  EXPECT_EQ(one.Get(), "one");
  EXPECT_EQ(two.Get(), "two");
  executor->Drain();
}

}  // namespace
}  // namespace weft
