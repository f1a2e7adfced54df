// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/resource_state.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/resource.h"
#include "weft/tests/support/call_when_gone.h"
#include "weft/tests/support/counted.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::IsNull;
using testing::Pointee;
using tests::CallWhenGone;
using tests::Counted;
using tests::Tally;

TEST(ResourceStateTest, IsNullUntilItIsSet) {
  const ResourceState<int> state;
  const AsyncResource resource("A");
  EXPECT_THAT(state.Get(resource.resource()), IsNull());
  int& value = state.Set(resource.resource(), 1);
  EXPECT_EQ(&value, state.Get(resource.resource()));
  value = 2;
  EXPECT_THAT(state.Get(resource.resource()), Pointee(2));
}

TEST(ResourceStateTest, BelongsToOneResourceAndOneKey) {
  const ResourceState<int> one;
  const ResourceState<int> two;
  const ResourceState<std::string> three;
  const AsyncResource a("A");
  const AsyncResource b("B");
  one.Set(a.resource(), 1);
  two.Set(a.resource(), 2);
  three.Set(a.resource(), "three");
  one.Set(b.resource(), 4);
  EXPECT_THAT(one.Get(a.resource()), Pointee(1));
  EXPECT_THAT(two.Get(a.resource()), Pointee(2));
  EXPECT_THAT(three.Get(a.resource()), Pointee(std::string("three")));
  EXPECT_THAT(one.Get(b.resource()), Pointee(4));
  EXPECT_THAT(two.Get(b.resource()), IsNull());
}

TEST(ResourceStateTest, SetDestroysWhatWasThere) {
  Tally tally;
  const ResourceState<int> first;
  const ResourceState<Counted> state;
  const ResourceState<int> last;
  const AsyncResource resource("A");
  first.Set(resource.resource(), 1);
  state.Set(resource.resource(), Counted(tally, 1));
  last.Set(resource.resource(), 2);
  for (int i = 2; i < 5; ++i) {
    EXPECT_EQ(state.Set(resource.resource(), Counted(tally, i)).value(), i);
    EXPECT_EQ(tally.live(), 1);
  }
  EXPECT_EQ(state.Get(resource.resource())->value(), 4);
  EXPECT_THAT(first.Get(resource.resource()), Pointee(1));
  EXPECT_THAT(last.Get(resource.resource()), Pointee(2));
}

TEST(ResourceStateTest, ValuesLiveAsLongAsTheirResource) {
  Tally tally;
  std::optional<AsyncResource> resource("A");
  {
    const ResourceState<Counted> state;
    state.Set(resource->resource(), Counted(tally));
  }
  EXPECT_EQ(tally.live(), 1);
  resource->EmitDestroy();
  EXPECT_EQ(tally.live(), 1);
  // A later key is a new one, whatever became of earlier ones.
  const ResourceState<std::string> other;
  EXPECT_THAT(other.Get(resource->resource()), IsNull());
  resource.reset();
  EXPECT_EQ(tally.live(), 0);
}

TEST(ResourceStateTest, HoldsWhatCanOnlyBeMoved) {
  const ResourceState<std::unique_ptr<int>> state;
  const AsyncResource resource("A");
  state.Set(resource.resource(), std::make_unique<int>(5));
  EXPECT_THAT(state.Get(resource.resource()), Pointee(Pointee(5)));
}

TEST(ResourceStateTest, IsThereInInitAndInTheBody) {
  const ResourceState<int> state;
  const AsyncHook hook =
      CreateHook({.init = [&](const InitEvent& event) {
        state.Set(event.resource(), static_cast<int>(event.async_id()));
      }}).Enable();
  const AsyncResource resource("A");
  resource.RunInAsyncScope([&] {
    EXPECT_THAT(state.Get(ExecutionAsyncResource()),
                Pointee(static_cast<int>(resource.async_id())));
  });
}

TEST(ResourceStateTest, ThreadsHaveStateOnTheirRoots) {
  Tally tally;
  const ResourceState<Counted> state;
  state.Set(ExecutionAsyncResource(), Counted(tally, 1));
  std::thread([&] {
    EXPECT_THAT(state.Get(ExecutionAsyncResource()), IsNull());
    state.Set(ExecutionAsyncResource(), Counted(tally, 2));
    EXPECT_EQ(state.Get(ExecutionAsyncResource())->value(), 2);
    EXPECT_EQ(tally.live(), 2);
  }).join();
  EXPECT_EQ(state.Get(ExecutionAsyncResource())->value(), 1);
  EXPECT_EQ(tally.live(), 1);
  ExecutionAsyncResource().ReleaseState();
  EXPECT_EQ(tally.live(), 0);
}

TEST(ResourceStateTest, SetWhereNothingExecutesIsAnError) {
  Tally tally;
  const ResourceState<Counted> state;
  std::string message;
  const AsyncHook hook =
      CreateHook({.destroy = [&](const DestroyEvent&) {
        EXPECT_THAT(state.Get(ExecutionAsyncResource()), IsNull());
        try {
          state.Set(ExecutionAsyncResource(), Counted(tally));
        } catch (const std::logic_error& error) {
          message = error.what();
        }
        EXPECT_THAT(state.Get(ExecutionAsyncResource()), IsNull());
      }}).Enable();
  {
    const AsyncResource resource("A");
  }
  EXPECT_EQ(message,
            "ResourceState::Set: nothing is executing here (async id 0), so "
            "there is no resource to attach state to");
  EXPECT_EQ(tally.live(), 0);
}

// Destructors of values may come back to where they were.
TEST(ResourceStateTest, DestructorsMayUseTheResource) {
  const ResourceState<std::shared_ptr<void>> state;
  const ResourceState<int> other;
  std::vector<int> seen;
  {
    const AsyncResource resource("A");
    Resource& where = resource.resource();
    other.Set(where, 1);
    state.Set(where, CallWhenGone([&] {
                seen.push_back(*other.Get(where));
                other.Set(where, 2);
                EXPECT_NE(state.Get(where), nullptr);  // what took its place
              }));
    state.Set(where, CallWhenGone([&] { other.Set(where, 3); }));
    EXPECT_THAT(other.Get(where), Pointee(2));
  }
  EXPECT_THAT(seen, ElementsAre(1));
}

TEST(ResourceStateTest, DestructorsAtTheEndOfAThreadExecuteNothing) {
  std::vector<AsyncId> ids;
  const ResourceState<std::shared_ptr<void>> state;
  std::thread([&] {
    state.Set(ExecutionAsyncResource(),
              CallWhenGone([&] { ids.push_back(ExecutionAsyncId()); }));
  }).join();
  EXPECT_THAT(ids, ElementsAre(kNoAsyncId));
}

// Node: test/async-hooks/test-async-execution-async-resource and the manual's
// continuation-local storage, from hooks alone
TEST(ResourceStateTest, BuildsContinuationLocalStorage) {
  const ResourceState<int> request;
  const AsyncHook hook =
      CreateHook({.init = [&](const InitEvent& event) {
        if (const int* id = request.Get(ExecutionAsyncResource())) {
          request.Set(event.resource(), *id);
        }
      }}).Enable();
  const auto handle = [&](int id) {
    const AsyncResource server("SERVER");
    return server.RunInAsyncScope([&] {
      request.Set(ExecutionAsyncResource(), id);
      return AsyncResource("QUERY").RunInAsyncScope([] {
        return AsyncResource::Bind([] { return &ExecutionAsyncResource(); },
                                   "DONE");
      });
    });
  };
  auto one = handle(1);
  auto two = handle(2);
  EXPECT_THAT(request.Get(*two()), Pointee(2));
  EXPECT_THAT(request.Get(*one()), Pointee(1));
  EXPECT_THAT(request.Get(ExecutionAsyncResource()), IsNull());
}

}  // namespace
}  // namespace weft
