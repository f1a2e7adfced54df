// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/join.h"

#include <atomic>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "tests/support/allocations.h"
#include "tests/support/counted.h"
#include "tests/support/stress_rounds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;
using tests::Counted;
using tests::StressRounds;
using tests::Tally;

long Fib(int n) {
  if (n < 2) return n;
  const auto [a, b] =
      Join([&] { return Fib(n - 1); }, [&] { return Fib(n - 2); });
  return a + b;
}

class JoinTest : public EveryExecutorTest {};

TEST_P(JoinTest, ReturnsWhatTheFunctionsReturn) {
  const std::unique_ptr<Executor> executor = Make();
  const std::tuple<int, std::string, std::monostate> results = Join(
      *executor, [] { return 1; }, [] { return std::string("two"); }, [] {});
  EXPECT_EQ(std::get<0>(results), 1);
  EXPECT_EQ(std::get<1>(results), "two");
  const auto constant = []() -> const std::string { return "three"; };
  EXPECT_EQ(std::get<1>(Join(*executor, constant, constant)), "three");

  int calls = 0;  // one thread at a time: the functions do not overlap
  std::mutex mutex;
  const auto call = [&] {
    const std::lock_guard<std::mutex> lock(mutex);
    ++calls;
  };
  Join(*executor, call, call);
  Join(*executor, call, call, call, call, call);
  static_assert(std::is_void_v<decltype(Join(*executor, call, call))>);
  EXPECT_EQ(calls, 7);
}

TEST_P(JoinTest, DividesAndConquers) {
  const std::unique_ptr<Executor> executor = Make();
  const int n = StressRounds(20) < 20 ? 14 : 20;
  const long right[] = {377, 6765};

  EXPECT_EQ(executor->Submit([&] { return Fib(n); }).Get(), right[n == 20]);
}

TEST_P(JoinTest, MovesResultsThatCannotBeCopied) {
  const std::unique_ptr<Executor> executor = Make();
  auto [a, b] = Join(
      *executor, [] { return std::make_unique<int>(1); },
      [] { return std::make_unique<int>(2); });

  EXPECT_EQ(*a + *b, 3);
}

TEST_P(JoinTest, AllSeeTheCallersContextAndWhatTheyEnterEnds) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  std::atomic<int> right{0};
  const auto check_and_enter = [&] {
    // relaxed: a count, read after the join.
    if (*storage.GetStore() == 7) right.fetch_add(1, std::memory_order_relaxed);
    storage.EnterWith(8);
  };
  executor
      ->Submit([&] {
        for (int i = 0; i < 100; ++i) {
          storage.EnterWith(7);
          Join(check_and_enter, check_and_enter, check_and_enter);
          EXPECT_EQ(*storage.GetStore(), 7);
          storage.Run(7, [&] { Join(check_and_enter, check_and_enter); });
          EXPECT_EQ(*storage.GetStore(), 7);
        }
      })
      .Get();

  // relaxed: the task has ended.
  EXPECT_EQ(right.load(std::memory_order_relaxed), 500);
}

TEST_P(JoinTest, EachForkIsATaskWhoseTriggerIsTheCaller) {
  const std::unique_ptr<Executor> executor = Make();
  executor
      ->Submit([&] {
        const AsyncId self = ExecutionAsyncId();
        const Resource* const resource = &ExecutionAsyncResource();
        const auto [first, second, third] =
            Join([] { return ExecutionAsyncId(); },
                 [&] {
                   EXPECT_EQ(TriggerAsyncId(), self);
                   EXPECT_EQ(ExecutionAsyncResource().type(), "FORK_TASK");
                   return ExecutionAsyncId();
                 },
                 [] { return ExecutionAsyncId(); });
        EXPECT_EQ(first, self);
        EXPECT_NE(second, self);
        EXPECT_NE(third, self);
        EXPECT_NE(second, third);
        EXPECT_EQ(ExecutionAsyncId(), self);
        EXPECT_EQ(&ExecutionAsyncResource(), resource);
      })
      .Get();
}

TEST_P(JoinTest, TheFirstExceptionInOrderIsThrownWhenAllHaveEnded) {
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<int> ended{0};
  const auto end = [&] {
    // relaxed: a count, read after the join.
    ended.fetch_add(1, std::memory_order_relaxed);
  };
  const auto fail = [&](const char* what) {
    end();
    throw std::runtime_error(what);
  };
  const AsyncId before = ExecutionAsyncId();
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(
        [&] { Join(*executor, end, [&] { fail("b"); }, [&] { fail("c"); }); },
        ThrowsMessage<std::runtime_error>("b"));
    EXPECT_THAT([&] { Join(*executor, [&] { fail("a"); }, end); },
                ThrowsMessage<std::runtime_error>("a"));
  }
  EXPECT_EQ(ExecutionAsyncId(), before);
  // relaxed: all have ended.
  EXPECT_EQ(ended.load(std::memory_order_relaxed), 250);
}

TEST_P(JoinTest, WhatOthersReturnedIsDroppedIfOneThrows) {
  const std::unique_ptr<Executor> executor = Make();
  Tally tally;
  const auto make = [&] { return Counted(tally); };
  const auto fail = []() -> Counted { throw std::runtime_error("one"); };
  const auto fails = [&](auto&&... functions) {
    EXPECT_THAT([&] { Join(*executor, functions...); },
                ThrowsMessage<std::runtime_error>("one"));
    EXPECT_EQ(tally.live(), 0);
  };
  fails(fail, make, make);
  fails(make, fail, make);
  fails(make, make, fail);
  fails(fail, make, fail);
}

// A result that throws when it is moved the second time.
TEST_P(JoinTest, WhatMovingAResultThrowsIsThrown) {
  struct Unmovable {
    explicit Unmovable(Tally& tally) : counted(tally) {}
    Unmovable(Unmovable&& other) : counted(std::move(other.counted)) {
      throw std::runtime_error("moved");
    }
    Counted counted;
  };
  const std::unique_ptr<Executor> executor = Make();
  Tally tally;
  EXPECT_THAT(
      [&] {
        Join(
            *executor, [&] { return Unmovable(tally); },
            [&] { return Counted(tally); });
      },
      ThrowsMessage<std::runtime_error>("moved"));
  EXPECT_THAT(
      [&] {
        Join(
            *executor, [&] { return Counted(tally); },
            [&] { return Unmovable(tally); });
      },
      ThrowsMessage<std::runtime_error>("moved"));
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(JoinTest, EachForkHasItsEventsInOrder) {
  std::mutex mutex;
  std::map<AsyncId, std::vector<std::string>> events;
  const auto told = [&](const char* name) {
    return [&, name](const ResourceEvent& event) {
      const std::lock_guard<std::mutex> lock(mutex);
      events[event.async_id()].push_back(name);
    };
  };
  const std::unique_ptr<Executor> executor = Make();
  {
    const AsyncHook hook = CreateHook({.init = told("init"),
                                       .before = told("before"),
                                       .after = told("after"),
                                       .destroy = told("destroy"),
                                       .start = told("start")},
                                      {.types = {"FORK_TASK"}})
                               .Enable();
    executor->Submit([] { return Fib(9); }).Get();
    executor->Drain();
  }

  EXPECT_EQ(events.size(), 54u);
  for (const auto& [id, of_fork] : events) {
    EXPECT_THAT(of_fork,
                ElementsAre("init", "start", "before", "after", "destroy"));
  }
}

TEST_P(JoinTest, OutsideOfTasksItNeedsAnExecutor) {
  EXPECT_THAT([] { Join([] {}, [] {}); },
              ThrowsMessage<std::logic_error>(HasSubstr("first argument")));
}

TEST_P(JoinTest, AfterShutdownNothingIsCalled) {
  const std::unique_ptr<Executor> executor = Make();
  executor->Shutdown(OnShutdown::kDrain);
  bool called = false;
  const auto call = [&] { called = true; };
  EXPECT_THROW(Join(*executor, call, call), ShutdownError);
  EXPECT_FALSE(called);
}

WEFT_EVERY_EXECUTOR(JoinTest);
WEFT_OTHER_EXECUTORS(JoinTest);

class ThreadedJoinTest : public ThreadedExecutorTest {};

// Whoever is idle takes the fork: the functions can wait for each other.
TEST_P(ThreadedJoinTest, AnIdleWorkerTakesAFork) {
  if (GetParam() == 1) GTEST_SKIP() << "needs two workers";
  const std::unique_ptr<Executor> executor = Make();
  for (int i = 0; i < StressRounds(500); ++i) {
    std::latch both(2);
    std::thread::id first;
    std::thread::id second;
    Join(
        *executor,
        [&] {
          first = std::this_thread::get_id();
          both.arrive_and_wait();
        },
        [&] {
          second = std::this_thread::get_id();
          both.arrive_and_wait();
        });
    EXPECT_NE(first, second);
  }
}

TEST_P(ThreadedJoinTest, AForkThatIsNotStolenAllocatesNothing) {
  std::latch busy(GetParam() - 1);
  std::latch released(1);
  const std::unique_ptr<Executor> executor = Make();
  executor
      ->Submit([&] {
        Fib(10);
        for (int i = 1; i < GetParam(); ++i) {
          executor->Post([&] {
            busy.count_down();
            released.wait();
          });
        }
        busy.wait();  // Nobody is left who could steal.
        EXPECT_EQ(tests::AllocationsIn([] { Fib(5); }), 0);
        released.count_down();
      })
      .Get();
}

// A result or an exception, of a fork that another worker has taken.
TEST_P(ThreadedJoinTest, WhatWasTakenGivesItsResult) {
  if (GetParam() == 1) GTEST_SKIP() << "needs two workers";
  const std::unique_ptr<Executor> executor = Make();
  Tally tally;
  for (int i = 0; i < StressRounds(200); ++i) {
    std::latch both(2);
    const auto make = [&] {
      both.arrive_and_wait();
      return Counted(tally, i);
    };
    const auto [first, second] = Join(*executor, make, make);
    EXPECT_EQ(first.value(), i);
    EXPECT_EQ(second.value(), i);

    std::latch again(2);
    EXPECT_THAT(
        [&] {
          Join(
              *executor,
              [&] {
                again.arrive_and_wait();
                return Counted(tally);
              },
              [&]() -> Counted {
                again.arrive_and_wait();
                throw std::runtime_error("taken");
              });
        },
        ThrowsMessage<std::runtime_error>("taken"));
  }
  EXPECT_EQ(tally.live(), 0);
}

// Where there is no memory for a longer queue, a fork is a call.
TEST_P(ThreadedJoinTest, WhatCannotBeQueuedIsCalled) {
  constexpr int kDeep = 600;  // more than a worker's queue holds at first
  struct Nest {
    void Go(int left) {
      if (left == 0) return;
      tests::FailAllocation(0);
      Join(
          [&] {
            if (!tests::AllocationFailurePending()) ++failed;
            tests::FailAllocation(-1);
            Go(left - 1);
          },
          [&] {
            tests::FailAllocation(-1);
            // relaxed: a count, read after the join.
            nested_calls.fetch_add(1, std::memory_order_relaxed);
          });
    }
    int failed = 0;  // on the thread that nests
    std::atomic<int> nested_calls{0};
  };
  const std::unique_ptr<Executor> executor = Make();
  Nest nest;
  executor->Submit([&] { nest.Go(kDeep); }).Get();
  // relaxed: all have ended.
  EXPECT_EQ(nest.nested_calls.load(std::memory_order_relaxed), kDeep);
  // Others may have taken what was queued.
  if (GetParam() == 1) {
    EXPECT_GT(nest.failed, 0);
  }
}

// A million deep: an error, not an overflow.
TEST_P(ThreadedJoinTest, NestingTooDeepIsAnError) {
  const std::unique_ptr<Executor> executor = Make();
  const auto descend = [](const auto& self, int left) -> int {
    if (left == 0) return 0;
    return std::get<0>(
        Join([&] { return self(self, left - 1) + 1; }, [] { return 0; }));
  };
  Future<int> future =
      executor->Submit([&] { return descend(descend, 1'000'000); });
  EXPECT_THAT([&] { future.Get(); },
              ThrowsMessage<StackLimitError>(HasSubstr("nested too deep")));
  EXPECT_EQ(executor->Submit([&] { return descend(descend, 100); }).Get(), 100);
}

WEFT_THREADED_EXECUTORS(ThreadedJoinTest);

}  // namespace
}  // namespace weft
