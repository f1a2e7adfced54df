// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Node's tests of createHook() in which the loop, here an executor, runs what
// hooks are told of. What needs no executor is in tests/hooks.

#include <algorithm>
#include <cstddef>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/default_trigger_scope.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_callbacks.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/resource.h"
#include "weft/hooks/resource_state.h"
#include "weft/tests/support/event_log.h"

namespace weft {
namespace {

using testing::_;
using testing::AnyOf;
using testing::Each;
using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;
using tests::EventLog;

// Node: test/async-hooks/test-enable-disable.js
// The third hook enables the second in the first task's before; the second
// disables the first in the second task's before; the third disables itself in
// its second after. Each change waits for the end of the event it was made in.
TEST(NodeCreateHookTest, EnableDisable) {
  ManualExecutor executor;
  EventLog log;
  std::optional<AsyncHook> one;
  std::optional<AsyncHook> two;
  std::optional<AsyncHook> three;
  int afters = 0;

  HookCallbacks second = log.Callbacks("2 ");
  second.before = [&, write = second.before](const BeforeEvent& event) {
    write(event);
    one->Disable();
  };
  HookCallbacks third = log.Callbacks("3 ");
  third.before = [&, write = third.before](const BeforeEvent& event) {
    write(event);
    two->Enable();
  };
  third.after = [&, write = third.after](const AfterEvent& event) {
    write(event);
    if (++afters == 2) three->Disable();
  };
  one.emplace(CreateHook(log.Callbacks("1 ")));
  two.emplace(CreateHook(std::move(second)));
  three.emplace(CreateHook(std::move(third)));
  one->Enable();
  three->Enable();

  executor.Post([&] {
    log.Add("first");
    executor.Post([&] { log.Add("second"); });
  });
  executor.RunAll();

  EXPECT_THAT(
      log.lines(),
      ElementsAre("1 init TASK <- root", "3 init TASK <- root", "1 before TASK",
                  "3 before TASK", "first", "1 init TASK#2 <- TASK",
                  "3 init TASK#2 <- TASK", "2 init TASK#2 <- TASK",
                  "1 after TASK", "3 after TASK", "2 after TASK",
                  "1 destroy TASK", "3 destroy TASK", "2 destroy TASK",
                  "1 before TASK#2", "3 before TASK#2", "2 before TASK#2",
                  "second", "3 after TASK#2", "2 after TASK#2",
                  "2 destroy TASK#2"));
}

// Node: test/parallel/test-async-hooks-enable-recursive.js
TEST(NodeCreateHookTest, EnableRecursive) {
  ManualExecutor executor;
  EventLog log;
  AsyncHook nested = CreateHook({.init = log.Callbacks("nested ").init});
  bool called = false;
  HookCallbacks outer = log.Callbacks("outer ");
  const AsyncHook hook =
      CreateHook({.init = [&, write = outer.init](const InitEvent& event) {
        write(event);
        nested.Enable();
        if (!std::exchange(called, true)) executor.Post([] {});
      }}).Enable();
  executor.Post([] {});
  executor.Post([] {});
  executor.RunAll();
  EXPECT_THAT(
      log.lines(),
      ElementsAre("outer init TASK <- root", "outer init TASK#2 <- root",
                  "outer init TASK#3 <- root", "nested init TASK#3 <- root"));
}

// Node: test/async-hooks/test-late-hook-enable.js
TEST(NodeCreateHookTest, LateHookEnable) {
  ManualExecutor executor;
  EventLog log;
  AsyncHook hook = CreateHook(log.Callbacks());
  executor.Post([&] {
    log.Name(ExecutionAsyncId(), "first");
    hook.Enable();
    executor.Defer([] {});
  });
  executor.RunAll();
  EXPECT_THAT(log.lines(), ElementsAre("init DEFERRED <- first", "after first",
                                       "destroy first", "before DEFERRED",
                                       "after DEFERRED", "destroy DEFERRED"));
}

// Node: test/async-hooks/test-immediate.js
TEST(NodeCreateHookTest, Immediate) {
  ManualExecutor executor;
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  executor.Post([&] {
    log.Add("first");
    executor.Post([&] { log.Add("second"); });
  });
  EXPECT_THAT(log.lines(), ElementsAre("init TASK <- root"));
  EXPECT_TRUE(executor.RunOne());
  EXPECT_THAT(log.lines(),
              ElementsAre("init TASK <- root", "before TASK", "first",
                          "init TASK#2 <- TASK", "after TASK", "destroy TASK"));
  EXPECT_TRUE(executor.RunOne());
  EXPECT_THAT(
      log.lines(),
      ElementsAre("init TASK <- root", "before TASK", "first",
                  "init TASK#2 <- TASK", "after TASK", "destroy TASK",
                  "before TASK#2", "second", "after TASK#2", "destroy TASK#2"));
}

// Node: test/async-hooks/test-queue-microtask.js
TEST(NodeCreateHookTest, QueueMicrotask) {
  ManualExecutor executor;
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  const AsyncId root = ExecutionAsyncId();
  executor.Defer([&] { EXPECT_EQ(TriggerAsyncId(), root); });
  executor.RunAll();
  EXPECT_THAT(log.lines(),
              ElementsAre("init DEFERRED <- root", "before DEFERRED",
                          "after DEFERRED", "destroy DEFERRED"));
}

// Node: test/async-hooks/test-nexttick-default-trigger.js
// The trigger is the root, unless the maker of the task names another cause.
TEST(NodeCreateHookTest, NextTickDefaultTrigger) {
  ManualExecutor executor;
  const AsyncId root = ExecutionAsyncId();
  const AsyncResource connection("CONNECTION");
  std::vector<AsyncId> triggers;
  const auto note = [&] { triggers.push_back(TriggerAsyncId()); };
  executor.Defer(note);
  {
    const DefaultTriggerScope scope(connection.async_id());
    executor.Defer(note);
  }
  executor.Defer(note);
  executor.RunAll();
  EXPECT_THAT(triggers, ElementsAre(root, connection.async_id(), root));
}

// Node: test/parallel/test-async-hooks-top-level-clearimmediate.js
// What is dropped before it ran is made and destroyed.
TEST(NodeCreateHookTest, TopLevelClearImmediate) {
  ManualExecutor executor;
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  executor.Post([] { ADD_FAILURE(); });
  EXPECT_EQ(executor.Shutdown(OnShutdown::kStop), 1u);
  EXPECT_THAT(log.lines(), ElementsAre("init TASK <- root", "destroy TASK"));
}

// Node: test/async-hooks/test-graph.timeouts.js
TEST(NodeCreateHookTest, GraphOfTasks) {
  ManualExecutor executor;
  EventLog log;
  const AsyncHook hook = CreateHook({.init = log.Callbacks().init}).Enable();
  TaskGroup group(executor);
  executor.Post([&] {
    group.Run([&] { executor.Defer([] {}); });
    executor.Post([] {});
  });
  executor.RunAll();
  EXPECT_THAT(
      log.lines(),
      ElementsAre("init TASK <- root", "init GROUP_TASK <- TASK",
                  "init TASK#2 <- TASK", "init DEFERRED <- GROUP_TASK"));
}

using NodeCreateHookExecutorTest = EveryExecutorTest;
WEFT_EVERY_EXECUTOR(NodeCreateHookExecutorTest);

// Node: test/parallel/test-async-wrap-trigger-id.js
TEST_P(NodeCreateHookExecutorTest, TriggerId) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncId parent = kNoAsyncId;
  AsyncId one = kNoAsyncId;
  AsyncId two = kNoAsyncId;
  executor->Post([&] {
    parent = ExecutionAsyncId();
    executor->Post([&] { one = TriggerAsyncId(); });
    executor->Post([&] { two = TriggerAsyncId(); });
  });
  executor->Drain();
  EXPECT_EQ(one, parent);
  EXPECT_EQ(two, parent);
  EXPECT_NE(parent, TriggerAsyncId());
}

// Node: test/async-hooks/test-async-exec-resource-match.js
// Whatever makes the task.
TEST_P(NodeCreateHookExecutorTest, ExecResourceMatch) {
  std::mutex mutex;
  std::map<AsyncId, const Resource*> made;  // guarded by mutex
  int checked = 0;                          // guarded by mutex
  const auto check = [&] {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto found = made.find(ExecutionAsyncId());
    if (found == made.end()) return;
    EXPECT_EQ(&ExecutionAsyncResource(), found->second);
    ++checked;
  };
  const auto told = [&](const auto& event) {
    EXPECT_EQ(&event.resource(), &ExecutionAsyncResource());
    check();
  };
  const std::unique_ptr<Executor> executor = Make();
  AsyncHook hook =
      CreateHook({.init =
                      [&](const InitEvent& event) {
                        const std::lock_guard<std::mutex> lock(mutex);
                        made[event.async_id()] = &event.resource();
                      },
                  .before = told,
                  .after = told})
          .Enable();
  TaskGroup group(*executor);
  executor->Post(check);
  executor->Defer(check);
  group.Run(check);
  executor->Submit(check).Then(check).Wait();
  group.Wait();
  executor->Drain();
  hook.DisableAndWait();
  EXPECT_EQ(made.size(), 5u);
  EXPECT_EQ(checked, 15);
}

// Node: test/async-hooks/test-async-execution-async-resource.js
// Storage made of nothing but hooks.
TEST_P(NodeCreateHookExecutorTest, ExecutionAsyncResource) {
  constexpr std::size_t kRequests = 20;
  const ResourceState<std::size_t> request;
  const std::unique_ptr<Executor> executor = Make();
  AsyncHook hook = CreateHook({.init = [&](const InitEvent& event) {
                     const std::size_t* current =
                         request.Get(ExecutionAsyncResource());
                     if (current != nullptr)
                       request.Set(event.resource(), *current);
                   }}).Enable();
  std::vector<char> matched(kRequests);  // each by a task of its own
  for (std::size_t i = 0; i < kRequests; ++i) {
    executor->Post([&, i] {
      request.Set(ExecutionAsyncResource(), i);
      executor->Post([&, i] {
        executor->Defer([&, i] {
          const std::size_t* const mine = request.Get(ExecutionAsyncResource());
          matched[i] = mine != nullptr && *mine == i;
        });
      });
    });
  }
  executor->Drain();
  hook.DisableAndWait();
  EXPECT_THAT(matched, Each(1));
  EXPECT_EQ(request.Get(ExecutionAsyncResource()), nullptr);
}

// Node: test/async-hooks/test-unhandled-exception-valid-ids.js
// Node: test/parallel/test-async-wrap-uncaughtexception.js
// The handler runs as the task that failed, which then gets one after.
TEST_P(NodeCreateHookExecutorTest, UnhandledExceptionValidIds) {
  std::mutex mutex;
  std::map<AsyncId, std::vector<std::string>> lives;  // guarded by mutex
  const auto add = [&](AsyncId id, std::string what) {
    const std::lock_guard<std::mutex> lock(mutex);
    lives[id].push_back(std::move(what));
  };
  const auto told = [&](std::string what) {
    return
        [&, what](const ResourceEvent& event) { add(event.async_id(), what); };
  };
  const std::unique_ptr<Executor> executor =
      Make({.on_unhandled_exception = [&](std::exception_ptr) {
        EXPECT_EQ(TriggerAsyncId(), kMainAsyncId);
        add(ExecutionAsyncId(), "handler");
      }});
  AsyncHook hook = CreateHook({.init = told("init"),
                               .before = told("before"),
                               .after = told("after"),
                               .destroy = told("destroy")})
                       .Enable();
  executor->Post([] { throw std::runtime_error("one"); });
  executor->Post([] { throw std::runtime_error("two"); });
  executor->Drain();
  hook.DisableAndWait();
  EXPECT_THAT(lives, SizeIs(2));
  EXPECT_THAT(lives, Each(Pair(_, ElementsAre("init", "before", "handler",
                                              "after", "destroy"))));
}

// Node: test/parallel/test-queue-microtask-uncaught-asynchooks.js
// In the order of any task: in Node a microtask's handler comes after after.
TEST_P(NodeCreateHookExecutorTest, QueueMicrotaskUncaught) {
  EventLog log;
  const std::unique_ptr<Executor> executor =
      Make({.on_unhandled_exception = [&](std::exception_ptr) {
        log.Add("handler as " + log.NameOf(ExecutionAsyncId()));
      }});
  AsyncHook hook =
      CreateHook(log.Callbacks(), {.types = {"DEFERRED"}}).Enable();
  executor->Defer([] { throw std::runtime_error("x"); });
  executor->Drain();
  hook.DisableAndWait();
  EXPECT_THAT(log.lines(), ElementsAre("init DEFERRED <- root",
                                       "before DEFERRED", "handler as DEFERRED",
                                       "after DEFERRED", "destroy DEFERRED"));
}

// What a pool hands out again and again: the handle stays, the resource is new.
class Handle {
 public:
  void Open() { use_.emplace("HANDLE"); }
  void Close() { use_.reset(); }
  const AsyncResource& use() const { return *use_; }

 private:
  std::optional<AsyncResource> use_;
};

// Node: test/async-hooks/test-filehandle-no-reuse.js
// Node: test/async-hooks/test-http-agent-handle-reuse-serial.js
TEST(NodeCreateHookTest, HandleReuse) {
  ManualExecutor executor;
  EventLog log;
  const AsyncHook hook =
      CreateHook(log.Callbacks(), {.types = {"HANDLE"}}).Enable();
  Handle pooled;
  std::set<AsyncId> ids;
  for (int i = 0; i < 2; ++i) {
    pooled.Open();
    executor.Post([&] {
      pooled.use().RunInAsyncScope([&] { ids.insert(ExecutionAsyncId()); });
    });
    executor.RunAll();
    pooled.Close();
  }
  EXPECT_THAT(ids, SizeIs(2));
  EXPECT_THAT(
      log.lines(),
      ElementsAre("init HANDLE <- root", "before HANDLE", "after HANDLE",
                  "destroy HANDLE", "init HANDLE#2 <- root", "before HANDLE#2",
                  "after HANDLE#2", "destroy HANDLE#2"));
}

// Node: test/parallel/test-async-hooks-worker-asyncfn-terminate-1.js, to -4.js
// A task that ends its executor while hooks are on: nothing crashes, what has
// not started never runs, and all that was made is destroyed.
TEST_P(NodeCreateHookExecutorTest, WorkerTerminate) {
  constexpr int kTasks = 200;
  std::mutex mutex;
  std::map<AsyncId, std::string> lives;  // guarded by mutex
  const auto add = [&](AsyncId id, char letter) {
    const std::lock_guard<std::mutex> lock(mutex);
    lives[id] += letter;
  };
  const auto told = [&](char letter) {
    return [&, letter](const ResourceEvent& event) {
      add(event.async_id(), letter);
    };
  };
  bool deferred = false;
  bool terminated = false;
  const std::unique_ptr<Executor> executor = Make();
  AsyncHook hook = CreateHook({.init = told('i'),
                               .before = told('b'),
                               .after = told('a'),
                               .destroy = told('d')})
                       .Enable();
  executor->Post([&] {
    for (int i = 0; i < kTasks; ++i) {
      executor->Post([&] { add(ExecutionAsyncId(), 'r'); });
      executor->Defer([&] { deferred = true; });
    }
    executor->Shutdown(OnShutdown::kStop);
    terminated = true;
  });
  executor->Shutdown(OnShutdown::kDrain);
  hook.DisableAndWait();

  EXPECT_TRUE(terminated);
  EXPECT_FALSE(deferred);
  EXPECT_THAT(lives, SizeIs(1 + 2 * kTasks));
  EXPECT_THAT(lives, Each(Pair(_, AnyOf("ibrad", "id", "ibad"))));
  const auto terminating =
      std::count_if(lives.begin(), lives.end(),
                    [](const auto& life) { return life.second == "ibad"; });
  EXPECT_EQ(terminating, 1);
}

}  // namespace
}  // namespace weft
