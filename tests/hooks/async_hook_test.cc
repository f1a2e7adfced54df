// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Which hooks are called, in which order, and from when to when.

#include "weft/hooks/async_hook.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
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
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/tests/support/callback_for.h"
#include "weft/tests/support/counted.h"
#include "weft/tests/support/event_log.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using tests::Counted;
using tests::EventLog;
using tests::Tally;

static_assert(!std::is_copy_constructible_v<AsyncHook>);

void Nothing() {}

// A whole life: init, before, after, destroy.
void Live(std::string_view type) {
  AsyncResource(type).RunInAsyncScope(Nothing);
}

// Callbacks that call `fn` the first time that `event` happens.
HookCallbacks Once(HookEvent event, std::function<void()> fn) {
  auto act = [fn = std::move(fn), done = false](const auto&) mutable {
    if (!std::exchange(done, true)) fn();
  };
  return tests::CallbackFor(event, std::move(act));
}

TEST(AsyncHookTest, IsNotEnabledAtFirst) {
  EventLog log;
  const AsyncHook hook = CreateHook(log.Callbacks());
  Live("A");
  EXPECT_THAT(log.lines(), IsEmpty());
}

// Node: test/async-hooks/test-enable-disable
TEST(AsyncHookTest, EnableAndDisableAreIdempotentAndReturnTheHook) {
  EventLog log;
  AsyncHook hook = CreateHook(log.Callbacks());
  EXPECT_EQ(&hook.Enable(), &hook);
  EXPECT_EQ(&hook.Enable(), &hook);
  {
    const AsyncResource a("A");
  }
  EXPECT_EQ(&hook.Disable(), &hook);
  EXPECT_EQ(&hook.Disable(), &hook);
  {
    const AsyncResource b("B");
  }
  hook.Enable();
  {
    const AsyncResource c("C");
  }
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "destroy A",
                                       "init C <- root", "destroy C"));
}

// Node: test/parallel/test-async-hooks-enable-disable-enable
TEST(AsyncHookTest, SeesWhatHappensWhileItIsEnabled) {
  EventLog log;
  AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  std::optional<AsyncResource> resource("A");
  hook.Disable();
  resource->RunInAsyncScope([&] { hook.Enable(); });
  hook.Disable();
  resource->RunInAsyncScope(Nothing);
  hook.Enable();
  resource->RunInAsyncScope([&] { hook.Disable(); });
  resource.reset();
  EXPECT_THAT(log.lines(),
              ElementsAre("init A <- root", "after A", "before A"));
}

TEST(AsyncHookTest, HooksAreCalledInTheOrderOfTheirEnabling) {
  EventLog log;
  AsyncHook one = CreateHook(log.Callbacks("1 "));
  AsyncHook two = CreateHook(log.Callbacks("2 "));
  AsyncHook three = CreateHook(log.Callbacks("3 "));
  three.Enable();
  one.Enable();
  two.Enable();
  three.Enable();  // twice is once
  Live("A");
  EXPECT_THAT(log.lines(),
              ElementsAre("3 init A <- root", "1 init A <- root",
                          "2 init A <- root", "3 before A", "1 before A",
                          "2 before A", "3 after A", "1 after A", "2 after A",
                          "3 destroy A", "1 destroy A", "2 destroy A"));
}

TEST(AsyncHookTest, DisablingAndEnablingMovesToTheEnd) {
  EventLog log;
  AsyncHook one = CreateHook(log.Callbacks("1 ")).Enable();
  const AsyncHook two = CreateHook(log.Callbacks("2 ")).Enable();
  one.Disable().Enable();
  {
    const AsyncResource a("A");
  }
  EXPECT_THAT(log.lines(), ElementsAre("2 init A <- root", "1 init A <- root",
                                       "2 destroy A", "1 destroy A"));
}

TEST(AsyncHookTest, EachHookIsCalledForItsOwnKindsOnly) {
  EventLog log;
  const HookCallbacks all = log.Callbacks();
  const AsyncHook init = CreateHook({.init = all.init}).Enable();
  const AsyncHook before = CreateHook({.before = all.before}).Enable();
  const AsyncHook after = CreateHook({.after = all.after}).Enable();
  const AsyncHook destroy = CreateHook({.destroy = all.destroy}).Enable();
  Live("A");
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "before A", "after A",
                                       "destroy A"));
}

// Node: test/parallel/test-async-hooks-constructor
TEST(AsyncHookTest, MayHaveNoCallbacks) {
  EventLog log;
  AsyncHook empty = CreateHook({}).Enable();
  Live("A");
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  {
    const AsyncResource b("B");
  }
  empty.Disable();
  {
    const AsyncResource c("C");
  }
  EXPECT_THAT(log.lines(), ElementsAre("init B <- root", "destroy B",
                                       "init C <- root", "destroy C"));
}

TEST(AsyncHookTest, InitIsCalledAsTheCreator) {
  const AsyncLocalStorage<int> storage;
  std::vector<AsyncId> ids;
  const AsyncHook hook =
      CreateHook({.init = [&](const InitEvent&) {
        ids.push_back(ExecutionAsyncId());
        ids.push_back(TriggerAsyncId());
        EXPECT_EQ(storage.IsBound(), ExecutionAsyncId() != kMainAsyncId);
      }}).Enable();
  const AsyncResource outer("A");
  outer.RunInAsyncScope([&] {
    storage.Run(
        1, [] { const AsyncResource inner("B", {.trigger_async_id = 111}); });
  });
  EXPECT_THAT(ids, ElementsAre(kMainAsyncId, kNoAsyncId, outer.async_id(),
                               kMainAsyncId));
}

TEST(AsyncHookTest, BeforeAndAfterAreCalledAsTheResource) {
  std::vector<std::pair<AsyncId, AsyncId>> ids;
  const auto note = [&](const ResourceEvent& event) {
    EXPECT_EQ(event.async_id(), ExecutionAsyncId());
    ids.emplace_back(ExecutionAsyncId(), TriggerAsyncId());
  };
  const AsyncHook hook = CreateHook({.before = note, .after = note}).Enable();
  const AsyncResource resource("A", {.trigger_async_id = 111});
  resource.RunInAsyncScope(Nothing);
  const std::pair<AsyncId, AsyncId> own(resource.async_id(), 111);
  EXPECT_THAT(ids, ElementsAre(own, own));
}

// Node: test/async-hooks/test-enable-in-init and
// test/parallel/test-async-hooks-enable-recursive
TEST(AsyncHookTest, EnabledInInitSeesNothingOfThatInit) {
  EventLog log;
  AsyncHook nested = CreateHook(log.Callbacks("nested "));
  const AsyncHook hook = CreateHook(Once(HookEvent::kInit, [&] {
                           nested.Enable();
                           const AsyncResource inner("INNER");
                           inner.RunInAsyncScope(Nothing);
                         })).Enable();
  const AsyncResource a("A");
  EXPECT_THAT(log.lines(), IsEmpty());
  log.Name(a.async_id(), "A");
  a.RunInAsyncScope(Nothing);
  EXPECT_THAT(log.lines(), ElementsAre("nested before A", "nested after A"));
}

// Node: test/async-hooks/test-disable-in-init
TEST(AsyncHookTest, DisabledInInitStillSeesThatInitAndThoseInside) {
  EventLog log;
  AsyncHook nested = CreateHook(log.Callbacks("nested "));
  const AsyncHook hook = CreateHook(Once(HookEvent::kInit, [&] {
                           nested.Disable();
                           const AsyncResource inner("INNER");
                         })).Enable();
  nested.Enable();
  Live("A");
  EXPECT_THAT(log.lines(),
              ElementsAre("nested init INNER <- root", "nested destroy INNER",
                          "nested init A <- root"));
}

TEST(AsyncHookTest, EnabledInBeforeGetsAfterAndDestroy) {
  EventLog log;
  AsyncHook other = CreateHook(log.Callbacks("other "));
  const AsyncHook hook =
      CreateHook(Once(HookEvent::kBefore, [&] { other.Enable(); })).Enable();
  {
    const AsyncResource a("A");
    log.Name(a.async_id(), "A");
    a.RunInAsyncScope([&] { log.Add("body"); });
  }
  EXPECT_THAT(log.lines(),
              ElementsAre("body", "other after A", "other destroy A"));
}

TEST(AsyncHookTest, DisabledInBeforeStillGetsThatBefore) {
  EventLog log;
  AsyncHook other = CreateHook(log.Callbacks("other "));
  const AsyncHook hook =
      CreateHook(Once(HookEvent::kBefore, [&] { other.Disable(); })).Enable();
  other.Enable();
  Live("A");
  EXPECT_THAT(log.lines(),
              ElementsAre("other init A <- root", "other before A"));
}

TEST(AsyncHookTest, DisablingItselfInItsOwnBeforeEndsItsEvents) {
  EventLog log;
  std::optional<AsyncHook> hook;
  HookCallbacks callbacks = log.Callbacks();
  callbacks.before = [&](const BeforeEvent&) {
    hook->Disable();
    log.Add("before");
  };
  hook.emplace(CreateHook(std::move(callbacks)).Enable());
  Live("A");
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "before"));
}

TEST(AsyncHookTest, DisablingItselfInItsOwnAfterSparesTheDestroy) {
  EventLog log;
  std::optional<AsyncHook> hook;
  HookCallbacks callbacks = log.Callbacks();
  callbacks.after = [&](const AfterEvent&) { hook->Disable(); };
  hook.emplace(CreateHook(std::move(callbacks)).Enable());
  Live("A");
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "before A"));
}

TEST(AsyncHookTest, EnabledInAfterGetsTheDestroy) {
  EventLog log;
  AsyncHook other = CreateHook(log.Callbacks("other "));
  const AsyncHook hook =
      CreateHook(Once(HookEvent::kAfter, [&] { other.Enable(); })).Enable();
  {
    const AsyncResource a("A");
    log.Name(a.async_id(), "A");
    a.RunInAsyncScope(Nothing);
  }
  EXPECT_THAT(log.lines(), ElementsAre("other destroy A"));
}

// Node: test/async-hooks/test-late-hook-enable
TEST(AsyncHookTest, EnabledInTheBodyGetsNoBefore) {
  EventLog log;
  AsyncHook hook = CreateHook(log.Callbacks());
  {
    const AsyncResource a("A");
    log.Name(a.async_id(), "A");
    a.RunInAsyncScope([&] {
      hook.Enable();
      const AsyncResource b("B");
    });
  }
  EXPECT_THAT(log.lines(),
              ElementsAre("init B <- A", "destroy B", "after A", "destroy A"));
}

// What is put off inside of callbacks waits for the outermost of them: also
// bodies that run inside, and callbacks of other kinds, see the old hooks.
TEST(AsyncHookTest, HooksStandStillUntilTheOutermostBatchEnds) {
  EventLog log;
  AsyncHook one = CreateHook(log.Callbacks("1 "));
  AsyncHook two = CreateHook(log.Callbacks("2 "));
  const AsyncHook hook = CreateHook(Once(HookEvent::kBefore, [&] {
                           const AsyncResource b("B");
                           b.RunInAsyncScope([&] {
                             one.Disable();
                             two.Enable();
                             Live("C");
                           });
                           {
                             const AsyncResource d("D");
                           }
                           log.Add("end");
                         })).Enable();
  const AsyncResource a("A");
  log.Name(a.async_id(), "A");
  one.Enable();
  a.RunInAsyncScope([&] { log.Add("body"); });
  EXPECT_THAT(log.lines(),
              ElementsAre("1 init B <- A", "1 before B", "1 init C <- B",
                          "1 before C", "1 after C", "1 destroy C", "1 after B",
                          "1 init D <- A", "1 destroy D", "end", "1 destroy B",
                          "1 before A", "body", "2 after A"));
}

TEST(AsyncHookTest, PutOffCallsTakeEffectInTheirOrder) {
  EventLog log;
  AsyncHook one = CreateHook(log.Callbacks("1 "));
  AsyncHook two = CreateHook(log.Callbacks("2 "));
  AsyncHook three = CreateHook(log.Callbacks("3 "));
  const AsyncHook hook = CreateHook(Once(HookEvent::kInit, [&] {
                           three.Enable();
                           one.Disable().Enable();             // to the end
                           two.Disable().Enable().Disable();   // off
                           three.Enable().Disable().Enable();  // behind `one`
                         })).Enable();
  one.Enable();
  two.Enable();
  {
    const AsyncResource a("A");
  }
  EXPECT_THAT(log.lines(), ElementsAre("1 init A <- root", "2 init A <- root",
                                       "1 destroy A", "3 destroy A"));
}

TEST(AsyncHookTest, EnabledInADestroyCallbackWaitsForThatBatch) {
  EventLog log;
  AsyncHook other = CreateHook(log.Callbacks("other "));
  AsyncResource b("B");
  const AsyncHook hook = CreateHook(Once(HookEvent::kDestroy, [&] {
                           other.Enable();
                           b.EmitDestroy();  // after this one, same batch
                         })).Enable();
  {
    const AsyncResource a("A");
  }
  EXPECT_THAT(log.lines(), IsEmpty());
  {
    const AsyncResource c("C");
  }
  EXPECT_THAT(log.lines(),
              ElementsAre("other init C <- root", "other destroy C"));
}

// Hooks are not silenced inside hooks.
TEST(AsyncHookTest, ResourcesMadeInInitAreTold) {
  EventLog log;
  int depth = 0;
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  const AsyncHook makes = CreateHook({.init = [&](const InitEvent&) {
                            if (depth == 2) return;
                            ++depth;
                            Live("INNER");
                            --depth;
                          }}).Enable();
  {
    const AsyncResource a("A");
  }
  EXPECT_THAT(log.lines(),
              ElementsAre("init A <- root", "init INNER <- root",
                          "init INNER#2 <- root", "before INNER#2",
                          "after INNER#2", "destroy INNER#2", "before INNER",
                          "after INNER", "destroy INNER", "destroy A"));
}

TEST(AsyncHookTest, MaySwapWhatItsCallbacksAreGivenLater) {
  EventLog log;
  HookCallbacks callbacks = log.Callbacks();
  const AsyncHook hook = CreateHook(callbacks).Enable();
  callbacks.init = nullptr;  // was copied
  {
    const AsyncResource a("A");
  }
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "destroy A"));
}

TEST(AsyncHookTest, LivesAsLongAsItsObject) {
  EventLog log;
  Tally tally;
  {
    HookCallbacks callbacks = log.Callbacks();
    callbacks.before =
        [counted = std::make_shared<Counted>(tally)](const BeforeEvent&) {};
    const AsyncHook hook = CreateHook(std::move(callbacks)).Enable();
    EXPECT_EQ(tally.live(), 1);
    {
      const AsyncResource a("A");
    }
  }
  EXPECT_EQ(tally.live(), 0);
  Live("B");
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "destroy A"));
}

TEST(AsyncHookTest, StaysEnabledWhenMoved) {
  EventLog log;
  AsyncHook first = CreateHook(log.Callbacks()).Enable();
  AsyncHook second = std::move(first);
  {
    const AsyncResource a("A");
  }
  second.Disable();
  {
    const AsyncResource b("B");
  }
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "destroy A"));
}

TEST(AsyncHookTest, UseAfterMoveIsAnError) {
  AsyncHook hook = CreateHook({});
  const AsyncHook moved = std::move(hook);
  const std::vector<std::function<void()>> uses = {
      [&] { hook.Enable(); },
      [&] { std::move(hook).Enable(); },
      [&] { hook.Disable(); },
      [&] { hook.DisableAndWait(); },
  };
  for (const std::function<void()>& use : uses) {
    try {
      use();
      ADD_FAILURE() << "no error";
    } catch (const std::logic_error& error) {
      EXPECT_STREQ(error.what(), "AsyncHook: used after being moved from");
    }
  }
}

TEST(AsyncHookTest, MoveAssignmentLeavesNothingBehind) {
  EventLog log;
  AsyncHook one = CreateHook(log.Callbacks("1 ")).Enable();
  AsyncHook two = CreateHook(log.Callbacks("2 ")).Enable();
  one = std::move(two);
  {
    const AsyncResource a("A");
  }
  EXPECT_THAT(log.lines(), ElementsAre("2 init A <- root", "2 destroy A"));
  EXPECT_THROW(two.Enable(), std::logic_error);
  AsyncHook& itself = one;
  one = std::move(itself);
  one.Disable();
  two = std::move(one);
  two.Enable();
  {
    const AsyncResource b("B");
  }
  EXPECT_THAT(log.lines(), ElementsAre("2 init A <- root", "2 destroy A",
                                       "2 init B <- root", "2 destroy B"));
}

TEST(AsyncHookTest, DisableAndWaitDisables) {
  EventLog log;
  AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  {
    const AsyncResource a("A");
  }
  hook.DisableAndWait();
  hook.DisableAndWait();
  {
    const AsyncResource b("B");
  }
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "destroy A"));
}

TEST(AsyncHookTest, DisableAndWaitInACallbackDoesNotWait) {
  EventLog log;
  AsyncHook other = CreateHook(log.Callbacks("other "));
  const AsyncHook hook = CreateHook(Once(HookEvent::kInit, [&] {
                           other.DisableAndWait();
                         })).Enable();
  other.Enable();
  {
    const AsyncResource a("A");
  }
  EXPECT_THAT(log.lines(), ElementsAre("other init A <- root"));
}

// "But no callback starts any more, even if a batch is running."
TEST(AsyncHookTest, DestroyedInAnothersCallbackIsSilentAtOnce) {
  EventLog log;
  Tally tally;
  std::optional<AsyncHook> other;
  const AsyncHook hook = CreateHook(Once(HookEvent::kInit, [&] {
                           other.reset();
                           Live("INNER");
                           EXPECT_EQ(tally.live(), 1);  // it may be running
                         })).Enable();
  HookCallbacks callbacks = log.Callbacks("other ");
  callbacks.promise_resolve =
      [c = std::make_shared<Counted>(tally)](const PromiseResolveEvent&) {};
  other.emplace(CreateHook(std::move(callbacks)).Enable());
  Live("A");
  EXPECT_THAT(log.lines(), IsEmpty());
  EXPECT_EQ(tally.live(), 0);
}

// All callbacks of the hook must outlive the one that is running.
TEST(AsyncHookTest, MayBeDestroyedInItsOwnCallback) {
  for (const HookEvent event : {HookEvent::kInit, HookEvent::kBefore,
                                HookEvent::kAfter, HookEvent::kDestroy}) {
    Tally tally;
    std::optional<AsyncHook> hook;
    int calls = 0;
    hook.emplace(
        CreateHook(Once(event, [&, c = std::make_shared<Counted>(tally, 5)] {
          hook.reset();
          Live("INNER");
          EXPECT_EQ(c->value(), 5);
          ++calls;
        })).Enable());
    Live("A");
    Live("B");
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(tally.live(), 0);
  }
}

// What callbacks own is destroyed outside of all locks: it may use hooks.
TEST(AsyncHookTest, CallbacksMayOwnOtherHooks) {
  EventLog log;
  const auto inner = std::make_shared<AsyncHook>(CreateHook(log.Callbacks()));
  inner->Enable();
  {
    std::shared_ptr<AsyncHook> owned = inner;
    std::optional<AsyncHook> outer(
        CreateHook({.destroy = [owned](const DestroyEvent&) {}}).Enable());
    owned.reset();
    EXPECT_EQ(inner.use_count(), 2);
    outer.reset();
  }
  EXPECT_EQ(inner.use_count(), 1);

  struct Toggles {
    AsyncHook hook = CreateHook({});
    ~Toggles() { hook.Enable().Disable(); }
  };
  {
    const AsyncHook outer =
        CreateHook({.init = [t = std::make_shared<Toggles>()](
                                const InitEvent&) {
        }}).Enable();
    Live("A");
  }
  EXPECT_THAT(log.lines(), ElementsAre("init A <- root", "before A", "after A",
                                       "destroy A"));
}

TEST(AsyncHookTest, EnabledOnOneThreadIsSeenOnAll) {
  EventLog log;
  AsyncHook hook = CreateHook(log.Callbacks());
  std::thread([&] { hook.Enable(); }).join();
  {
    const AsyncResource a("A");
  }
  std::thread([] {
    AsyncResource("B", {.trigger_async_id = kMainAsyncId})
        .RunInAsyncScope(Nothing);
  }).join();
  std::thread([&] { hook.Disable(); }).join();
  {
    const AsyncResource c("C");
  }
  EXPECT_THAT(log.lines(),
              ElementsAre("init A <- root", "destroy A", "init B <- root",
                          "before B", "after B", "destroy B"));
}

// What one thread's callbacks put off, others are not told to put off.
TEST(AsyncHookTest, HooksStandStillOnTheirThreadOnly) {
  EventLog log;
  AsyncHook other = CreateHook(log.Callbacks("other "));
  const AsyncHook hook =
      CreateHook(Once(HookEvent::kInit, [&] {
        std::thread([&] {
          other.Enable();
          {
            const AsyncResource b("B", {.trigger_async_id = kMainAsyncId});
          }
        }).join();
      })).Enable();
  {
    const AsyncResource a("A");
  }
  EXPECT_THAT(log.lines(), ElementsAre("other init B <- root",
                                       "other destroy B", "other destroy ?"));
}

// Makes a resource in each init, until `left` is 0.
HookCallbacks Recursion(int& left) {
  return {.init = [&left](const InitEvent&) {
    if (--left > 0) {
      const AsyncResource inner("INNER");
    }
  }};
}

TEST(AsyncHookTest, CallbacksMayNest256Deep) {
  int left = 256;
  const AsyncHook hook = CreateHook(Recursion(left)).Enable();
  {
    const AsyncResource a("A");
  }
  EXPECT_EQ(left, 0);
}

TEST(AsyncHookDeathTest, AbortsWhenCallbacksNestDeeper) {
  int left = 257;
  const AsyncHook hook = CreateHook(Recursion(left)).Enable();
  EXPECT_DEATH(AsyncResource("A"),
               "weft: .*: hook callbacks are nested 256 deep: a callback that "
               "makes or runs a resource is called for that one too; have it "
               "leave its own resources alone");
}

// Each destroy waits for the one before: any number of them nests no deeper.
TEST(AsyncHookTest, DestroysInsideDestroysDoNotNest) {
  int left = 1000;
  int depth = 0;
  const AsyncHook hook = CreateHook({.destroy = [&](const DestroyEvent&) {
                           EXPECT_EQ(++depth, 1);
                           if (--left > 0) {
                             const AsyncResource inner("INNER");
                           }
                           --depth;
                         }}).Enable();
  {
    const AsyncResource a("A");
  }
  EXPECT_EQ(left, 0);
}

// A record of the thread's must not be waited for by its own exit.
TEST(AsyncHookDeathTest, ACallbackMayExitWithAStaticHook) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        static AsyncHook hook =
            CreateHook({.init = [](const InitEvent&) { std::exit(3); }});
        hook.Enable();
        const AsyncResource resource("A");
      },
      testing::ExitedWithCode(3), "");
}

// Made before the thread's first event, so destroyed after Weft has let it go.
struct EmitsAtThreadEnd {
  bool armed = false;
  ~EmitsAtThreadEnd() {
    if (armed) const AsyncResource resource("LATE");
  }
};

TEST(AsyncHookTest, AtAThreadsEndACallbackMayDestroyAHookThatEmits) {
  auto captured = std::make_unique<AsyncResource>("CAPTURED");
  const AsyncId captured_id = captured->async_id();
  std::vector<AsyncId> destroyed;
  auto victim = std::make_unique<AsyncHook>(
      CreateHook({.destroy = [shared = std::shared_ptr<AsyncResource>(std::move(
                                  captured))](const DestroyEvent&) {}}));
  victim->Enable();
  const AsyncHook hook =
      CreateHook({.init =
                      [&](const InitEvent& event) {
                        if (event.type() == "LATE") victim.reset();
                      },
                  .destroy =
                      [&](const DestroyEvent& event) {
                        destroyed.push_back(event.async_id());
                      }})
          .Enable();
  std::thread([] {
    thread_local EmitsAtThreadEnd late;
    late.armed = true;
    const AsyncResource warm("WARM");
  }).join();

  EXPECT_EQ(victim, nullptr);
  EXPECT_NE(std::find(destroyed.begin(), destroyed.end(), captured_id),
            destroyed.end());
}

}  // namespace
}  // namespace weft
