// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/emit.h"

#include <atomic>
#include <functional>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/internal/wanted_events.h"
#include "weft/hooks/resource.h"
#include "weft/tests/support/allocations.h"
#include "weft/tests/support/event_log.h"

namespace weft::hooks_internal {
namespace {

// A resource as the runtime makes it.
Resource Made(AsyncId id) { return Resource("MADE", id, kMainAsyncId); }

using testing::ElementsAre;
using tests::AllocationsIn;
using tests::EventLog;

// Node: test/async-hooks/test-emit-init
TEST(EmitTest, InitIsPassedOnAsItIs) {
  Resource resource("A", 1234, 1233);
  int calls = 0;
  const AsyncHook hook =
      CreateHook({.init = [&](AsyncId id, std::string_view type,
                              AsyncId trigger, Resource& given) {
        EXPECT_EQ(id, 1234u);
        EXPECT_EQ(type, "A");
        EXPECT_EQ(trigger, 1233u);
        EXPECT_EQ(&given, &resource);
        ++calls;
      }}).Enable();
  EmitInit(resource);
  EXPECT_EQ(calls, 1);
}

// Node: test/async-hooks/test-emit-before-after and
// test/parallel/test-async-wrap-destroyid
TEST(EmitTest, EachEventIsDeliveredOnce) {
  EventLog log;
  log.Name(1234, "A");
  const auto emit_all = [] {
    EmitBefore(Made(1234));
    EmitPromiseResolve(Made(1234));
    EmitAfter(Made(1234));
    EmitDestroy(Made(1234));
  };
  emit_all();
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  emit_all();
  EXPECT_THAT(log.lines(),
              ElementsAre("before A", "resolve A", "after A", "destroy A"));
}

TEST(EmitTest, CostsNothingWithoutHooks) {
  Resource resource("A", 1234, 1233);
  EXPECT_EQ(AllocationsIn([&] {
              EmitInit(resource);
              EmitBefore(Made(1234));
              EmitPromiseResolve(Made(1234));
              EmitAfter(Made(1234));
              EmitDestroy(Made(1234));
            }),
            0);
}

TEST(EmitTest, KindsAreWantedAsLongAsAHookWantsThem) {
  const auto wanted = [] {
    return wanted_events.bits.load(
        std::memory_order_relaxed);  // relaxed: one thread only
  };
  const auto nothing = [](AsyncId) {};
  AsyncHook empty = CreateHook({}).Enable();
  EXPECT_EQ(wanted(), 0u);
  AsyncHook one = CreateHook({.before = nothing, .after = nothing}).Enable();
  EXPECT_EQ(wanted(),
            EventBit(HookEvent::kBefore) | EventBit(HookEvent::kAfter));
  {
    const AsyncHook two =
        CreateHook({.after = nothing, .destroy = nothing}).Enable();
    EXPECT_TRUE(IsWanted(HookEvent::kBefore));
    EXPECT_TRUE(IsWanted(HookEvent::kAfter));
    EXPECT_TRUE(IsWanted(HookEvent::kDestroy));
    EXPECT_FALSE(IsWanted(HookEvent::kInit));
    EXPECT_FALSE(IsWanted(HookEvent::kPromiseResolve));
    one.Disable();
    EXPECT_FALSE(IsWanted(HookEvent::kBefore));
    EXPECT_TRUE(IsWanted(HookEvent::kAfter));
  }
  EXPECT_EQ(wanted(), 0u);
}

// A hook that wants another kind of event is not called for this one.
TEST(EmitTest, HooksAreAskedForTheirOwnKindsOnly) {
  EventLog log;
  log.Name(1234, "A");
  const HookCallbacks all = log.Callbacks();
  const AsyncHook destroys = CreateHook({.destroy = all.destroy}).Enable();
  const AsyncHook resolves =
      CreateHook({.promise_resolve = all.promise_resolve}).Enable();
  EmitBefore(Made(1234));
  EmitPromiseResolve(Made(1234));
  EmitDestroy(Made(1234));
  EXPECT_THAT(log.lines(), ElementsAre("resolve A", "destroy A"));
}

// Made before the thread's first event, so destroyed after all that the hooks
// keep of the thread.
class EmitsLate {
 public:
  void Do(std::function<void()> fn) { fn_ = std::move(fn); }
  ~EmitsLate() { fn_(); }

 private:
  std::function<void()> fn_;
};

TEST(EmitTest, WorksAtTheVeryEndOfAThread) {
  EventLog log;
  log.Name(1234, "A");
  log.Name(1235, "B");
  std::optional<AsyncHook> other(CreateHook(log.Callbacks("other ")));
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  const AsyncHook toggles = CreateHook({.after = [&](AsyncId) {
                              other->Enable();
                              EmitDestroy(Made(1235));
                              log.Add("end");
                            }}).Enable();
  std::thread([&] {
    static thread_local EmitsLate late;
    late.Do([&] {
      EmitBefore(Made(1234));
      EmitAfter(Made(1234));
      EmitDestroy(Made(1234));
      other.reset();
      EmitDestroy(Made(1235));
    });
    EmitBefore(Made(1235));
  }).join();
  EXPECT_THAT(log.lines(),
              ElementsAre("before B", "before A", "after A", "destroy B", "end",
                          "destroy A", "other destroy A", "destroy B"));
}

// What is kept of a thread is used again, however late it emitted.
TEST(EmitTest, ThreadsThatEndLeaveNothingBehind) {
  const AsyncHook hook = CreateHook({.before = [](AsyncId) {}}).Enable();
  const auto allocations = [] {
    int count = 0;
    const auto emit = [&count] {
      count += AllocationsIn([] { EmitBefore(Made(1234)); });
    };
    std::thread([&] {
      static thread_local EmitsLate late;
      late.Do(emit);
      emit();
    }).join();
    return count;
  };
  allocations();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(allocations(), 0);
}

}  // namespace
}  // namespace weft::hooks_internal
