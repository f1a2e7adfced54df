// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/bounded_executor.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "tests/support/event_log.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/bounded_options.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

using std::chrono::steady_clock;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

void Increment(std::atomic<int>& count) {
  // relaxed: a count; the tests read it after a wait.
  count.fetch_add(1, std::memory_order_relaxed);
}
int Read(const std::atomic<int>& count) {
  // relaxed: read after a wait that orders it.
  return count.load(std::memory_order_relaxed);
}

void ExpectExact(const BoundedCounts& counts) {
  EXPECT_EQ(counts.offered, counts.accepted + counts.rejected + counts.expired +
                                counts.blocked);
}

TEST(BoundedExecutorTest, AFullOneRejectsAndSaysHowFullItIs) {
  ManualExecutor base;
  BoundedExecutor bounded(base, {.capacity = 2});
  int count = 0;
  bounded.Post([&] { ++count; });
  EXPECT_TRUE(bounded.TryPost([&] { ++count; }));
  EXPECT_FALSE(bounded.TryPost([&] { ++count; }));
  EXPECT_FALSE(bounded.TrySubmit([&] { ++count; }).has_value());
  EXPECT_THAT([&] { bounded.Post([&] { ++count; }); },
              ThrowsMessage<RejectedError>(
                  AllOf(HasSubstr("its capacity is 2 and 2 tasks wait"),
                        HasSubstr("of 5 offered it has rejected 3"))));
  base.RunAll();
  EXPECT_EQ(count, 2);
  EXPECT_EQ(bounded.TrySubmit([] { return 7; })->Get(), 7);

  const BoundedCounts counts = bounded.counts();
  ExpectExact(counts);
  EXPECT_EQ(counts.offered, 6u);
  EXPECT_EQ(counts.accepted, 3u);
  EXPECT_EQ(counts.rejected, 3u);
  EXPECT_EQ(counts.waiting, 0u);
}

TEST(BoundedExecutorTest, OptionsAreChecked) {
  ManualExecutor base;
  EXPECT_THAT([&] { BoundedExecutor bounded(base, {.capacity = 0}); },
              ThrowsMessage<std::invalid_argument>(
                  AllOf(HasSubstr("capacity must be from 1 to 1000000000"),
                        HasSubstr("it is 0"))));
  EXPECT_THAT(
      [&] {
        BoundedExecutor bounded(base, {.when_full = static_cast<WhenFull>(9)});
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("it is 9")));
}

TEST(BoundedExecutorTest, WhatIsPastItsDeadlineDoesNotRun) {
  ManualExecutor base;
  BoundedExecutor bounded(base, {.capacity = 3});
  int count = 0;
  EXPECT_FALSE(bounded.PostBefore(steady_clock::now(), [&] { ++count; }))
      << "it is late already";
  // Tries again if this thread was held up until it was late.
  std::uint64_t late = 1;
  auto soon = steady_clock::now() + std::chrono::milliseconds(5);
  while (!bounded.PostBefore(soon, [&] { ++count; })) {
    ++late;
    soon = steady_clock::now() + std::chrono::milliseconds(5);
  }
  EXPECT_TRUE(
      bounded.PostBefore(soon + std::chrono::hours(1), [&] { ++count; }));
  EXPECT_EQ(bounded.counts().accepted, 2u);
  while (steady_clock::now() < soon) std::this_thread::yield();
  base.RunAll();
  EXPECT_EQ(count, 1);

  const BoundedCounts counts = bounded.counts();
  ExpectExact(counts);
  EXPECT_EQ(counts.offered, late + 2);
  EXPECT_EQ(counts.accepted, 1u);
  EXPECT_EQ(counts.expired, late + 1);
}

TEST(BoundedExecutorTest, TheCallerRunsWhatThereIsNoPlaceFor) {
  ManualExecutor base;
  BoundedExecutor bounded(base,
                          {.capacity = 1, .when_full = WhenFull::kRunInCaller});
  const AsyncLocalStorage<int> storage;
  std::vector<int> order;
  storage.Run(
      1, [&] { bounded.Post([&] { order.push_back(*storage.GetStore()); }); });
  storage.Run(2, [&] {
    bounded.Post([&] {
      order.push_back(*storage.GetStore());
      storage.EnterWith(3);  // ends with the task, not with its caller
    });
    EXPECT_EQ(*storage.GetStore(), 2);
  });
  EXPECT_THAT(order, ElementsAre(2));
  EXPECT_FALSE(bounded.TryPost([] {})) << "it would have to be run here";
  base.RunAll();
  EXPECT_THAT(order, ElementsAre(2, 1));
  ExpectExact(bounded.counts());
  EXPECT_EQ(bounded.counts().accepted, 2u);
}

TEST(BoundedExecutorTest,
     WhatIsTurnedAwayIsNeverMadeAndWhatExpiresIsDestroyed) {
  tests::EventLog log;
  ManualExecutor base;
  BoundedExecutor bounded(base, {.capacity = 1});
  const AsyncHook hook = CreateHook(log.Callbacks()).Enable();
  auto soon = steady_clock::now();
  while (!bounded.PostBefore(soon, [] {})) {  // The first is late already.
    soon = steady_clock::now() + std::chrono::milliseconds(2);
  }
  EXPECT_FALSE(bounded.TryPost([] {}));
  while (steady_clock::now() < soon) std::this_thread::yield();
  base.RunAll();
  const auto lines = log.lines();
  EXPECT_THAT(lines, ElementsAre("init TASK <- root", "destroy TASK"));
}

using BoundedExecutors = EveryExecutorTest;

// A timer that is due waits as others do, and gives its place back.
TEST(BoundedExecutorTest, TimersTakeAPlaceWhileTheyWait) {
  ManualExecutor base;
  BoundedExecutor bounded(base, {.capacity = 1});
  int ran = 0;
  for (int i = 0; i < 3; ++i) {
    bounded.PostAfter(std::chrono::milliseconds(1), [&] { ++ran; });
  }
  base.Stall(std::chrono::milliseconds(1));
  EXPECT_EQ(bounded.counts().waiting, 3u);
  EXPECT_FALSE(bounded.TryPost([] {}));
  base.RunAll();
  EXPECT_EQ(ran, 3);
  EXPECT_EQ(bounded.counts().waiting, 0u);
  EXPECT_TRUE(bounded.TryPost([&] { ++ran; }));
  base.RunAll();
  EXPECT_EQ(ran, 4);
}

TEST_P(BoundedExecutors, ProducersInsideThePoolDoNotDeadlock) {
  const std::unique_ptr<Executor> base = Make();
  BoundedExecutor bounded(*base,
                          {.capacity = 2, .when_full = WhenFull::kBlock});
  std::atomic<int> runs{0};
  TaskGroup producers(*base);
  for (int i = 0; i < 50; ++i) {
    producers.Run([&] {
      for (int j = 0; j < 20; ++j) {
        bounded.Post([&] {
          Increment(runs);
          if (Read(runs) % 7 == 0) bounded.Post([&] { Increment(runs); });
        });
      }
    });
  }
  producers.Wait();
  bounded.Drain();

  EXPECT_GE(Read(runs), 1000);
  const BoundedCounts counts = bounded.counts();
  ExpectExact(counts);
  EXPECT_EQ(counts.offered, static_cast<std::uint64_t>(Read(runs)));
  EXPECT_EQ(counts.accepted, counts.offered);
}

TEST_P(BoundedExecutors, ItsOwnTasksMayProduceAndWait) {
  const std::unique_ptr<Executor> base = Make();
  for (const WhenFull when_full : {WhenFull::kBlock, WhenFull::kRunInCaller}) {
    BoundedExecutor bounded(*base, {.capacity = 1, .when_full = when_full});
    Future<int> sum = bounded.Submit([&] {
      std::vector<Future<int>> parts;
      for (int i = 0; i < 20; ++i) {
        parts.push_back(bounded.Submit([i] { return i; }));
      }
      int total = 0;
      for (Future<int>& part : parts) total += part.Get();
      return total;
    });
    EXPECT_EQ(sum.Get(), 190);
    bounded.Drain();
    ExpectExact(bounded.counts());
  }
}

TEST_P(BoundedExecutors, CountsAreExactUnderLoad) {
  const std::unique_ptr<Executor> base = Make();
  BoundedExecutor bounded(*base, {.capacity = 4});
  std::atomic<int> runs{0};
  std::atomic<int> rejected{0};
  std::atomic<int> offered{0};
  std::atomic<bool> done{false};
  std::thread reader([&] {
    // relaxed: it may look once more.
    while (!done.load(std::memory_order_relaxed)) ExpectExact(bounded.counts());
  });
  TaskGroup producers(*base);
  for (int i = 0; i < 8; ++i) {
    producers.Run([&, i] {
      for (int j = 0; j < 500; ++j) {
        Increment(offered);
        const auto soon =
            steady_clock::now() + std::chrono::microseconds(j % 9);
        const auto run = [&] { Increment(runs); };
        switch (i % 3) {
          case 0:
            if (!bounded.TryPost(run)) Increment(rejected);
            break;
          case 1:
            static_cast<void>(bounded.PostBefore(soon, run));
            break;
          default:
            try {
              bounded.Post(run);
            } catch (const RejectedError&) {
              Increment(rejected);
            }
        }
      }
    });
  }
  producers.Wait();
  bounded.Drain();
  // relaxed: see above.
  done.store(true, std::memory_order_relaxed);
  reader.join();

  const BoundedCounts counts = bounded.counts();
  ExpectExact(counts);
  EXPECT_EQ(counts.offered, static_cast<std::uint64_t>(Read(offered)));
  EXPECT_EQ(counts.accepted, static_cast<std::uint64_t>(Read(runs)));
  EXPECT_GE(counts.rejected, static_cast<std::uint64_t>(Read(rejected)));
  EXPECT_EQ(counts.blocked, 0u);
  EXPECT_EQ(counts.waiting, 0u);
}

// Between a task's acceptance and its queueing hooks are told of it: the place
// is taken, and nobody can give it back.
TEST_P(BoundedExecutors, AnInitHookMaySubmitToItThoughItIsFull) {
  const std::unique_ptr<Executor> base = Make();
  BoundedExecutor bounded(*base,
                          {.capacity = 1, .when_full = WhenFull::kBlock});
  std::atomic<int> runs{0};
  const AsyncHook hook =
      CreateHook({.init =
                      [&](const InitEvent&) {
                        bounded.Submit([&] { Increment(runs); }).Get();
                      }},
                 {.types = {"TASK"}})
          .Enable();
  bounded.Post([&] { Increment(runs); });
  bounded.Drain();

  EXPECT_EQ(Read(runs), 2);
}

WEFT_EVERY_EXECUTOR(BoundedExecutors);

using ThreadedBounded = ThreadedExecutorTest;

TEST_P(ThreadedBounded, ASubmitterOutsideSleepsUntilThereIsAPlace) {
  Executor base({.concurrency = GetParam()});
  BoundedExecutor bounded(base, {.capacity = 3, .when_full = WhenFull::kBlock});
  std::atomic<int> runs{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 300; ++j) bounded.Post([&] { Increment(runs); });
    });
  }
  for (std::thread& thread : threads) thread.join();
  bounded.Drain();

  EXPECT_EQ(Read(runs), 1200);
  ExpectExact(bounded.counts());
  EXPECT_EQ(bounded.counts().accepted, 1200u);
}

// Holds all workers of `base` until released.
class Held {
 public:
  Held(Executor& base, int workers) : running_(workers) {
    for (int i = 0; i < workers; ++i) {
      holding_.push_back(base.Submit([this] {
        running_.count_down();
        release_.wait();
      }));
    }
    running_.wait();
  }
  ~Held() {
    for (const Future<void>& task : holding_) task.Wait();
  }
  void Release() { release_.count_down(); }

 private:
  std::latch running_;
  std::latch release_{1};
  std::vector<Future<void>> holding_;
};

TEST_P(ThreadedBounded, AWaitForAPlaceEndsAtTheDeadline) {
  Executor base({.concurrency = GetParam()});
  Held held(base, GetParam());
  BoundedExecutor bounded(base, {.capacity = 1, .when_full = WhenFull::kBlock});
  bounded.Post([] {});
  EXPECT_FALSE(bounded.PostBefore(
      steady_clock::now() + std::chrono::milliseconds(5), [] {}));
  EXPECT_EQ(bounded.counts().expired, 1u);
  held.Release();
  bounded.Drain();
  ExpectExact(bounded.counts());
}

TEST_P(ThreadedBounded, WhoGivesUpWaitingLeavesTheOthersInTheQueue) {
  Executor base({.concurrency = GetParam()});
  Held held(base, GetParam());
  BoundedExecutor bounded(base, {.capacity = 1, .when_full = WhenFull::kBlock});
  bounded.Post([] {});
  std::thread before([&] { bounded.Post([] {}); });
  while (bounded.counts().blocked < 1) std::this_thread::yield();
  EXPECT_FALSE(bounded.PostBefore(
      steady_clock::now() + std::chrono::milliseconds(5), [] {}));
  std::thread after([&] { bounded.Post([] {}); });
  while (bounded.counts().blocked < 2) std::this_thread::yield();
  held.Release();
  before.join();
  after.join();
  bounded.Drain();
  ExpectExact(bounded.counts());
  EXPECT_EQ(bounded.counts().accepted, 3u);
}

TEST_P(ThreadedBounded, AStopWakesTheSubmittersThatWait) {
  Executor base({.concurrency = GetParam()});
  Held held(base, GetParam());
  BoundedExecutor bounded(base, {.capacity = 1, .when_full = WhenFull::kBlock});
  Future<void> dropped = bounded.Submit([] {});
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back(
        [&] { EXPECT_THROW(bounded.Post([] {}), ShutdownError); });
  }
  while (bounded.counts().blocked < 3) std::this_thread::yield();
  EXPECT_EQ(bounded.Shutdown(OnShutdown::kStop), 1u);
  for (std::thread& thread : threads) thread.join();
  EXPECT_THROW(dropped.Get(), ShutdownError);
  held.Release();

  const BoundedCounts counts = bounded.counts();
  ExpectExact(counts);
  EXPECT_EQ(counts.accepted, 1u);
  EXPECT_EQ(counts.rejected, 3u);
}

TEST_P(ThreadedBounded, AStopOfTheBaseWakesThemToo) {
  Executor base({.concurrency = GetParam()});
  auto held = std::make_unique<Held>(base, GetParam());
  BoundedExecutor bounded(base, {.capacity = 1, .when_full = WhenFull::kBlock});
  Future<void> dropped = bounded.Submit([] {});
  std::thread blocked(
      [&] { EXPECT_THROW(bounded.Post([] {}), ShutdownError); });
  while (bounded.counts().blocked < 1) std::this_thread::yield();
  std::thread stopper([&] { base.Shutdown(OnShutdown::kStop); });
  // It is stopped when it refuses; the pump comes when the workers are free.
  for (;;) {
    try {
      base.Post([] {});
      std::this_thread::yield();
    } catch (const ShutdownError&) {
      break;
    }
  }
  held->Release();
  blocked.join();
  stopper.join();
  EXPECT_THROW(dropped.Get(), ShutdownError);
  ExpectExact(bounded.counts());
}

WEFT_THREADED_EXECUTORS(ThreadedBounded);

}  // namespace
}  // namespace weft
