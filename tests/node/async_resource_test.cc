// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Node's tests of AsyncResource that tests/hooks does not have: those in which
// an executor runs what the resource carries, and those of classes made of it.

#include "weft/hooks/async_resource.h"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/tests/support/event_log.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::Pointee;
using tests::EventLog;

// Node: test/async-hooks/test-embedder.api.async-resource-no-type.js
static_assert(!std::is_default_constructible_v<AsyncResource>);
static_assert(!std::is_constructible_v<AsyncResource, int>);
static_assert(!std::is_constructible_v<AsyncResource, AsyncResourceOptions>);
// Node: test/parallel/test-async-hooks-asyncresource-constructor.js
static_assert(
    !std::is_constructible_v<AsyncResource, const char*, const char*>);

// Node: test/async-hooks/test-embedder.api.async-resource.js
// With an executor's tasks in the place of Node's ticks.
TEST(NodeAsyncResourceTest, EmbedderApi) {
  ManualExecutor executor;
  EventLog log;
  AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  AsyncResource alcazar("alcazar");
  EXPECT_EQ(alcazar.trigger_async_id(), ExecutionAsyncId());
  AsyncResource poblado("poblado", {.trigger_async_id = alcazar.async_id()});
  EXPECT_EQ(poblado.trigger_async_id(), alcazar.async_id());
  constexpr AsyncId kNeverGiven = AsyncId{1} << 60;
  AsyncResource any("any", {.trigger_async_id = kNeverGiven});
  EXPECT_EQ(any.trigger_async_id(), kNeverGiven);

  alcazar.RunInAsyncScope([] {});
  alcazar.RunInAsyncScope([&] {
    executor.Defer([&] { EXPECT_EQ(TriggerAsyncId(), alcazar.async_id()); });
  });
  executor.RunAll();
  EXPECT_EQ(&alcazar.EmitDestroy(), &alcazar);
  hook.Disable();
  poblado.RunInAsyncScope([] {});
  poblado.EmitDestroy();

  EXPECT_THAT(log.lines(),
              ElementsAre("init alcazar <- root", "init poblado <- alcazar",
                          "init any <- ?", "before alcazar", "after alcazar",
                          "before alcazar", "init DEFERRED <- alcazar",
                          "after alcazar", "before DEFERRED", "after DEFERRED",
                          "destroy DEFERRED", "destroy alcazar"));
}

// Node: test/async-hooks/test-destroy-not-blocked.js
// However busy the executor is, destroy is late for nothing: it comes in the
// call that causes it.
TEST(NodeAsyncResourceTest, DestroyNotBlocked) {
  ManualExecutor executor;
  EventLog log;
  const AsyncHook hook =
      CreateHook(log.Callbacks(), {.types = {"RESOURCE"}}).Enable();
  executor.Post([&] {
    executor.Defer([&] { log.Add("microtask"); });
    {
      const AsyncResource dropped("RESOURCE");
    }
    AsyncResource("RESOURCE").EmitDestroy();
    log.Add("task");
  });
  executor.Post([&] { log.Add("next"); });
  executor.RunAll();
  EXPECT_THAT(log.lines(),
              ElementsAre("init RESOURCE <- ?", "destroy RESOURCE",
                          "init RESOURCE#2 <- ?", "destroy RESOURCE#2", "task",
                          "microtask", "next"));
}

// Node: test/parallel/test-async-wrap-destroyid.js
// Destroys asked for in the middle of another are put off, and none is lost or
// comes twice.
TEST(NodeAsyncResourceTest, DestroyId) {
  constexpr int kResources = 1000;
  std::vector<AsyncResource> resources;
  std::multiset<AsyncId> destroyed;
  std::multiset<AsyncId> expected;
  for (int i = 0; i < kResources; ++i) {
    expected.insert(resources.emplace_back("RESOURCE").async_id());
  }
  const AsyncHook hook =
      CreateHook({.destroy = [&](const DestroyEvent& event) {
        if (destroyed.empty()) {
          resources.erase(resources.begin() + 1, resources.end());
        }
        destroyed.insert(event.async_id());
      }}).Enable();
  resources.front().EmitDestroy();
  resources.clear();
  EXPECT_EQ(destroyed, expected);
}

// What Node calls EventEmitterAsyncResource.
class Emitter : public AsyncResource {
 public:
  Emitter() : AsyncResource("EMITTER") {}
  void On(std::function<void()> listener) {
    listeners_.push_back(std::move(listener));
  }
  void Emit() {
    for (const std::function<void()>& listener : listeners_) {
      RunInAsyncScope(listener);
    }
  }

 private:
  std::vector<std::function<void()>> listeners_;
};

// Node: test/parallel/test-eventemitter-asyncresource.js
TEST(NodeAsyncResourceTest, EventEmitter) {
  ManualExecutor executor;
  EventLog log;
  const AsyncHook hook =
      CreateHook(log.Callbacks(), {.types = {"EMITTER"}}).Enable();
  const AsyncLocalStorage<int> storage;
  {
    auto emitter = storage.Run(1, [] { return std::make_unique<Emitter>(); });
    emitter->On([&] {
      EXPECT_EQ(ExecutionAsyncId(), emitter->async_id());
      EXPECT_EQ(TriggerAsyncId(), kMainAsyncId);
      EXPECT_THAT(storage.GetStore(), Pointee(1));
      log.Add("listener");
    });
    storage.Run(2, [&] { executor.Post([&] { emitter->Emit(); }); });
    executor.RunAll();
  }
  EXPECT_THAT(log.lines(),
              ElementsAre("init EMITTER <- root", "before EMITTER", "listener",
                          "after EMITTER", "destroy EMITTER"));
}

using NodeAsyncResourceExecutorTest = EveryExecutorTest;
WEFT_EVERY_EXECUTOR(NodeAsyncResourceExecutorTest);

// Node: test/parallel/test-asyncresource-bind.js
// A bound function, run by a task, runs as its resource and not as the task.
TEST_P(NodeAsyncResourceExecutorTest, Bind) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncResource resource("RESOURCE");
  const auto inside =
      resource.Bind([](int n) { return std::pair(ExecutionAsyncId(), n); });
  const auto of_its_own =
      AsyncResource::Bind([] { return ExecutionAsyncId(); }, "BOUND");
  EXPECT_NE(of_its_own.async_id(), resource.async_id());

  const auto seen = executor->Submit([&] { return inside(7); }).Get();
  EXPECT_EQ(seen.first, resource.async_id());
  EXPECT_EQ(seen.second, 7);
  EXPECT_EQ(executor->Submit(of_its_own).Get(), of_its_own.async_id());
}

// Node: test/parallel/test-async-hooks-run-in-async-scope-caught-exception.js
// A task that catches what a scope threw is itself again.
TEST_P(NodeAsyncResourceExecutorTest, CaughtException) {
  const std::unique_ptr<Executor> executor = Make();
  executor
      ->Submit([&] {
        const AsyncId self = ExecutionAsyncId();
        const AsyncId trigger = TriggerAsyncId();
        EXPECT_THROW(AsyncResource("RESOURCE").RunInAsyncScope([&] {
          EXPECT_EQ(TriggerAsyncId(), self);
          throw 1;
        }),
                     int);
        EXPECT_EQ(ExecutionAsyncId(), self);
        EXPECT_EQ(TriggerAsyncId(), trigger);
      })
      .Get();
}

}  // namespace
}  // namespace weft
