// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/cancellation.h"

#include <pthread.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/busy_workers.h"
#include "tests/executor/executor_kinds.h"
#include "tests/executor/futures/shared_value.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/shield_scope.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

bool IsCancelled() { return CancellationToken::Current().is_cancelled(); }

// ----- Scopes -----

TEST(CancellationScopeTest, OutsideNothingCanBeCancelled) {
  EXPECT_FALSE(CancellationToken::Current().can_be_cancelled());
  EXPECT_FALSE(IsCancelled());
  EXPECT_FALSE(CancellationToken().can_be_cancelled());
}

TEST(CancellationScopeTest, EndsWithItsScope) {
  CancellationSource source;
  {
    const CancellationScope scope(source.token());
    EXPECT_TRUE(CancellationToken::Current().can_be_cancelled());
    EXPECT_FALSE(IsCancelled());
    EXPECT_TRUE(source.Cancel());
    EXPECT_FALSE(source.Cancel());
    EXPECT_TRUE(IsCancelled());
  }
  EXPECT_FALSE(IsCancelled());
  EXPECT_TRUE(source.is_cancelled());
}

TEST(CancellationScopeTest, AnInnerOneIsCancelledByTheOuterAndByItsOwn) {
  for (const bool outer_first : {true, false}) {
    CancellationSource outer;
    CancellationSource inner;
    const CancellationScope outer_scope(outer.token());
    {
      const CancellationScope inner_scope(inner.token());
      EXPECT_FALSE(IsCancelled());
      (outer_first ? outer : inner).Cancel();
      EXPECT_TRUE(IsCancelled());
    }
    EXPECT_EQ(IsCancelled(), outer_first);
  }
}

TEST(CancellationScopeTest, ATokenOfThreeNestedScopesLivesByItself) {
  CancellationSource outermost;
  std::optional<CancellationToken> token;
  {
    const CancellationScope a(outermost.token());
    CancellationSource middle;
    const CancellationScope b(middle.token());
    CancellationSource innermost;
    const CancellationScope c(innermost.token());
    token = CancellationToken::Current();
  }
  EXPECT_FALSE(token->is_cancelled());
  outermost.Cancel();
  EXPECT_TRUE(token->is_cancelled());
}

TEST(CancellationScopeTest, AnEmptyTokenChangesNothing) {
  CancellationSource source;
  const CancellationScope outer(source.token());
  const CancellationScope inner{CancellationToken()};
  source.Cancel();
  EXPECT_TRUE(IsCancelled());
}

TEST(CancellationScopeTest, WorksWithStandardStopTokens) {
  std::stop_source source;
  const CancellationScope scope(source.get_token());
  int calls = 0;
  const std::stop_callback on_stop(CancellationToken::Current().stop_token(),
                                   [&] { ++calls; });
  EXPECT_FALSE(IsCancelled());
  source.request_stop();
  EXPECT_TRUE(IsCancelled());
  EXPECT_EQ(calls, 1);
}

TEST(CancellationScopeTest, CallbacksOfANestedOneRunWhereTheOuterIsCancelled) {
  CancellationSource outer;
  CancellationSource inner;
  const CancellationScope outer_scope(outer.token());
  const CancellationScope inner_scope(inner.token());
  std::thread::id ran_on;
  const std::stop_callback on_stop(
      CancellationToken::Current().stop_token(),
      [&] { ran_on = std::this_thread::get_id(); });
  std::thread::id cancelled_on;
  std::thread([&] {
    cancelled_on = std::this_thread::get_id();
    outer.Cancel();
  }).join();
  EXPECT_EQ(ran_on, cancelled_on);
}

TEST(CancellationScopeTest, AShieldTakesItAway) {
  CancellationSource source;
  source.Cancel();
  const CancellationScope scope(source.token());
  {
    const ShieldScope shield;
    EXPECT_FALSE(IsCancelled());
    CancellationSource other;
    const CancellationScope inside(other.token());
    EXPECT_FALSE(IsCancelled());
    other.Cancel();
    EXPECT_TRUE(IsCancelled());
  }
  EXPECT_TRUE(IsCancelled());
}

TEST(CancellationScopeTest, ASnapshotHasThatOfItsCapture) {
  CancellationSource source;
  ContextSnapshot snapshot;
  {
    const CancellationScope scope(source.token());
    snapshot = ContextSnapshot::Capture();
  }
  source.Cancel();
  EXPECT_TRUE(snapshot.Run(IsCancelled));
  EXPECT_FALSE(IsCancelled());
}

// Two scopes in one are cancelled by that, one after the other, and by their
// own sources then, or meanwhile.
TEST(CancellationScopeTest, MayBeCancelledFromOutsideAndByItsOwn) {
  for (const bool meanwhile : {false, true}) {
    for (int round = 0; round < 500; ++round) {
      CancellationSource outermost;
      std::vector<CancellationSource> sources(4);
      const CancellationScope outer_scope(outermost.token());
      const CancellationScope scope(sources[0].token());
      const auto outer = ContextSnapshot::Capture();
      std::vector<CancellationToken> tokens;
      for (std::size_t i = 1; i < sources.size(); ++i) {
        outer.Run([&] {
          const CancellationScope inner(sources[i].token());
          tokens.push_back(CancellationToken::Current());
        });
      }
      std::thread cancelling([&] { outermost.Cancel(); });
      if (!meanwhile) cancelling.join();
      for (CancellationSource& source : sources) source.Cancel();
      if (meanwhile) cancelling.join();
      for (const CancellationToken& token : tokens) {
        EXPECT_TRUE(token.is_cancelled());
      }
    }
  }
}

// ----- Scopes in scopes, for ever -----

std::stop_token CurrentToken() {
  return CancellationToken::Current().stop_token();
}

TEST(NestedCancellationTest, TheSameSourcesAgainAddNothing) {
  for (const std::size_t count : {1u, 2u, 3u, 16u}) {
    std::vector<CancellationSource> sources(count);
    ContextSnapshot snapshot;
    std::stop_token first;
    for (std::size_t round = 0; round < 20 * count; ++round) {
      snapshot.Run([&] {
        const CancellationScope scope(sources[round % count].token());
        snapshot = ContextSnapshot::Capture();
        if (round + 1 == count) first = CurrentToken();
        if (round >= count) {
          EXPECT_EQ(CurrentToken(), first);
        }
      });
    }
    sources.back().Cancel();
    EXPECT_TRUE(first.stop_requested());
  }
}

TEST(NestedCancellationTest, WhatOneFlowHasOfAnotherIsNotAddedTwice) {
  CancellationSource a;
  CancellationSource b;
  std::optional<CancellationToken> both;
  {
    const CancellationScope outer(a.token());
    const CancellationScope inner(b.token());
    both = CancellationToken::Current();
  }
  const CancellationScope outer(b.token());
  const CancellationScope inner(*both);
  EXPECT_EQ(CurrentToken(), both->stop_token());
  const CancellationScope again(a.token());
  EXPECT_EQ(CurrentToken(), both->stop_token());
}

// Calls `fn()` on a thread whose stack has not room for much recursion.
void OnASmallStack(void (*fn)()) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pthread_t thread;
  ASSERT_EQ(pthread_create(
                &thread, &attributes,
                [](void* call) -> void* {
                  reinterpret_cast<void (*)()>(call)();
                  return nullptr;
                },
                reinterpret_cast<void*>(fn)),
            0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

// Each round in the scope of the one before, with a source of its own, which is
// kept or not.
void NestForLong() {
  constexpr int kRounds = 20'000;
  for (const bool is_kept : {false, true}) {
    for (const bool is_cancelled : {false, true}) {
      CancellationSource first;
      std::vector<CancellationSource> kept;
      ContextSnapshot snapshot;
      for (int round = 0; round < kRounds; ++round) {
        CancellationSource source = round == 0 ? first : CancellationSource();
        snapshot.Run([&] {
          const CancellationScope scope(source.token());
          snapshot = ContextSnapshot::Capture();
        });
        if (is_kept) kept.push_back(std::move(source));
      }
      EXPECT_FALSE(snapshot.Run(IsCancelled));
      if (is_cancelled) {
        first.Cancel();
        EXPECT_TRUE(snapshot.Run(IsCancelled));
      } else if (is_kept) {
        kept[kRounds / 2].Cancel();
        EXPECT_TRUE(snapshot.Run(IsCancelled));
      }
    }
  }
}

TEST(NestedCancellationTest, LongChainsEndAndAreCancelled) {
  OnASmallStack(&NestForLong);
}

TEST(NestedCancellationTest, ACallbackMayCancelAnotherSource) {
  CancellationSource a;
  CancellationSource b;
  const CancellationScope in_a(a.token());
  CancellationSource c;
  const CancellationScope in_c(c.token());
  bool was_cancelled = false;
  // Another chain, which is to be cancelled inside.
  std::optional<CancellationToken> other;
  {
    const ShieldScope shield;
    const CancellationScope in_b(b.token());
    CancellationSource d;
    const CancellationScope in_d(d.token());
    other = CancellationToken::Current();
  }
  const std::stop_callback on_cancel(CurrentToken(), [&] {
    b.Cancel();
    was_cancelled = other->is_cancelled();
  });
  a.Cancel();
  EXPECT_TRUE(was_cancelled);
}

// ----- Tasks, on every executor -----

class CancellationTest : public EveryExecutorTest {};
WEFT_EVERY_EXECUTOR(CancellationTest);

TEST_P(CancellationTest, AllThatIsSpawnedInheritsIt) {
  const std::unique_ptr<Executor> executor = Make();
  CancellationSource source;
  SharedValue<bool> seen{false};
  std::optional<CancellationScope> scope(std::in_place, source.token());
  Future<void> done = executor->Submit([&] {
    executor
        ->Submit([&] {
          source.Cancel();
          seen = IsCancelled();
        })
        .Get();
  });
  scope.reset();
  done.Get();

  EXPECT_TRUE(seen);
}

TEST_P(CancellationTest, AQueuedTaskDoesNotRunAndItsFutureSaysSo) {
  const std::unique_ptr<Executor> executor = Make();
  CancellationSource source;
  Future<int> future;
  {
    const BusyWorkers busy(*executor);
    const CancellationScope scope(source.token());
    future = executor->Submit([] { return 1; });
    source.Cancel();
  }
  EXPECT_THAT([&] { future.Get(); },
              ThrowsMessage<CancelledError>(
                  AllOf(HasSubstr("Executor: task "),
                        HasSubstr(" of type FUTURE_TASK, submitted at "),
                        HasSubstr("cancellation_test.cc:"),
                        HasSubstr(", was not run: it was cancelled"))));
  EXPECT_EQ(executor->stats().dropped.cancelled, 1u);
  EXPECT_EQ(executor->stats().dropped.expired, 0u);
}

TEST_P(CancellationTest, APostedOneIsDestroyedAndCounted) {
  std::mutex mutex;
  std::vector<std::string> events;
  const auto add = [&](std::string event) {
    const std::lock_guard<std::mutex> lock(mutex);
    events.push_back(std::move(event));
  };
  AsyncHook hook =
      CreateHook({.init =
                      [&](const InitEvent& event) {
                        add("init " + std::string(event.type()));
                      },
                  .before = [&](const BeforeEvent&) { add("before"); },
                  .destroy = [&](const DestroyEvent&) { add("destroy"); }})
          .Enable();
  const auto held = std::make_shared<int>(1);
  const std::unique_ptr<Executor> executor = Make();
  {
    CancellationSource source;
    source.Cancel();
    const CancellationScope scope(source.token());
    executor->Post([held] { FAIL(); });
    executor->Defer([held] { FAIL(); });
  }
  executor->Drain();
  hook.DisableAndWait();

  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(executor->stats().dropped.cancelled, 2u);
  EXPECT_THAT(events, testing::UnorderedElementsAre(
                          "init TASK", "init DEFERRED", "destroy", "destroy"));
}

TEST_P(CancellationTest, WhatRunsGoesOn) {
  const std::unique_ptr<Executor> executor = Make();
  CancellationSource source;
  std::optional<CancellationScope> scope(std::in_place, source.token());
  Future<int> future = executor->Submit([&] {
    source.Cancel();
    return 1;
  });
  scope.reset();

  EXPECT_EQ(future.Get(), 1);
}

TEST_P(CancellationTest, AContinuationThatIsCancelledSaysSo) {
  const std::unique_ptr<Executor> executor = Make();
  CancellationSource source;
  Future<int> first = executor->Submit([] { return 1; });
  Future<int> then;
  {
    const CancellationScope scope(source.token());
    source.Cancel();
    then = std::move(first).Then([](int i) { return i + 1; });
  }

  EXPECT_THAT([&] { then.Get(); },
              ThrowsMessage<CancelledError>(HasSubstr("CONTINUATION")));
}

TEST_P(CancellationTest, AGroupCountsItAsByItsOwnCancel) {
  const std::unique_ptr<Executor> executor = Make();
  CancellationSource source;
  TaskGroup group(*executor);
  group.Run([] {});
  {
    const CancellationScope scope(source.token());
    source.Cancel();
    for (int i = 0; i < 3; ++i) group.Run([] { FAIL(); });
  }
  group.Wait();

  EXPECT_EQ(group.cancelled(), 3u);
  EXPECT_EQ(group.failures(), 0u);
  EXPECT_FALSE(group.is_cancelled());
}

TEST_P(CancellationTest, WhatIsShieldedRuns) {
  const std::unique_ptr<Executor> executor = Make();
  CancellationSource source;
  source.Cancel();
  const CancellationScope scope(source.token());
  const ShieldScope shield;

  EXPECT_EQ(executor->Submit([] { return 1; }).Get(), 1);
}

TEST_P(CancellationTest, OtherFlowsAreNotTouched) {
  const std::unique_ptr<Executor> executor = Make();
  CancellationSource source;
  source.Cancel();
  SharedValue<int> ran{0};
  for (int i = 0; i < 100; ++i) {
    executor->Post([&] { ++ran; });
    const CancellationScope scope(source.token());
    executor->Post([&] { ++ran; });
  }
  executor->Drain();

  EXPECT_EQ(ran, 100);
  EXPECT_EQ(executor->stats().dropped.cancelled, 100u);
}

// oneTBB #406: a cancelled parallel_for looks complete.
TEST_P(CancellationTest, ALoopIsNeverSilentlyIncomplete) {
  const std::unique_ptr<Executor> executor = Make();
  CancellationSource source;
  SharedValue<int> calls{0};
  std::optional<CancellationScope> scope(std::in_place, source.token());
  const auto loop = [&] {
    ParallelFor(*executor, 0, 10'000,
                [&](int) {
                  if (const int call = ++calls; call >= 100) {
                    if (call == 100) source.Cancel();
                    // The others must not end the loop before that.
                    while (!source.is_cancelled()) std::this_thread::yield();
                  }
                },
                {.grain = 10});
  };
  if (GetParam() == kManual) {
    loop();  // one part: it has begun, and goes on
    EXPECT_EQ(calls, 10'000);
    EXPECT_THROW(loop(), CancelledError);
    EXPECT_EQ(calls, 10'000);
  } else {
    EXPECT_THAT(loop, ThrowsMessage<CancelledError>(AllOf(
                          HasSubstr("LOOP_TASK"), HasSubstr("was ended before "
                                                            "it was done"))));
    EXPECT_LT(calls, 10'000);
  }
}

TEST_P(CancellationTest, AForkIsCalledNevertheless) {
  const std::unique_ptr<Executor> executor = Make();
  SharedValue<int> calls{0};
  CancellationSource source;
  std::optional<CancellationScope> scope(std::in_place, source.token());
  Future<void> done = executor->Submit([&] {
    source.Cancel();
    Join([&] { ++calls; }, [&] { ++calls; });
  });
  scope.reset();
  done.Get();

  EXPECT_EQ(calls, 2);
}

TEST_P(CancellationTest, IsInheritedAcrossExecutors) {
  const std::unique_ptr<Executor> executor = Make();
  const std::unique_ptr<Executor> other = Make();
  CancellationSource source;
  Future<void> future;
  {
    const CancellationScope scope(source.token());
    future = executor->Submit([&] {
      source.Cancel();
      other->Post([] { FAIL(); });
    });
  }
  future.Get();
  other->Drain();

  EXPECT_EQ(other->stats().dropped.cancelled, 1u);
}

TEST_P(CancellationTest, ReleasesItsStateWithTheLastFlow) {
  const std::unique_ptr<Executor> executor = Make();
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> left = held;
  const AsyncLocalStorage<std::shared_ptr<int>> storage;
  CancellationSource outer;
  CancellationSource inner;
  {
    const CancellationScope a(outer.token());
    const CancellationScope b(inner.token());
    storage.Run(std::move(held), [&] {
      for (int i = 0; i < 10; ++i) executor->Post([] {});
    });
    inner.Cancel();
  }
  executor->Drain();

  EXPECT_TRUE(left.expired());
}

// ----- Timers -----

TEST(CancelledTimerTest, DoesNotRunWhenItIsDue) {
  ManualExecutor executor;
  CancellationSource source;
  {
    const CancellationScope scope(source.token());
    executor.PostAfter(milliseconds(1), [] { FAIL(); });
  }
  source.Cancel();
  executor.AdvanceBy(milliseconds(1));

  EXPECT_EQ(executor.stats().dropped.cancelled, 1u);
}

TEST(CancelledTimerTest, ARepeatingOneThatKeepsItsContextEnds) {
  ManualExecutor executor;
  CancellationSource source;
  Timer bound;
  Timer unbound;
  int bound_runs = 0;
  int unbound_runs = 0;
  {
    const CancellationScope scope(source.token());
    bound = executor.PostEvery(milliseconds(1), [&] { ++bound_runs; },
                               {.keep_context = true});
    unbound = executor.PostEvery(milliseconds(1), [&] { ++unbound_runs; });
  }
  executor.AdvanceBy(milliseconds(2));
  source.Cancel();
  executor.AdvanceBy(milliseconds(2));

  EXPECT_EQ(bound_runs, 2);
  EXPECT_EQ(unbound_runs, 4);
  EXPECT_FALSE(bound.Cancel());
  EXPECT_TRUE(unbound.Cancel());
}

// ----- Threads -----

class CancellationStressTest : public ThreadedExecutorTest {};
WEFT_THREADED_EXECUTORS(CancellationStressTest);

TEST_P(CancellationStressTest, EachTaskRunsOrIsCancelledOnce) {
  const std::unique_ptr<Executor> executor = Make();
  std::size_t cancelled = 0;
  std::size_t submitted = 0;
  SharedValue<std::size_t> ran{0};
  for (int round = 0; round < 50; ++round) {
    CancellationSource outer;
    CancellationSource inner;
    std::thread canceller([&] { outer.Cancel(); });
    std::vector<Future<void>> futures;
    {
      const CancellationScope a(outer.token());
      for (int i = 0; i < 50; ++i) {
        const CancellationScope b(inner.token());
        futures.push_back(executor->Submit([&] { ++ran; }));
      }
    }
    for (Future<void>& future : futures) {
      ++submitted;
      try {
        future.Get();
      } catch (const CancelledError&) {
        ++cancelled;
      }
    }
    canceller.join();
  }

  EXPECT_EQ(ran + cancelled, submitted);
  EXPECT_EQ(executor->stats().dropped.cancelled, cancelled);
}

}  // namespace
}  // namespace weft
