// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/hook_event.h"

#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_callbacks.h"
#include "weft/hooks/resource.h"
#include "weft/hooks/resource_state.h"
#include "weft/hooks/worker_id.h"
#include "weft/tests/support/allocations.h"
#include "weft/tests/support/call_when_gone.h"
#include "weft/tests/support/counted.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::Pointee;
using tests::CallWhenGone;
using tests::Counted;
using tests::FailAllocation;
using tests::Tally;

TEST(HookEventTest, KindsHaveNames) {
  EXPECT_EQ(HookEventName(HookEvent::kInit), "init");
  EXPECT_EQ(HookEventName(HookEvent::kBefore), "before");
  EXPECT_EQ(HookEventName(HookEvent::kAfter), "after");
  EXPECT_EQ(HookEventName(HookEvent::kDestroy), "destroy");
  EXPECT_EQ(HookEventName(HookEvent::kPromiseResolve), "promise_resolve");
  EXPECT_EQ(HookEventName(HookEvent::kEnqueue), "enqueue");
  EXPECT_EQ(HookEventName(HookEvent::kStart), "start");
  EXPECT_EQ(HookEventName(HookEvent::kWorkerStart), "worker_start");
  EXPECT_EQ(HookEventName(HookEvent::kWorkerStop), "worker_stop");
  EXPECT_EQ(HookEventName(HookEvent::kPark), "park");
  EXPECT_EQ(HookEventName(HookEvent::kUnpark), "unpark");
  EXPECT_EQ(HookEventName(HookEvent::kSteal), "steal");
  EXPECT_EQ(HookEventName(static_cast<HookEvent>(99)), "unknown");
}

// ----- Events may grow -----

// Nothing that a callback can do with an event depends on how many facts it
// has: it is not an aggregate, so it is neither listed nor taken apart, and no
// copy outlives the call.
template <typename Event>
inline constexpr bool kMayGrow =
    !std::is_aggregate_v<Event> && !std::is_copy_constructible_v<Event> &&
    !std::is_copy_assignable_v<Event> &&
    !std::is_default_constructible_v<Event>;
static_assert(kMayGrow<InitEvent> && kMayGrow<BeforeEvent> &&
              kMayGrow<AfterEvent> && kMayGrow<DestroyEvent> &&
              kMayGrow<PromiseResolveEvent> && kMayGrow<EnqueueEvent> &&
              kMayGrow<StartEvent> && kMayGrow<StealEvent> &&
              kMayGrow<WorkerStartEvent> && kMayGrow<WorkerStopEvent> &&
              kMayGrow<ParkEvent> && kMayGrow<UnparkEvent>);

// A StartEvent that tells more.
class LaterStartEvent : public ResourceEvent {
 public:
  static constexpr HookEvent kKind = HookEvent::kStart;

  LaterStartEvent(const Resource& resource, WorkerId worker, int queue_wait_ns)
      : ResourceEvent(resource),
        worker_(worker),
        queue_wait_ns_(queue_wait_ns) {}
  using ResourceEvent::resource;

  WorkerId worker() const noexcept { return worker_; }
  int queue_wait_ns() const noexcept { return queue_wait_ns_; }

 private:
  const WorkerId worker_;
  const int queue_wait_ns_;
};

TEST(HookEventTest, ACallbackWrittenForOneTakesALaterOneToo) {
  std::vector<AsyncId> ids;
  const auto callback = [&](const auto& event) {
    EXPECT_EQ(event.kKind, HookEvent::kStart);
    EXPECT_EQ(event.worker(), (WorkerId{1, 2}));
    EXPECT_EQ(event.resource().type(), "A");
    ids.push_back(event.async_id());
  };
  const auto of_all = [&](const ResourceEvent& event) {
    ids.push_back(event.async_id() + 100);
  };
  const std::function<void(const StartEvent&)> now[] = {callback, of_all};
  const std::function<void(const LaterStartEvent&)> later[] = {callback,
                                                               of_all};
  const Resource resource("A", 7, 3);
  for (const auto& call : now) call(StartEvent(resource, {1, 2}));
  for (const auto& call : later) call(LaterStartEvent(resource, {1, 2}, 5));
  EXPECT_THAT(ids, ElementsAre(7u, 107u, 7u, 107u));
}

// The arguments of Node's callbacks are not those of a callback here.
template <typename Event, typename... Arguments>
inline constexpr bool kIsCallback =
    std::is_constructible_v<std::function<void(const Event&)>,
                            void (*)(Arguments...)>;
static_assert(kIsCallback<BeforeEvent, const BeforeEvent&>);
static_assert(kIsCallback<BeforeEvent, const ResourceEvent&>);
static_assert(!kIsCallback<BeforeEvent, const AfterEvent&>);
static_assert(!kIsCallback<BeforeEvent, AsyncId>);
static_assert(
    !kIsCallback<InitEvent, AsyncId, std::string_view, AsyncId, Resource&>);
static_assert(kIsCallback<ParkEvent, const WorkerEvent&>);
static_assert(!kIsCallback<ParkEvent, WorkerId>);

// ----- What they tell -----

template <typename Event>
concept HasResource = requires(const Event& event) { event.resource(); };
static_assert(HasResource<EnqueueEvent> && !HasResource<StealEvent> &&
              !HasResource<ParkEvent>);

template <typename Event>
void ExpectFacts(const Event& event, const Resource& resource) {
  SCOPED_TRACE(HookEventName(Event::kKind));
  EXPECT_EQ(event.async_id(), resource.async_id());
  EXPECT_EQ(event.type(), resource.type());
  EXPECT_EQ(event.trigger_async_id(), resource.trigger_async_id());
  EXPECT_EQ(event.where().line(), resource.source_location().line());
  EXPECT_EQ(event.where().file_name(), resource.source_location().file_name());
  if constexpr (HasResource<Event>) {
    EXPECT_EQ(&event.resource(), &resource);
  }
}

TEST(HookEventTest, EachTellsOfItsResource) {
  Resource resource("A", 7, 3, std::source_location::current());
  ExpectFacts(InitEvent(resource), resource);
  ExpectFacts(BeforeEvent(resource), resource);
  ExpectFacts(AfterEvent(resource), resource);
  ExpectFacts(DestroyEvent(resource), resource);
  ExpectFacts(PromiseResolveEvent(resource), resource);
  ExpectFacts(EnqueueEvent(resource), resource);
  ExpectFacts(StartEvent(resource, {1, 2}), resource);
  ExpectFacts(StealEvent(resource, {1, 2}, {1, 3}), resource);
}

TEST(HookEventTest, EachTellsOfItsWorkers) {
  const Resource resource("A", 7, 3);
  constexpr WorkerId kOne{1, 2};
  constexpr WorkerId kOther{1, 3};
  EXPECT_EQ(StartEvent(resource, kOne).worker(), kOne);
  EXPECT_EQ(StealEvent(resource, kOne, kOther).from(), kOne);
  EXPECT_EQ(StealEvent(resource, kOne, kOther).to(), kOther);
  EXPECT_EQ(WorkerStartEvent(kOne).worker(), kOne);
  EXPECT_EQ(WorkerStopEvent(kOne).worker(), kOne);
  EXPECT_EQ(ParkEvent(kOne).worker(), kOne);
  EXPECT_EQ(UnparkEvent(kOne).worker(), kOne);
}

// Each later event has what init attaches.
TEST(HookEventTest, AToolNeedsNoTable) {
  const ResourceState<std::string> state;
  std::vector<std::string> lives;
  const auto add = [&](const auto& event) {
    *state.Get(event.resource()) += HookEventName(event.kKind).front();
  };
  const AsyncHook hook =
      CreateHook({.init =
                      [&](const InitEvent& event) {
                        state.Set(event.resource(), "i");
                      },
                  .before = add,
                  .after = add,
                  .destroy =
                      [&](const DestroyEvent& event) {
                        lives.push_back(*state.Get(event.resource()));
                      }})
          .Enable();
  {
    const AsyncResource once("ONCE");
    const AsyncResource twice("TWICE");
    twice.RunInAsyncScope([] {});
    once.RunInAsyncScope([&] { twice.RunInAsyncScope([] {}); });
  }
  EXPECT_THAT(lives, ElementsAre("ibaba", "iba"));
}

// ----- Destroy events that come inside a destroy callback -----

// What a destroy callback is told.
struct Told {
  AsyncId id = kNoAsyncId;
  std::string type = {};
  AsyncId trigger = kNoAsyncId;
  unsigned line = 0;
  int value = 0;  // of the attached Counted; 0: none
  int live = 0;   // such

  friend bool operator==(const Told&, const Told&) = default;
};

class PutOffDestroyTest : public testing::Test {
 protected:
  // Attached to a resource that it names.
  Counted Value(int value) { return Counted(tally_, value); }

  // Calls `inside` in the next destroy callback.
  void Inside(std::function<void()> inside) { inside_ = std::move(inside); }

  Tally tally_;
  const ResourceState<Counted> state_;
  const ResourceState<std::shared_ptr<void>> witness_;
  std::vector<Told> told_;

 private:
  std::function<void()> inside_;
  const AsyncHook hook_ =
      CreateHook({.destroy = [this](const DestroyEvent& event) {
        EXPECT_EQ(ExecutionAsyncId(), kNoAsyncId);
        EXPECT_EQ(event.resource().async_id(), event.async_id());
        const Counted* const value = state_.Get(event.resource());
        told_.push_back({event.async_id(), std::string(event.type()),
                         event.trigger_async_id(), event.where().line(),
                         value == nullptr ? 0 : value->value(), tally_.live()});
        if (inside_) std::exchange(inside_, {})();
      }}).Enable();
};

TEST_F(PutOffDestroyTest, TellsWhatThereWasOfTheResource) {
  std::optional<AsyncResource> outer("OUTER");
  // Longer than what a string has room for in itself.
  constexpr std::string_view kType = "A_TYPE_WITH_A_NAME_OF_SOME_LENGTH";
  const std::source_location where = std::source_location::current();
  std::optional<AsyncResource> inner(
      std::in_place, kType, AsyncResourceOptions{.trigger_async_id = 111},
      where);
  const AsyncId id = inner->async_id();
  state_.Set(inner->resource(), Value(5));
  bool is_gone = false;
  Inside([&] {
    inner.reset();
    is_gone = true;
    EXPECT_EQ(tally_.live(), 1) << "it goes with the event";
  });
  outer.reset();
  EXPECT_TRUE(is_gone);
  ASSERT_EQ(told_.size(), 2u);
  EXPECT_EQ(told_[1], (Told{id, std::string(kType), 111, where.line(), 5, 1}));
  EXPECT_EQ(tally_.live(), 0);
}

// One at a time: what is attached dies right after the event, as nobody's, and
// may bring further events.
TEST_F(PutOffDestroyTest, WhatIsAttachedDiesAfterItsEvent) {
  std::optional<AsyncResource> outer("OUTER");
  std::optional<AsyncResource> first("FIRST");
  std::optional<AsyncResource> second("SECOND");
  auto third = std::make_unique<AsyncResource>("THIRD");
  state_.Set(first->resource(), Value(1));
  state_.Set(second->resource(), Value(2));
  std::vector<AsyncId> dies_as;
  witness_.Set(first->resource(), CallWhenGone([&] {
                 dies_as.push_back(ExecutionAsyncId());
                 third.reset();
               }));
  Inside([&] {
    first.reset();
    second.reset();
  });
  outer.reset();
  std::vector<std::pair<std::string, int>> seen;
  for (const Told& told : told_) seen.emplace_back(told.type, told.live);
  EXPECT_THAT(seen, ElementsAre(std::pair("OUTER", 2), std::pair("FIRST", 2),
                                std::pair("SECOND", 1), std::pair("THIRD", 0)));
  EXPECT_THAT(dies_as, ElementsAre(kNoAsyncId));
}

TEST_F(PutOffDestroyTest, AResourceThatLivesOnKeepsWhatIsAttached) {
  std::optional<AsyncResource> outer("OUTER");
  AsyncResource lives_on("LIVES_ON");
  state_.Set(lives_on.resource(), Value(5));
  Inside([&] { lives_on.EmitDestroy(); });
  outer.reset();
  ASSERT_EQ(told_.size(), 2u);
  EXPECT_EQ(told_[1].type, "LIVES_ON");
  EXPECT_EQ(told_[1].value, 0);
  lives_on.RunInAsyncScope(
      [&] { EXPECT_EQ(state_.Get(ExecutionAsyncResource())->value(), 5); });
}

// Without memory for the event it is told at once, of the resource itself.
TEST_F(PutOffDestroyTest, IsToldAtOnceIfThereIsNoMemory) {
  std::optional<AsyncResource> outer("OUTER");
  std::optional<AsyncResource> inner("INNER");
  state_.Set(inner->resource(), Value(5));
  told_.reserve(2);
  Inside([&] {
    FailAllocation(0);
    inner.reset();
    FailAllocation(-1);
    ASSERT_EQ(told_.size(), 2u);
    EXPECT_EQ(told_[1].value, 5);
    EXPECT_EQ(tally_.live(), 0);
  });
  outer.reset();
  EXPECT_EQ(told_.size(), 2u);
}

}  // namespace
}  // namespace weft
