// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A thread that waits inside a task runs other tasks on its stack: other
// tenants' tasks, and ones that throw. The waiter must not notice.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <latch>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "tests/executor/ways.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/promise.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

// What a flow can tell of itself.
struct Self {
  std::string tenant;
  AsyncId id;
  AsyncId trigger;
  const Resource* resource;

  friend bool operator==(const Self&, const Self&) = default;
};

class NestedWaitTest : public ThreadedExecutorTest {
 protected:
  Self Current() const {
    const std::string* tenant = tenant_.GetStore();
    return {tenant == nullptr ? "none" : *tenant, ExecutionAsyncId(),
            TriggerAsyncId(), &ExecutionAsyncResource()};
  }

  // An executor on which one task, and no more, can run at first: all workers
  // but one are held until Release().
  std::unique_ptr<Executor> MakeHeld() {
    auto executor = Make({.on_unhandled_exception = [this](std::exception_ptr) {
      // relaxed: read after the executor has drained.
      unhandled_.fetch_add(1, std::memory_order_relaxed);
    }});
    std::latch held(GetParam() - 1);
    for (int i = 1; i < GetParam(); ++i) {
      executor->Post([&held, this] {
        held.count_down();
        release_.wait();
      });
    }
    held.wait();
    return executor;
  }
  void Release() { release_.count_down(); }

  const AsyncLocalStorage<std::string> tenant_;
  std::atomic<int> unhandled_{0};
  std::latch release_{1};
};

TEST_P(NestedWaitTest, StrangersRunElsewhereAndLeaveTheWaiterUntouched) {
  const std::unique_ptr<Executor> executor = MakeHeld();
  std::latch waiting(1);
  std::latch others_are_queued(1);
  Promise<void> promise(*executor);
  Future<void> others_have_run = promise.GetFuture();
  std::vector<std::string> order;  // only the one thread that goes on writes
  std::thread::id waiter_thread;

  Future<void> waiter = tenant_.Run("ada", [&] {
    return executor->Submit([&] {
      tenant_.EnterWith("ada's own");
      waiter_thread = std::this_thread::get_id();
      const Self before = Current();
      Future<Self> child = executor->Submit([&] {
        order.push_back("child");
        return Current();
      });
      waiting.count_down();
      others_are_queued.wait();

      others_have_run.Wait();
      EXPECT_EQ(Current(), before);
      const Self seen_by_child = child.Get();

      EXPECT_EQ(Current(), before);
      EXPECT_EQ(before.tenant, "ada's own");
      EXPECT_EQ(seen_by_child.tenant, "ada's own");
      EXPECT_EQ(seen_by_child.trigger, before.id);
    });
  });
  waiting.wait();
  tenant_.Run("grace", [&] {
    executor->Post([&] {
      order.push_back("grace throws");
      EXPECT_NE(std::this_thread::get_id(), waiter_thread);
      EXPECT_EQ(*tenant_.GetStore(), "grace");
      tenant_.EnterWith("left behind");
      throw std::runtime_error("grace's");
    });
  });
  executor->Post([&] {
    order.push_back("nobody");
    EXPECT_NE(std::this_thread::get_id(), waiter_thread);
    EXPECT_EQ(tenant_.GetStore(), nullptr);
    tenant_.EnterWith("left behind too");
    promise.SetValue();
  });
  others_are_queued.count_down();
  waiter.Get();
  Release();
  executor->Drain();

  // The child may run before them or after.
  order.erase(std::find(order.begin(), order.end(), "child"));
  EXPECT_THAT(order, ElementsAre("grace throws", "nobody"));
  // relaxed: the executor has drained.
  EXPECT_EQ(unhandled_.load(std::memory_order_relaxed), 1);
}

TEST_P(NestedWaitTest, NoHookEventOfAStrangerComesOnTheWaitersThread) {
  const std::unique_ptr<Executor> executor = MakeHeld();
  std::latch waiting(1);
  std::latch stranger_is_queued(1);
  Promise<void> promise(*executor);
  Future<void> others_have_run = promise.GetFuture();
  AsyncId waiter_id = kNoAsyncId;
  AsyncId stranger_id = kNoAsyncId;
  std::thread::id waiter_thread;
  std::vector<std::pair<std::string, AsyncId>> log;  // of waiter_thread
  const auto record = [&](const char* name) {
    return [&, name](const ResourceEvent& event) {
      if (std::this_thread::get_id() == waiter_thread) {
        log.emplace_back(name, event.async_id());
      }
    };
  };
  AsyncHook hook =
      CreateHook({.before = record("before"), .after = record("after")});

  Future<void> waiter = executor->Submit([&] {
    waiter_id = ExecutionAsyncId();
    waiter_thread = std::this_thread::get_id();
    waiting.count_down();
    stranger_is_queued.wait();
    hook.Enable();
    others_have_run.Wait();
    hook.DisableAndWait();
  });
  waiting.wait();
  executor->Post([&] {
    stranger_id = ExecutionAsyncId();
    throw std::runtime_error("in between");
  });
  executor->Post([&] { promise.SetValue(); });
  stranger_is_queued.count_down();
  waiter.Get();
  Release();
  executor->Drain();

  EXPECT_NE(stranger_id, kNoAsyncId);
  EXPECT_NE(stranger_id, waiter_id);
  EXPECT_TRUE(log.empty());
}

TEST_P(NestedWaitTest, WaitsNestToAnyDepthWithEachTenantItsOwn) {
  const std::unique_ptr<Executor> executor = Make();
  constexpr int kDepth = 200;
  // Each level waits for the next, so on one worker all share one stack.
  const auto descend = [&](const auto& self, int level) -> int {
    return tenant_.Run(std::to_string(level), [&] {
      if (level == kDepth) return 0;
      const Self before = Current();
      Future<int> below =
          executor->Submit([&self, level] { return self(self, level + 1); });
      const int mismatches = below.Get();
      return mismatches + (Current() == before ? 0 : 1);
    });
  };

  EXPECT_EQ(executor->Submit([&] { return descend(descend, 0); }).Get(), 0);
}

TEST_P(NestedWaitTest, RawEntersOfHelpedTasksNeverShow) {
  const std::unique_ptr<Executor> executor = Make();
  constexpr int kTenants = 64;
  constexpr int kTasks = 50;
  std::atomic<int> mismatches{0};
  for (int t = 0; t < kTenants; ++t) {
    tenant_.Run(std::to_string(t), [&] {
      executor->Post([&, expected = std::to_string(t)] {
        const Self before = Current();
        TaskGroup group(*executor);
        for (int i = 0; i < kTasks; ++i) {
          group.Run([&] {
            if (*tenant_.GetStore() != expected) {
              // relaxed: a count, read after the executor has drained.
              mismatches.fetch_add(1, std::memory_order_relaxed);
            }
            tenant_.EnterWith("raw");
          });
        }
        group.Wait();
        if (Current() != before || before.tenant != expected) {
          // relaxed: as above.
          mismatches.fetch_add(1, std::memory_order_relaxed);
        }
      });
    });
  }
  executor->Drain();

  // relaxed: the executor has drained.
  EXPECT_EQ(mismatches.load(std::memory_order_relaxed), 0);
}

TEST_P(NestedWaitTest, AWaitingTaskHelpsItsOwnExecutorFromInsideAnother) {
  // `outer` waits in `inner`'s task for what only `inner` can run.
  const std::unique_ptr<Executor> outer = Make();
  const std::unique_ptr<Executor> inner = Make();
  const int answer = tenant_.Run("ada", [&] {
    return outer
        ->Submit([&] {
          return inner
              ->Submit([&] {
                return outer
                    ->Submit(
                        [&] { return *tenant_.GetStore() == "ada" ? 42 : 0; })
                    .Get();
              })
              .Get();
        })
        .Get();
  });

  EXPECT_EQ(answer, 42);
}

TEST_P(NestedWaitTest, AnExceptionComesBackThroughExecutorsInsideEachOther) {
  const std::unique_ptr<Executor> outer = Make();
  const std::unique_ptr<Executor> inner = Make();
  const auto fail = [&]() -> int {
    throw std::runtime_error(*tenant_.GetStore() + "'s failure");
  };
  const auto wait_in = [&](Executor& executor, const char* tenant,
                           const auto& fn) {
    return [&, tenant] {
      const Self before = Current();
      Future<int> inside =
          tenant_.Run(tenant, [&] { return executor.Submit(fn); });
      try {
        return inside.Get();
      } catch (...) {
        EXPECT_EQ(Current(), before);
        throw;
      }
    };
  };
  const auto third = wait_in(*outer, "alan", fail);
  const auto second = wait_in(*inner, "grace", third);
  const auto first = wait_in(*outer, "ada", second);

  EXPECT_THAT(first, ThrowsMessage<std::runtime_error>("alan's failure"));
  EXPECT_EQ(tenant_.GetStore(), nullptr);
}

WEFT_THREADED_EXECUTORS(NestedWaitTest);

// taskflow#479, #435, #756, #732, #590: a throw, or a wait, inside one kind of
// task or another hangs.
class EveryWayTest : public EveryExecutorTest {};

TEST_P(EveryWayTest, WhatATaskThrowsIsDeliveredOnceAndHangsNothing) {
  std::atomic<int> unhandled{0};
  const std::unique_ptr<Executor> executor =
      Make({.on_unhandled_exception = [&](std::exception_ptr) {
        // relaxed: read after the executor has drained.
        unhandled.fetch_add(1, std::memory_order_relaxed);
      }});
  for (const Way& way : kWays) {
    if (!HasClock(way, GetParam())) continue;
    SCOPED_TRACE(way.name);
    int caught = 0;
    try {
      RunBy(way, *executor, [] { throw std::runtime_error("thrown"); });
    } catch (const std::runtime_error&) {
      ++caught;
    }
    executor->Drain();
    // relaxed: the executor has drained.
    EXPECT_EQ(caught + unhandled.exchange(0, std::memory_order_relaxed), 1);
    RunBy(way, *executor, [] {});
  }
}

TEST_P(EveryWayTest, AWaitForATaskThatThrowsEndsAsTheWaiter) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  for (const Way& way : kWays) {
    if (!HasClock(way, GetParam())) continue;
    SCOPED_TRACE(way.name);
    bool ended = false;
    storage.Run(1, [&] {
      RunBy(way, *executor, [&] {
        Future<void> failing = executor->Submit([&] {
          storage.EnterWith(2);
          throw std::runtime_error("thrown");
        });
        EXPECT_THROW(failing.Get(), std::runtime_error);
        EXPECT_EQ(*storage.GetStore(), 1);
        ended = true;
      });
    });
    EXPECT_TRUE(ended);
  }
}

WEFT_EVERY_EXECUTOR(EveryWayTest);
WEFT_OTHER_EXECUTORS(EveryWayTest);

}  // namespace
}  // namespace weft
