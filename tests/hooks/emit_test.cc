// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/emit.h"

#include <atomic>
#include <functional>
#include <latch>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/internal/wanted_events.h"
#include "weft/hooks/resource.h"
#include "weft/hooks/worker_id.h"
#include "weft/tests/support/allocations.h"
#include "weft/tests/support/callback_for.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/event_log.h"

namespace weft::hooks_internal {
namespace {

// A resource as the runtime makes it.
Resource Made(AsyncId id) { return Resource("MADE", id, kMainAsyncId); }

using testing::ElementsAre;
using tests::AllocationsIn;
using tests::Count;
using tests::EventLog;

// Node: test/async-hooks/test-emit-init
TEST(EmitTest, InitIsPassedOnAsItIs) {
  Resource resource("A", 1234, 1233);
  int calls = 0;
  const AsyncHook hook = CreateHook({.init = [&](const InitEvent& event) {
                           EXPECT_EQ(event.async_id(), 1234u);
                           EXPECT_EQ(event.type(), "A");
                           EXPECT_EQ(event.trigger_async_id(), 1233u);
                           EXPECT_EQ(&event.resource(), &resource);
                           ++calls;
                         }}).Enable();
  EmitInit(resource);
  EXPECT_EQ(calls, 1);
}

TEST(EmitTest, AThreadsFirstEventNeedsNoMemory) {
  constexpr int kThreads = 8;
  Count told;
  const AsyncHook hook =
      CreateHook({.init = [&](const InitEvent&) { told.Add(); }}).Enable();
  Count failed;
  std::latch all_alive{kThreads};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      Resource resource = Made(1234);
      tests::FailAllocation(0);
      EmitInit(resource);
      if (!tests::AllocationFailurePending()) failed.Add();
      tests::FailAllocation(-1);
      all_alive.arrive_and_wait();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(told.get(), kThreads);
  // The others had the records of threads that have ended.
  EXPECT_GT(failed.get(), 0);
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
  const auto nothing = [](const ResourceEvent&) {};
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

TEST(EmitTest, SeveralKindsAreAskedForAtOnce) {
  EXPECT_FALSE(IsAnyWanted(kLifecycleEvents));
  for (const HookEvent event : {HookEvent::kInit, HookEvent::kBefore,
                                HookEvent::kAfter, HookEvent::kDestroy}) {
    const AsyncHook hook =
        CreateHook(tests::CallbackFor(event, [](const auto&) {})).Enable();
    EXPECT_TRUE(IsAnyWanted(kLifecycleEvents)) << HookEventName(event);
    EXPECT_EQ(IsAnyWanted(EventBit(HookEvent::kInit)),
              event == HookEvent::kInit);
  }
  const AsyncHook others =
      CreateHook({.promise_resolve = [](const PromiseResolveEvent&) {},
                  .enqueue = [](const EnqueueEvent&) {},
                  .steal = [](const StealEvent&) {}})
          .Enable();
  EXPECT_FALSE(IsAnyWanted(kLifecycleEvents));
}

// The callback for an event is the one that is called for it.
TEST(EmitTest, EventsOfSchedulingArePassedOnAsTheyAre) {
  static constexpr WorkerId kFrom{7, 1};
  static constexpr WorkerId kTo{7, 2};
  std::vector<HookEvent> called;
  const auto worker = [&called](HookEvent event) {
    return [&called, event](const auto& told) {
      EXPECT_EQ(told.kKind, event);
      EXPECT_EQ(told.worker(), kTo);
      called.push_back(event);
    };
  };
  const AsyncHook hook =
      CreateHook({.enqueue =
                      [&](const EnqueueEvent& event) {
                        EXPECT_EQ(event.async_id(), 1234u);
                        called.push_back(HookEvent::kEnqueue);
                      },
                  .start =
                      [&](const StartEvent& event) {
                        EXPECT_EQ(event.async_id(), 1234u);
                        EXPECT_EQ(event.worker(), kTo);
                        called.push_back(HookEvent::kStart);
                      },
                  .worker_start = worker(HookEvent::kWorkerStart),
                  .worker_stop = worker(HookEvent::kWorkerStop),
                  .park = worker(HookEvent::kPark),
                  .unpark = worker(HookEvent::kUnpark),
                  .steal =
                      [&](const StealEvent& event) {
                        EXPECT_EQ(event.async_id(), 1234u);
                        EXPECT_EQ(event.from(), kFrom);
                        EXPECT_EQ(event.to(), kTo);
                        called.push_back(HookEvent::kSteal);
                      }},
                 // Events of workers have no type.
                 {.types = {"MADE"}})
          .Enable();
  CallEnqueue(kEventBits, Made(1234), 7);
  CallSteal(kEventBits, Made(1234), kFrom, kTo);
  CallSteal(kEventBits, Resource("OTHER", 1, 1), kFrom, kTo);
  CallStart(kEventBits, Made(1234), kTo, 0);
  for (const HookEvent event : {HookEvent::kWorkerStart, HookEvent::kWorkerStop,
                                HookEvent::kPark, HookEvent::kUnpark}) {
    CallWorker(kEventBits, event, kTo);
  }
  EXPECT_THAT(called, ElementsAre(HookEvent::kEnqueue, HookEvent::kSteal,
                                  HookEvent::kStart, HookEvent::kWorkerStart,
                                  HookEvent::kWorkerStop, HookEvent::kPark,
                                  HookEvent::kUnpark));
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
  const AsyncHook toggles = CreateHook({.after = [&](const AfterEvent&) {
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
  const AsyncHook hook =
      CreateHook({.before = [](const BeforeEvent&) {}}).Enable();
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
