// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Each admission and each wake-up has one owner at each moment: what happens
// where it passes from one to another, whatever hooks and destructors do there.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "tests/executor/executor_kinds.h"
#include "tests/support/count.h"
#include "tests/support/stress_rounds.h"
#include "weft/base/threads/stack_limit.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/task/thread_state.h"
#include "weft/executor/internal/workers/worker.h"
#include "weft/executor/join.h"
#include "weft/executor/promise.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"

namespace weft {
namespace {

using namespace std::chrono_literals;
using tests::Count;
using tests::StressRounds;

class HandOverTest : public ThreadedExecutorTest {
 protected:
  // Workers come and go all the time.
  static std::unique_ptr<Executor> MakeRestless() {
    return Make({.linger = 0ms});
  }
  static void Work(Executor& executor) {
    std::vector<Future<void>> futures;
    for (int i = 0; i < 10; ++i) {
      futures.push_back(executor.Submit([&] {
        TaskGroup group(executor);
        for (int j = 0; j < 4; ++j) group.Run([] { Join([] {}, [] {}); });
        group.Wait();
      }));
    }
    for (Future<void>& future : futures) future.Get();
    executor.Drain();
  }
};

// In every event that a worker has between two tasks.
TEST_P(HandOverTest, HooksMayWaitAndSubmitBetweenTasks) {
  Executor other({.concurrency = 1});
  using Call = std::function<void(Executor&)>;
  const Call calls[] = {
      [](Executor& e) { e.Post([] {}); },
      [](Executor& e) { e.Submit([] {}).Get(); },
      [](Executor& e) { e.Submit([] {}).Then([] {}).Get(); },
      [&](Executor&) { other.Submit([] {}).Get(); },
      [](Executor& e) {
        TaskGroup group(e);
        group.Run([] {});
        group.Run([] {});
        group.Wait();
      },
  };
  for (const Call& call : calls) {
    for (int event = 0; event < 5; ++event) {
      for (int round = 0; round < StressRounds(10); ++round) {
        const std::unique_ptr<Executor> executor = MakeRestless();
        std::atomic<int> left{20};  // so that it ends
        const auto hook_call = [&](const auto&) {
          static thread_local bool inside = false;
          // relaxed: a count.
          if (inside || left.fetch_sub(1, std::memory_order_relaxed) <= 0) {
            return;
          }
          inside = true;
          call(*executor);
          inside = false;
        };
        HookCallbacks callbacks;
        switch (event) {
          case 0:
            callbacks.park = hook_call;
            break;
          case 1:
            callbacks.unpark = hook_call;
            break;
          case 2:
            callbacks.worker_start = hook_call;
            break;
          case 3:
            callbacks.worker_stop = hook_call;
            break;
          case 4:
            callbacks.steal = hook_call;
            break;
        }
        AsyncHook hook = CreateHook(callbacks).Enable();
        Work(*executor);
        hook.DisableAndWait();
        ASSERT_TRUE(executor->DrainFor(60s))
            << "event " << event << ": what a hook posted is counted for ever";
      }
    }
  }
}

// A stolen part that posts about as many tasks as a worker is admitted in
// advance.
TEST_P(HandOverTest, DrainMeansThatWhatTasksHeldIsReleased) {
  if (GetParam() == 1) GTEST_SKIP() << "nobody steals";
  struct Value {
    explicit Value(Count& alive_values) : alive(alive_values) { alive.Add(); }
    ~Value() { alive.Add(-1); }
    Count& alive;
  };
  Count alive;
  const AsyncLocalStorage<std::shared_ptr<Value>> storage;
  const std::unique_ptr<Executor> executor = Make();
  for (int round = 0; round < StressRounds(500); ++round) {
    const int posts = 62 + round % 5;
    storage.Run(std::make_shared<Value>(alive), [&] {
      executor
          ->Submit([&] {
            std::atomic<bool> stolen{false};
            // relaxed: a signal only.
            const auto is_stolen = [&] {
              return stolen.load(std::memory_order_relaxed);
            };
            Join(
                [&] {
                  while (!is_stolen()) std::this_thread::yield();
                },
                [&] {
                  // relaxed: as above.
                  stolen.store(true, std::memory_order_relaxed);
                  for (int i = 0; i < posts; ++i) executor->Post([] {});
                });
          })
          .Get();
    });
    executor->Drain();
    ASSERT_EQ(alive.get(), 0) << "round " << round;
  }
}

Task<int> HopTo(Executor& executor) {
  co_await executor.Schedule();
  co_return 1;
}

// Who has queued the coroutine touches nothing that its end may have ended.
// TSan, or ASan, sees it.
TEST_P(HandOverTest, AnExecutorMayGoWhenWhatCameToItHasEnded) {
  const std::unique_ptr<Executor> from = Make();
  for (int round = 0; round < StressRounds(400); ++round) {
    auto to = std::make_unique<Executor>(
        ExecutorOptions{.concurrency = 2, .linger = 0ms});
    Spawn(*from, HopTo(*to)).Get();
    to.reset();
  }
}

TEST_P(HandOverTest, AnExecutorMayGoWhenAContinuationOfAPromiseHasEnded) {
  const std::unique_ptr<Executor> from = Make();
  for (int round = 0; round < StressRounds(400); ++round) {
    auto to = std::make_unique<Executor>(
        ExecutorOptions{.concurrency = 2, .linger = 0ms});
    auto promise = std::make_shared<Promise<void>>(*to);
    Future<void> ended = promise->GetFuture().Then([] {});
    from->Post([promise] { promise->SetValue(); });
    ended.Get();
    to.reset();
  }
}

// As long as who waits for them waits.
TEST_P(HandOverTest, AGroupEndsWithItsLastTaskWhateverThatDefers) {
  const std::unique_ptr<Executor> executor = Make();
  for (int round = 0; round < StressRounds(100); ++round) {
    std::latch waited(1);
    TaskGroup group(*executor);
    // Each keeps a thread: of one executor the only one.
    for (int i = 0; i < std::max(GetParam() - 1, 1); ++i) {
      group.Run([&] { executor->Defer([&] { waited.wait(); }); });
      group.Wait();
    }
    waited.count_down();
    executor->Drain();
  }
}

// Several tasks of a group, one after the other on the stack of their wait.
TEST_P(HandOverTest, WhatTheTasksOfAGroupDeferInItsWaitRunsOnce) {
  constexpr int kTasks = 50;
  const std::unique_ptr<Executor> executor = Make({});
  Count deferred;
  executor
      ->Submit([&] {
        TaskGroup group(*executor);
        for (int i = 0; i < kTasks; ++i) {
          group.Run([&] { executor->Defer([&] { deferred.Add(); }); });
        }
        group.Wait();
      })
      .Get();
  executor->Drain();
  EXPECT_EQ(deferred.get(), kTasks);
}

TEST_P(HandOverTest, AGroupEndsWhenAStopInsideATaskHasDroppedItsTasks) {
  const std::unique_ptr<Executor> executor = Make();
  auto stopped = std::make_unique<Executor>(ExecutorOptions{.concurrency = 1});
  std::latch busy(1);
  std::latch release(1);
  stopped->Post([&] {
    busy.count_down();
    release.wait();
  });
  busy.wait();
  TaskGroup group(*stopped);
  for (int i = 0; i < 3; ++i) group.Run([] {});
  std::latch waited(1);
  executor->Post([&] {
    std::thread stop([&] { stopped->Shutdown(OnShutdown::kStop); });
    // The group's tasks are dropped though one of the executor's still runs.
    EXPECT_THROW(group.Wait(), ShutdownError);
    release.count_down();
    stop.join();
    waited.count_down();
  });
  waited.wait();
  executor->Drain();
}

// A task that lay above what another waits for is run in turn with others.
TEST_P(HandOverTest, WhatIsSetAsideIsRunWhileOthersSubmitWithoutEnd) {
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<bool> ran{false};
  // relaxed: a signal only.
  const auto has_run = [&] { return ran.load(std::memory_order_relaxed); };
  std::function<void()> chain = [&] {
    if (!has_run()) executor->Post([&] { chain(); });
  };
  TaskGroup outer(*executor);
  executor
      ->Submit([&] {
        TaskGroup inner(*executor);
        inner.Run([] {});
        // relaxed: as above.
        outer.Run([&] { ran.store(true, std::memory_order_relaxed); });
        for (int i = 0; i < 4; ++i) executor->Post([&] { chain(); });
        inner.Wait();
      })
      .Get();
  executor->Drain();
  EXPECT_TRUE(has_run());
  outer.Wait();
}

// What comes from outside is run in turn with a chain of tasks, each of which
// submits the next where nothing else is queued.
TEST_P(HandOverTest, ATaskFromOutsideIsRunBesideAChainWithoutEnd) {
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<bool> ran{false};
  // relaxed: a signal only.
  const auto has_run = [&] { return ran.load(std::memory_order_relaxed); };
  std::function<void()> chain = [&] {
    if (!has_run()) executor->Post([&] { chain(); });
  };
  executor->Post([&] {
    std::thread([&] {
      // relaxed: as above.
      executor->Post([&] { ran.store(true, std::memory_order_relaxed); });
    }).join();
    chain();
  });
  executor->Drain();
  EXPECT_TRUE(has_run());
}

// A wait deep in a tree of groups does not look at what lies above it there.
TEST(OwnPlacesTest, AWaitLeavesAloneWhatLayInTheQueueBeforeItsJob) {
  constexpr int kBelow = 1000;
  Executor executor({.concurrency = 1});
  Count ran;
  std::size_t passed_over = 0;
  bool is_on_stack = false;
  executor
      .Submit([&] {
        TaskGroup outer(executor);
        for (int i = 0; i < kBelow; ++i) outer.Run([&] { ran.Add(); });
        outer.Run([&] {
          const executor_internal::Worker& worker =
              *executor_internal::thread_state.worker;
          const std::size_t before = worker.passed_over();
          TaskGroup inner(executor);
          // AddressSanitizer may have put it elsewhere.
          const auto address = reinterpret_cast<std::uintptr_t>(&inner);
          const std::uintptr_t here = base::StackPosition();
          is_on_stack = (address > here ? address - here : here - address) <
                        std::uintptr_t{100'000};
          // Queued outside, so that the wait does not find it here.
          std::thread([&] { inner.Run([&] { ran.Add(); }); }).join();
          inner.Wait();
          passed_over = worker.passed_over() - before;
        });
        outer.Wait();
      })
      .Get();
  EXPECT_EQ(ran.get(), kBelow + 1);
  if (is_on_stack) {
    EXPECT_GE(passed_over, 1u);
    EXPECT_LT(passed_over, 100u);
  }
}

// A wait for a group that its job has not made takes what lies below the job's
// base, and what is queued then comes to lie there too. No other worker is free
// to take it.
TEST(OwnPlacesTest, AWaitFindsWhatHasComeToLieBelowItsJob) {
  Executor executor({.concurrency = 2, .max_spare_threads = 0});
  std::latch has_ended(1);
  std::latch is_busy(1);
  executor.Post([&] {
    is_busy.count_down();
    has_ended.wait();
  });
  is_busy.wait();
  Count ran;
  executor
      .Submit([&] {
        const auto older = std::make_unique<TaskGroup>(executor);
        TaskGroup outer(executor);
        TaskGroup stranger(executor);
        TaskGroup* inner = nullptr;
        older->Run([&] {
          inner->Run([&] { ran.Add(); });
          stranger.Run([&] { ran.Add(); });
        });
        for (int i = 0; i < 2; ++i) older->Run([&] { ran.Add(); });
        outer.Run([&] {
          TaskGroup own(executor);
          inner = &own;
          older->Wait();
          own.Wait();
        });
        outer.Wait();
      })
      .Get();
  has_ended.count_down();
  executor.Drain();
  EXPECT_EQ(ran.get(), 4);
}

WEFT_THREADED_EXECUTORS(HandOverTest);

}  // namespace
}  // namespace weft
