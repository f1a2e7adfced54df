// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// fork() while other threads hold the locks that belong to the process as a
// whole: the child can take them.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "weft/base/sync/parker.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/internal/storage_slot.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/engine/left_behind.h"
#include "weft/executor/internal/timer/timer_thread.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/timer.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/hook_callbacks.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/live_resources.h"
#include "weft/tests/support/allocations.h"
#include "weft/tests/support/callback_for.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/in_child.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using base::Parker;
using executor_internal::KeepForEver;
using executor_internal::TimerThread;
using tests::CallbackFor;
using tests::CallInNextAllocation;
using tests::Count;
using tests::ForkMeeting;
using tests::InChild;
using tests::StressRounds;

ForkMeeting* meeting_now = nullptr;

// From now on: the calling thread's next allocation, which is to be one made
// under the lock, lasts until another thread waits in fork().
void StopUnderLock() {
  CallInNextAllocation([] { meeting_now->HoldUntilForkWaits(); });
}

// Forks while another thread is inside `holds`, which calls StopUnderLock(),
// and expects that the child can take the same lock by `takes`.
void ExpectFreeInChild(const std::function<void()>& holds,
                       const std::function<void()>& takes) {
  ForkMeeting meeting;
  meeting_now = &meeting;
  EXPECT_EQ(meeting.InChild(holds, takes), 0);
  takes();
}

TEST(ForkLocksTest, OfStorages) {
  ExpectFreeInChild(
      [] {
        StopUnderLock();
        context_internal::StorageSlot::Acquire();
      },
      [] { const AsyncLocalStorage<int> storage; });
}

TEST(ForkLocksTest, OfHooks) {
  AsyncHook hook = CreateHook({.after = [](const AfterEvent&) {}});
  ExpectFreeInChild(
      [&] {
        StopUnderLock();
        hook.Enable();
      },
      [] {
        AsyncHook other = CreateHook({.before = [](const BeforeEvent&) {}});
        other.Enable();
        other.DisableAndWait();
      });
}

// The record of a thread that is not there says that it reads the hooks.
TEST(ForkLocksTest, AChildWaitsForNoCallbackOfTheParent) {
  ForkMeeting meeting;
  AsyncHook hook = CreateHook(
      {.before = [&](const BeforeEvent&) { meeting.HoldUntilForkWaits(); }});
  hook.Enable();
  EXPECT_EQ(
      meeting.InChild([] { AsyncResource("INSIDE").RunInAsyncScope([] {}); },
                      [&] { hook.DisableAndWait(); }),
      0);
  hook.DisableAndWait();
}

TEST(ForkLocksTest, OfLiveResources) {
  const std::thread::id here = std::this_thread::get_id();
  // Its callback comes just before that of `live`.
  AsyncHook before = CreateHook({.init = [here](const InitEvent&) {
    if (std::this_thread::get_id() != here) StopUnderLock();
  }});
  before.Enable();
  const LiveResources live;
  ExpectFreeInChild([] { const AsyncResource stops("STOPS"); },
                    [&] {
                      const AsyncResource other("OTHER");
                      EXPECT_GE(live.count(), 1u);
                    });
}

TEST(ForkLocksTest, OfParkers) {
  ExpectFreeInChild(
      [] {
        StopUnderLock();
        Parker::OfThisThread();
      },
      [] { Parker::OfThisThread(); });
}

TEST(ForkLocksTest, OfTimers) {
  ExpectFreeInChild(
      [] {
        TimerThread& timers = TimerThread::OfThisProcess();
        StopUnderLock();
        timers.Enter();
        timers.Leave();
      },
      [] { TimerThread::OfThisProcess(); });
}

TEST(ForkLocksTest, OfWhatIsKept) {
  const auto kept = std::make_shared<const int>(1);
  ExpectFreeInChild(
      [&] {
        StopUnderLock();
        KeepForEver(kept);
      },
      [&] { KeepForEver(kept); });
}

// Weft holds no lock while it calls what is the user's: fork() would wait for
// it.
class ForkInCallbackTest : public testing::TestWithParam<HookEvent> {};

TEST_P(ForkInCallbackTest, ComesBackInBoth) {
  Count forked;
  AsyncHook hook = CreateHook(CallbackFor(GetParam(), [&](const auto&) {
    if (forked.get() > 0) return;
    forked.Add();
    EXPECT_EQ(InChild([] {}), 0);
  }));
  hook.Enable();
  {
    Executor executor(
        {.concurrency = 2, .linger = std::chrono::milliseconds(1)});
    Promise<int> promise(executor);
    Future<void> done = promise.GetFuture().Then([](int) {});
    executor.PostAfter(std::chrono::milliseconds(1),
                       [&] { promise.SetValue(1); });
    done.Get();
  }
  hook.DisableAndWait();
  EXPECT_GE(forked.get(), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Events, ForkInCallbackTest,
    testing::Values(HookEvent::kInit, HookEvent::kBefore, HookEvent::kAfter,
                    HookEvent::kDestroy, HookEvent::kPromiseResolve,
                    HookEvent::kEnqueue, HookEvent::kStart,
                    HookEvent::kWorkerStart, HookEvent::kWorkerStop,
                    HookEvent::kPark, HookEvent::kUnpark),
    [](const auto& event) { return std::string(HookEventName(event.param)); });

// All at once, and those under which nothing is allocated: of tasks' memory,
// and of what is waited for.
class ForkLocksStressTest : public testing::TestWithParam<int> {};

TEST_P(ForkLocksStressTest, AChildMayUseAll) {
  Executor executor({.concurrency = GetParam()});
  const LiveResources live;
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      // relaxed: whenever it is seen.
      while (!stop.load(std::memory_order_relaxed)) {
        std::vector<Future<int>> futures;
        for (int task = 0; task < 100; ++task) {
          futures.push_back(executor.Submit([] { return 1; }));
        }
        for (Future<int>& future : futures) EXPECT_EQ(future.Get(), 1);
        executor.PostAfter(std::chrono::hours(1), [] {}).Cancel();
        const AsyncLocalStorage<int> storage;
      }
    });
  }
  const int rounds = StressRounds(100);
  for (int i = 0; i < rounds; ++i) {
    ASSERT_EQ(InChild([&] {
                ManualExecutor manual;
                std::vector<Future<int>> futures;
                for (int task = 0; task < 200; ++task) {
                  futures.push_back(manual.Submit([] { return 1; }));
                }
                for (Future<int>& future : futures) EXPECT_EQ(future.Get(), 1);
                manual.PostAfter(std::chrono::hours(1), [] {}).Cancel();
                const AsyncLocalStorage<int> storage;
                EXPECT_THROW(executor.Post([] {}), std::logic_error);
              }),
              0)
        << i;
  }
  // relaxed: whenever it is seen.
  stop.store(true, std::memory_order_relaxed);
  for (std::thread& thread : threads) thread.join();
}

INSTANTIATE_TEST_SUITE_P(Workers, ForkLocksStressTest,
                         testing::Values(1, 2, 8));

}  // namespace
}  // namespace weft
