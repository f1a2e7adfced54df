// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/async_resource.h"

#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/internal/frame_memory.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/resource.h"
#include "weft/tests/support/allocations.h"
#include "weft/tests/support/counted.h"
#include "weft/tests/support/event_log.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pointee;
using tests::AllocationsIn;
using tests::Counted;
using tests::EventLog;
using tests::FailAllocation;
using tests::Tally;

// A scope that does nothing, where only its events matter.
void Nothing() {}

// What `fn` says as it throws an `Error`.
template <typename Error, typename Fn>
std::string ErrorOf(const Fn& fn) {
  try {
    fn();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// Node: test/async-hooks/test-embedder.api.async-resource
TEST(AsyncResourceTest, TellsHooksOfItsWholeLife) {
  EventLog log;
  AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  AsyncResource resource("A");
  EXPECT_EQ(resource.trigger_async_id(), kMainAsyncId);
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root"));
  resource.RunInAsyncScope([&] { log.Add("first"); });
  resource.RunInAsyncScope([&] { log.Add("second"); });
  resource.EmitDestroy();
  hook.Disable();
  resource.RunInAsyncScope(Nothing);
  EXPECT_THAT(log.lines(),
              ElementsAre("init A <- root", "before A", "first", "after A",
                          "before A", "second", "after A", "destroy A"));
}

TEST(AsyncResourceTest, InitIsToldWhatTheResourceIs) {
  Resource* told = nullptr;
  AsyncId id = 0;
  AsyncId trigger = 0;
  std::string type;
  const AsyncHook hook = CreateHook({.init = [&](const InitEvent& event) {
                           id = event.async_id();
                           type = event.type();
                           trigger = event.trigger_async_id();
                           told = &event.resource();
                         }}).Enable();
  const AsyncResource resource("DB_QUERY", {.trigger_async_id = 111});
  EXPECT_EQ(id, resource.async_id());
  EXPECT_EQ(type, "DB_QUERY");
  EXPECT_EQ(trigger, 111u);
  EXPECT_EQ(told, &resource.resource());
  EXPECT_EQ(told->type(), "DB_QUERY");
  EXPECT_EQ(told->async_id(), id);
  EXPECT_EQ(told->trigger_async_id(), 111u);
}

// Node: test/async-hooks/test-async-exec-resource-match
TEST(AsyncResourceTest, IsTheExecutingResourceWhereverItRuns) {
  std::vector<Resource*> executing;
  const auto note = [&](const ResourceEvent&) {
    executing.push_back(&ExecutionAsyncResource());
  };
  const AsyncHook hook = CreateHook({.before = note, .after = note}).Enable();
  const AsyncResource resource("A");
  resource.RunInAsyncScope(
      [&] { executing.push_back(&ExecutionAsyncResource()); });
  Resource* const expected = &resource.resource();
  EXPECT_THAT(executing, ElementsAre(expected, expected, expected));
  EXPECT_EQ(ExecutionAsyncResource().async_id(), kMainAsyncId);
}

TEST(AsyncResourceTest, IdsAreNewAndFixed) {
  const AsyncResource one("A");
  const AsyncResource two("A");
  EXPECT_GT(one.async_id(), kMainAsyncId);
  EXPECT_GT(two.async_id(), one.async_id());
  const AsyncId id = one.async_id();
  one.RunInAsyncScope(Nothing);
  EXPECT_EQ(one.async_id(), id);
}

TEST(AsyncResourceTest, RunningResourceIsTheDefaultTrigger) {
  const AsyncResource outer("A");
  EXPECT_EQ(outer.trigger_async_id(), ExecutionAsyncId());
  outer.RunInAsyncScope([&] {
    const AsyncResource inner("B");
    EXPECT_EQ(inner.trigger_async_id(), outer.async_id());
    inner.RunInAsyncScope([&] {
      EXPECT_EQ(TriggerAsyncId(), outer.async_id());
      EXPECT_EQ(AsyncResource("C").trigger_async_id(), inner.async_id());
    });
  });
}

TEST(AsyncResourceTest, AnyNumberMayBeTheTrigger) {
  for (const AsyncId trigger :
       {AsyncId{0}, AsyncId{111}, std::numeric_limits<AsyncId>::max()}) {
    const AsyncResource resource("A", {.trigger_async_id = trigger});
    EXPECT_EQ(resource.trigger_async_id(), trigger);
    resource.RunInAsyncScope([&] { EXPECT_EQ(TriggerAsyncId(), trigger); });
  }
}

// Node: test/parallel/test-async-hooks-asyncresource-constructor
TEST(AsyncResourceTest, EmptyTypeIsAnError) {
  constexpr char kMessage[] =
      "AsyncResource: type is empty; give it a name, such as \"DB_QUERY\"";
  const auto make = [] { AsyncResource(""); };
  const auto bind = [] { AsyncResource::Bind(Nothing, ""); };
  EXPECT_EQ(ErrorOf<std::invalid_argument>(make), kMessage);
  EXPECT_EQ(ErrorOf<std::invalid_argument>(bind), kMessage);
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  EXPECT_EQ(ErrorOf<std::invalid_argument>(make), kMessage);
  EXPECT_EQ(ErrorOf<std::invalid_argument>(bind), kMessage);
  EXPECT_THAT(log.lines(), IsEmpty());
}

TEST(AsyncResourceTest, TypeTooLongIsAnError) {
  // Never read.
  const std::string_view type("A", std::size_t{Resource::kMaxTypeSize} + 1);
  EXPECT_EQ(ErrorOf<std::invalid_argument>([&] { AsyncResource{type}; }),
            "AsyncResource: type has 2147483648 characters; it may have "
            "2147483647");
}

TEST(AsyncResourceTest, CopiesItsType) {
  std::string type = "a type of more characters than fit into the object";
  const AsyncResource resource(type);
  const std::string copy = type;
  type.assign(type.size(), 'x');
  EXPECT_EQ(resource.resource().type(), copy);
}

// Node: test/async-hooks/test-embedder.api.async-resource.runInAsyncScope
TEST(AsyncResourceTest, ScopePassesArgumentsAndResultsOn) {
  const AsyncResource resource("A");
  int object = 0;
  const auto body = [](int& reference, std::unique_ptr<int> moved) -> int& {
    reference = *moved;
    return reference;
  };
  static_assert(std::is_same_v<decltype(resource.RunInAsyncScope(
                                   body, object, std::unique_ptr<int>())),
                               int&>);
  EXPECT_EQ(&resource.RunInAsyncScope(body, object, std::make_unique<int>(5)),
            &object);
  EXPECT_EQ(object, 5);
  EXPECT_THAT(resource.RunInAsyncScope([] { return std::make_unique<int>(6); }),
              Pointee(6));
}

// Node: test/parallel/test-async-hooks-run-in-async-scope-caught-exception
TEST(AsyncResourceTest, ScopeEndsBeforeTheCatch) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  const AsyncResource resource("A");
  try {
    resource.RunInAsyncScope([] { throw std::runtime_error("body"); });
  } catch (const std::runtime_error& error) {
    log.Add(error.what());
    EXPECT_EQ(ExecutionAsyncId(), kMainAsyncId);
    EXPECT_EQ(TriggerAsyncId(), kNoAsyncId);
  }
  EXPECT_THAT(log.lines(),
              ElementsAre("init A <- root", "before A", "after A", "body"));
}

// Node: test/parallel/test-async-hooks-recursive-stack-runInAsyncScope
TEST(AsyncResourceTest, ThousandNestedScopesKeepTheirIds) {
  const std::function<void(int)> recurse = [&](int left) {
    const AsyncId id = ExecutionAsyncId();
    const AsyncId trigger = TriggerAsyncId();
    if (left == 0) return;
    const AsyncResource resource("A");
    resource.RunInAsyncScope([&] {
      ASSERT_EQ(ExecutionAsyncId(), resource.async_id());
      ASSERT_EQ(TriggerAsyncId(), id);
      recurse(left - 1);
      ASSERT_EQ(ExecutionAsyncId(), resource.async_id());
      ASSERT_EQ(TriggerAsyncId(), id);
    });
    ASSERT_EQ(ExecutionAsyncId(), id);
    ASSERT_EQ(TriggerAsyncId(), trigger);
  };
  recurse(1000);
  EXPECT_EQ(ExecutionAsyncId(), kMainAsyncId);
}

TEST(AsyncResourceTest, ScopesOfOneResourceNest) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  const AsyncResource a("A");
  const AsyncResource b("B");
  a.RunInAsyncScope([&] {
    b.RunInAsyncScope([&] {
      a.RunInAsyncScope([&] { EXPECT_EQ(ExecutionAsyncId(), a.async_id()); });
      EXPECT_EQ(ExecutionAsyncId(), b.async_id());
    });
    EXPECT_EQ(ExecutionAsyncId(), a.async_id());
  });
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "init B <- root",
                                       "before A", "before B", "before A",
                                       "after A", "after B", "after A"));
}

TEST(AsyncResourceTest, ScopeRunsInTheContextOfItsMaking) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  one.EnterWith(1);
  const AsyncResource resource("A");
  one.EnterWith(10);
  two.EnterWith(20);
  for (int i = 0; i < 2; ++i) {  // each scope starts from the capture
    resource.RunInAsyncScope([&] {
      EXPECT_THAT(one.GetStore(), Pointee(1));
      EXPECT_FALSE(two.IsBound());
      one.EnterWith(2);
      two.EnterWith(3);
      resource.RunInAsyncScope([&] {
        EXPECT_THAT(one.GetStore(), Pointee(1));
        EXPECT_FALSE(two.IsBound());
      });
      EXPECT_THAT(one.GetStore(), Pointee(2));
    });
    EXPECT_THAT(one.GetStore(), Pointee(10));
    EXPECT_THAT(two.GetStore(), Pointee(20));
  }
  EXPECT_THROW(resource.RunInAsyncScope([&] {
    one.EnterWith(2);
    throw std::runtime_error("body");
  }),
               std::runtime_error);
  EXPECT_THAT(one.GetStore(), Pointee(10));
  one.EnterWith(std::nullopt);
  two.EnterWith(std::nullopt);
}

// Where Node calls them in the caller's context.
TEST(AsyncResourceTest, BeforeAndAfterAreCalledInTheResourcesContext) {
  const AsyncLocalStorage<std::string> storage;
  std::vector<std::string> seen;
  const auto note = [&](std::string event) {
    return [&, event](const ResourceEvent&) {
      seen.push_back(event + *storage.GetStore());
    };
  };
  const AsyncHook hook =
      CreateHook({.before = note("before "), .after = note("after ")}).Enable();
  const AsyncResource resource =
      storage.Run("own", [] { return AsyncResource("A"); });
  storage.Run("caller's", [&] {
    resource.RunInAsyncScope([&] { storage.EnterWith("entered"); });
    EXPECT_EQ(*storage.GetStore(), "caller's");
  });
  EXPECT_THAT(seen, ElementsAre("before own", "after entered"));
}

TEST(AsyncResourceTest, WhatBeforeEntersReachesTheBodyAndNoFurther) {
  const AsyncLocalStorage<int> storage;
  const AsyncHook hook = CreateHook({.before = [&](const BeforeEvent&) {
                           storage.EnterWith(5);
                         }}).Enable();
  const AsyncResource resource("A");
  resource.RunInAsyncScope(
      [&] { EXPECT_THAT(storage.GetStore(), Pointee(5)); });
  EXPECT_FALSE(storage.IsBound());
}

// A scope of a storage may span what lies between before and after.
TEST(AsyncResourceTest, BeforeMayOpenAScopeThatAfterEnds) {
  const AsyncLocalStorage<int> storage;
  std::unique_ptr<StorageScope> scope;
  const AsyncHook hook =
      CreateHook({.before =
                      [&](const BeforeEvent&) {
                        scope.reset(new StorageScope(storage.WithScope(5)));
                      },
                  .after = [&](const AfterEvent&) { scope.reset(); }})
          .Enable();
  AsyncResource("A").RunInAsyncScope(
      [&] { EXPECT_THAT(storage.GetStore(), Pointee(5)); });
  EXPECT_FALSE(storage.IsBound());
}

TEST(AsyncResourceTest, KeepsItsContextAsLongAsItLives) {
  Tally tally;
  const AsyncLocalStorage<Counted> storage;
  std::optional<AsyncResource> resource;
  storage.Run(Counted(tally), [&] { resource.emplace("A"); });
  EXPECT_EQ(tally.live(), 1);
  resource->EmitDestroy();
  resource->RunInAsyncScope([&] {
    EXPECT_TRUE(storage.IsBound());
    storage.EnterWith(Counted(tally));
    EXPECT_EQ(tally.live(), 2);
  });
  EXPECT_EQ(tally.live(), 1);
  resource.reset();
  EXPECT_EQ(tally.live(), 0);
}

// Node: test/parallel/test-async-hooks-destroy-on-gc
TEST(AsyncResourceTest, DestroysWhenDropped) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  {
    const AsyncResource resource("A");
  }
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "destroy A"));
}

// Node: test/parallel/test-async-hooks-disable-gc-tracking
TEST(AsyncResourceTest, RequireManualDestroyLeavesItToTheOwner) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  {
    const AsyncResource a("A", {.require_manual_destroy = true});
  }
  {
    AsyncResource b("B", {.require_manual_destroy = true});
    b.EmitDestroy();
  }
  EXPECT_THAT(log.lines(),
              ElementsAre("init A <- root", "init B <- root", "destroy B"));
}

// Node: test/parallel/test-async-hooks-prevent-double-destroy
TEST(AsyncResourceTest, DestroysOnceWhenEmittedAndDropped) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  {
    AsyncResource resource("A");
    EXPECT_EQ(&resource.EmitDestroy(), &resource);
    EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "destroy A"));
  }
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "destroy A"));
}

TEST(AsyncResourceTest, EmitDestroyTwiceIsAnError) {
  for (const bool manual : {false, true}) {
    EventLog log;
    const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
    AsyncResource resource("DB_QUERY", {.require_manual_destroy = manual});
    resource.EmitDestroy();
    EXPECT_EQ(ErrorOf<std::logic_error>([&] { resource.EmitDestroy(); }),
              "AsyncResource::EmitDestroy: called twice for DB_QUERY, async "
              "id " +
                  std::to_string(resource.async_id()));
    EXPECT_THAT(log.lines(),
                ElementsAre("init DB_QUERY <- root", "destroy DB_QUERY"));
  }
}

TEST(AsyncResourceTest, EmitDestroyTwiceInsideAScopeIsAnErrorToo) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  AsyncResource resource("A");
  resource.RunInAsyncScope([&] {
    resource.EmitDestroy();
    EXPECT_THROW(resource.EmitDestroy(), std::logic_error);
  });
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "before A", "after A",
                                       "destroy A"));
}

TEST(AsyncResourceTest, DestroyWaitsForTheLastOfItsScopes) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  AsyncResource resource("A");
  resource.RunInAsyncScope([&] {
    resource.RunInAsyncScope([&] { resource.EmitDestroy(); });
    log.Add("outer");
  });
  EXPECT_THAT(log.lines(),
              ElementsAre("init A <- root", "before A", "before A", "after A",
                          "outer", "after A", "destroy A"));
}

TEST(AsyncResourceTest, DestroyComesAfterAlsoWhenTheScopeThrows) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  AsyncResource resource("A");
  EXPECT_THROW(resource.RunInAsyncScope([&] {
    resource.EmitDestroy();
    throw std::runtime_error("body");
  }),
               std::runtime_error);
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "before A", "after A",
                                       "destroy A"));
}

TEST(AsyncResourceTest, MayBeDroppedInsideItsOwnScope) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  auto resource = std::make_unique<AsyncResource>("A");
  const AsyncId id = resource->async_id();
  resource->RunInAsyncScope([&] {
    resource.reset();
    EXPECT_EQ(ExecutionAsyncId(), id);
    EXPECT_EQ(ExecutionAsyncResource().type(), "A");
  });
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "before A", "after A",
                                       "destroy A"));
}

TEST(AsyncResourceTest, RunsAfterItsDestroyWithoutAnother) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  {
    AsyncResource resource("A");
    resource.EmitDestroy();
    const int result = resource.RunInAsyncScope([&] {
      EXPECT_EQ(ExecutionAsyncId(), resource.async_id());
      return 5;
    });
    EXPECT_EQ(result, 5);
    resource.RunInAsyncScope([&] { resource.RunInAsyncScope(Nothing); });
  }
  EXPECT_THAT(log.lines(),
              ElementsAre("init A <- root", "destroy A", "before A", "after A",
                          "before A", "before A", "after A", "after A"));
}

TEST(AsyncResourceTest, DestroysInTheOrderOfTheCalls) {
  EventLog log;
  AsyncResource a("A");
  AsyncResource b("B");
  AsyncResource c("C");
  for (const AsyncResource* each : {&a, &b, &c}) {
    log.Name(each->async_id(), each->resource().type());
  }
  const AsyncHook hook =
      CreateHook({.destroy = log.Callbacks().destroy}).Enable();
  c.EmitDestroy();
  a.EmitDestroy();
  b.EmitDestroy();
  EXPECT_THAT(log.lines(), ElementsAre("destroy C", "destroy A", "destroy B"));
}

// Node: test/parallel/test-async-hooks-close-during-destroy
TEST(AsyncResourceTest, DestroyCallbackMayDestroyOthersInOrder) {
  EventLog log;
  AsyncResource a("A");
  AsyncResource b("B");
  AsyncResource c("C");
  for (const AsyncResource* each : {&a, &b, &c}) {
    log.Name(each->async_id(), each->resource().type());
  }
  const AsyncId id = a.async_id();
  const AsyncHook hook = CreateHook({.destroy = [&](const DestroyEvent& event) {
                           log.Add("start " + log.NameOf(event.async_id()));
                           if (event.async_id() == id) {
                             c.EmitDestroy();
                             b.EmitDestroy();
                           }
                           log.Add("end " + log.NameOf(event.async_id()));
                         }}).Enable();
  const AsyncHook second =
      CreateHook({.destroy = log.Callbacks("second ").destroy}).Enable();
  a.EmitDestroy();
  EXPECT_THAT(log.lines(), ElementsAre("start A", "end A", "second destroy A",
                                       "start C", "end C", "second destroy C",
                                       "start B", "end B", "second destroy B"));
}

TEST(AsyncResourceTest, DestroyCallbackMayRunResourcesThatDestroy) {
  EventLog log;
  AsyncResource b("B");
  AsyncHook hook = CreateHook(log.Callbacks());
  const AsyncHook acts =
      CreateHook({.destroy = [&, done = false](const DestroyEvent&) mutable {
        if (std::exchange(done, true)) return;
        const AsyncResource made("MADE");
        EXPECT_EQ(made.trigger_async_id(), kNoAsyncId);
        b.RunInAsyncScope([&] {
          EXPECT_EQ(ExecutionAsyncId(), b.async_id());
          b.EmitDestroy();
        });
        EXPECT_EQ(ExecutionAsyncId(), kNoAsyncId);
        log.Add("end");
      }}).Enable();
  hook.Enable();
  log.Name(b.async_id(), "B");
  {
    const AsyncResource a("A");
  }
  EXPECT_THAT(
      log.lines(),
      ElementsAre("init A <- root", "init MADE <- none", "before B", "after B",
                  "end", "destroy A", "destroy B", "destroy MADE"));
}

TEST(AsyncResourceTest, DestroyIsCalledInNoContext) {
  const AsyncLocalStorage<int> storage({.default_value = 7});
  int calls = 0;
  const AsyncHook hook = CreateHook({.destroy = [&](const DestroyEvent&) {
                           EXPECT_EQ(ExecutionAsyncId(), kNoAsyncId);
                           EXPECT_EQ(TriggerAsyncId(), kNoAsyncId);
                           EXPECT_EQ(ExecutionAsyncResource().type(), "NONE");
                           EXPECT_FALSE(storage.IsBound());
                           storage.EnterWith(9);  // is gone after the event
                           ++calls;
                         }}).Enable();
  storage.Run(1, [&] {
    const AsyncResource outer("A");
    outer.RunInAsyncScope([&] {
      AsyncResource("B").EmitDestroy();
      EXPECT_EQ(ExecutionAsyncId(), outer.async_id());
      EXPECT_THAT(storage.GetStore(), Pointee(1));
    });
  });
  EXPECT_EQ(calls, 2);
  EXPECT_FALSE(storage.IsBound());
}

// Where Node tracks only what was made while a destroy hook was enabled.
TEST(AsyncResourceTest, DestroyIsToldOfResourcesMadeBeforeTheHook) {
  EventLog log;
  std::optional<AsyncResource> resource("A");
  log.Name(resource->async_id(), "A");
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  resource.reset();
  EXPECT_THAT(log.lines(), ElementsAre("destroy A"));
}

// Node: test/parallel/test-asyncresource-bind
TEST(AsyncResourceTest, BoundFunctionRunsAsTheResource) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  const AsyncLocalStorage<int> storage;
  const AsyncResource resource =
      storage.Run(1, [] { return AsyncResource("A"); });
  const auto bound = resource.Bind([&](int more) {
    EXPECT_EQ(ExecutionAsyncId(), resource.async_id());
    EXPECT_EQ(TriggerAsyncId(), kMainAsyncId);
    return *storage.GetStore() + more;
  });
  EXPECT_EQ(bound.async_id(), resource.async_id());
  EXPECT_EQ(bound(10), 11);
  EXPECT_EQ(bound(20), 21);
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "before A", "after A",
                                       "before A", "after A"));
}

TEST(AsyncResourceTest, StaticBindMakesAResource) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  {
    auto bound = AsyncResource::Bind(
        [n = 0](int more) mutable { return n += more; }, "FN");
    EXPECT_THAT(log.lines(), ElementsAre("init FN <- root"));
    EXPECT_EQ(bound(1), 1);
    EXPECT_EQ(bound(2), 3);
    EXPECT_GT(bound.async_id(), kMainAsyncId);
  }
  EXPECT_THAT(log.lines(),
              ElementsAre("init FN <- root", "before FN", "after FN",
                          "before FN", "after FN", "destroy FN"));
}

TEST(AsyncResourceTest, BoundIsAsCallableAsItsFunction) {
  auto counter = AsyncResource::Bind([n = 0]() mutable { return ++n; }, "FN");
  static_assert(!std::is_invocable_v<const decltype(counter)>);
  static_assert(!std::is_invocable_v<decltype(counter), int>);
  static_assert(std::is_copy_constructible_v<decltype(counter)>);
  auto copy = counter;
  EXPECT_EQ(counter(), 1);
  EXPECT_EQ(counter(), 2);
  EXPECT_EQ(copy(), 1);
  EXPECT_EQ(copy.async_id(), counter.async_id());

  int object = 0;
  auto move_only = AsyncResource::Bind(
      [p = std::make_unique<int>(5)](int& into) -> int& {
        into = *p;
        return into;
      },
      "FN");
  static_assert(!std::is_copy_constructible_v<decltype(move_only)>);
  const auto moved = std::move(move_only);
  EXPECT_EQ(&moved(object), &object);
  EXPECT_EQ(object, 5);
}

TEST(AsyncResourceTest, BoundFunctionsKeepItAlive) {
  EventLog log;
  Tally tally;
  const AsyncLocalStorage<Counted> storage;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  std::optional<AsyncResource> resource;
  storage.Run(Counted(tally), [&] { resource.emplace("A"); });
  std::function<void()> bound = resource->Bind(Nothing);
  std::function<void()> copy = bound;
  resource.reset();
  bound = nullptr;
  copy();
  EXPECT_EQ(tally.live(), 1);
  EXPECT_THAT(log.lines(),
              ElementsAre("init A <- root", "before A", "after A"));
  copy = nullptr;
  EXPECT_EQ(tally.live(), 0);
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "before A", "after A",
                                       "destroy A"));
}

TEST(AsyncResourceTest, BoundFunctionMayBeDroppedWhileItRuns) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  std::function<void()> bound;
  auto body = [&] {
    const auto last = std::exchange(bound, nullptr);
    log.Add("body");
  };
  bound = AsyncResource::Bind(body, "FN");
  const std::function<void()> call = bound;
  bound();
  EXPECT_THAT(log.lines(),
              ElementsAre("init FN <- root", "before FN", "body", "after FN"));
}

TEST(AsyncResourceTest, MovesAsOneResource) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  AsyncResource a("A");
  const AsyncId id = a.async_id();
  Resource* const address = &a.resource();
  AsyncResource moved = std::move(a);
  EXPECT_EQ(moved.async_id(), id);
  EXPECT_EQ(&moved.resource(), address);
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root"));

  AsyncResource b("B");
  b = std::move(moved);  // B itself has no owner any more
  EXPECT_EQ(b.async_id(), id);
  EXPECT_THAT(log.lines(),
              ElementsAre("init A <- root", "init B <- root", "destroy B"));
  a = std::move(b);
  EXPECT_EQ(a.async_id(), id);
}

TEST(AsyncResourceTest, UseAfterMoveIsAnError) {
  AsyncResource resource("A");
  const AsyncResource moved = std::move(resource);
  constexpr char kMessage[] = "AsyncResource: used after being moved from";
  const std::vector<std::function<void()>> uses = {
      [&] { resource.async_id(); },
      [&] { resource.trigger_async_id(); },
      [&] { resource.resource(); },
      [&] { resource.RunInAsyncScope(Nothing); },
      [&] { resource.Bind(Nothing); },
      [&] { resource.EmitDestroy(); },
  };
  for (const std::function<void()>& use : uses) {
    EXPECT_EQ(ErrorOf<std::logic_error>(use), kMessage);
  }
}

struct Query : AsyncResource {
  explicit Query(std::function<void(int)> done)
      : AsyncResource("DB_QUERY"), on_done(std::move(done)) {}
  void Finish(int rows) { RunInAsyncScope(on_done, rows); }
  std::function<void(int)> on_done;
};

TEST(AsyncResourceTest, IsMadeToBeDerivedFrom) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  const AsyncLocalStorage<int> storage;
  int sum = 0;
  {
    Query query = storage.Run(1, [&] {
      return Query([&](int rows) { sum = rows + *storage.GetStore(); });
    });
    std::thread([&] { query.Finish(41); }).join();
  }
  EXPECT_EQ(sum, 42);
  EXPECT_THAT(log.lines(),
              ElementsAre("init DB_QUERY <- root", "before DB_QUERY",
                          "after DB_QUERY", "destroy DB_QUERY"));
}

TEST(AsyncResourceTest, AllocatesOnceAndNotToRun) {
  std::optional<AsyncResource> resource;
  EXPECT_EQ(AllocationsIn([&] { resource.emplace("DB_QUERY"); }), 1);
  EXPECT_EQ(AllocationsIn([&] {
              resource->RunInAsyncScope(Nothing);
              auto bound = resource->Bind(Nothing);
              bound();
              resource->EmitDestroy();
              resource.reset();
            }),
            0);
}

// Its making captures the context, and that may have to move to the heap.
TEST(AsyncResourceTest, FailureToCaptureEmitsNothing) {
  int inits = 0;
  AsyncHook hook =
      CreateHook({.init = [&](const InitEvent&) { ++inits; }}).Enable();
  const AsyncLocalStorage<int> storage;
  int failures = 0;
  for (bool failed = true; failed;) {
    failed = false;
    storage.Run(1, [&] {
      context_internal::EmptyFrameStocks();
      FailAllocation(failures);
      try {
        const AsyncResource resource("DB_QUERY");
      } catch (const std::bad_alloc&) {
        failed = true;
      }
      FailAllocation(-1);
      EXPECT_EQ(inits, failed ? 0 : 1);
      EXPECT_THAT(storage.GetStore(), Pointee(1));
    });
    if (failed) ++failures;
  }
  EXPECT_EQ(failures, 3);  // the resource, a frame, a store
}

}  // namespace
}  // namespace weft
