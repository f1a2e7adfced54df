// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/serial_executor.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
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
#include "weft/context/async_local_storage.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

using SerialExecutorTest = EveryExecutorTest;

TEST_P(SerialExecutorTest, RunsInTheOrderOfSubmission) {
  const std::unique_ptr<Executor> base = Make();
  SerialExecutor serial(*base);
  std::vector<int> order;  // no lock: that is the point
  std::vector<int> expected;
  for (int i = 0; i < 1000; ++i) {
    expected.push_back(i);
    serial.Post([&order, i] { order.push_back(i); });
  }
  serial.Drain();

  EXPECT_EQ(order, expected);
}

TEST_P(SerialExecutorTest, NoTwoTasksRunAtOnceWhoeverSubmits) {
  const std::unique_ptr<Executor> base = Make();
  SerialExecutor serial(*base);
  int inside = 0;  // plain: ThreadSanitizer sees it if they do
  int most = 0;
  std::size_t runs = 0;
  TaskGroup producers(*base);
  for (int producer = 0; producer < 8; ++producer) {
    producers.Run([&] {
      for (int i = 0; i < 200; ++i) {
        serial.Post([&] {
          most = std::max(most, ++inside);
          ++runs;
          --inside;
        });
      }
    });
  }
  producers.Wait();
  serial.Drain();

  EXPECT_EQ(runs, 1600u);
  EXPECT_EQ(most, 1);
}

TEST_P(SerialExecutorTest, EachProducersTasksKeepTheirOrder) {
  const std::unique_ptr<Executor> base = Make();
  SerialExecutor serial(*base);
  std::vector<std::pair<int, int>> order;
  TaskGroup producers(*base);
  for (int producer = 0; producer < 4; ++producer) {
    producers.Run([&, producer] {
      for (int i = 0; i < 100; ++i) {
        serial.Post([&order, producer, i] { order.emplace_back(producer, i); });
      }
    });
  }
  producers.Wait();
  serial.Drain();

  std::vector<int> next(4);
  for (const auto& [producer, i] : order) {
    EXPECT_EQ(i, next[static_cast<std::size_t>(producer)]++);
  }
  EXPECT_EQ(order.size(), 400u);
}

TEST_P(SerialExecutorTest, TasksRunInTheContextOfTheirSubmission) {
  const std::unique_ptr<Executor> base = Make();
  SerialExecutor serial(*base);
  const AsyncLocalStorage<int> storage;
  std::vector<int> seen;
  for (int i = 0; i < 40; ++i) {
    storage.Run(i, [&] {
      serial.Post([&] {
        seen.push_back(*storage.GetStore());
        storage.EnterWith(-1);  // ends with the task
      });
    });
  }
  serial.Post([&] { seen.push_back(storage.IsBound() ? -1 : 40); });
  serial.Drain();

  for (int i = 0; i <= 40; ++i) {
    EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
  }
}

TEST_P(SerialExecutorTest, WhatIsDeferredComesRightAfterAndNotInAWait) {
  const std::unique_ptr<Executor> base = Make();
  SerialExecutor serial(*base);
  std::vector<std::string> order;
  std::latch queued(1);
  serial.Post([&] {
    if (GetParam() != kManual) queued.wait();
    serial.Defer([&] {
      order.emplace_back("deferred");
      serial.Defer([&] { order.emplace_back("deferred by that"); });
    });
    serial.Defer([&] { order.emplace_back("deferred too"); });
    base->Submit([] {}).Get();  // a wait
    order.emplace_back("task");
  });
  serial.Post([&] { order.emplace_back("next"); });
  queued.count_down();
  serial.Drain();

  EXPECT_THAT(order, ElementsAre("task", "deferred", "deferred too",
                                 "deferred by that", "next"));
}

TEST_P(SerialExecutorTest, AWaitRunsTheBasesTasksButNoneOfItsOwn) {
  const std::unique_ptr<Executor> base = Make();
  SerialExecutor serial(*base);
  int own = 0;
  int own_during_the_wait = -1;
  bool others = false;
  Future<void> waiter = serial.Submit([&] {
    serial.Post([&] { ++own; });
    base->Submit([&] { others = true; }).Get();
    own_during_the_wait = own;
  });
  waiter.Get();
  serial.Drain();

  EXPECT_TRUE(others);
  EXPECT_EQ(own_during_the_wait, 0);
  EXPECT_EQ(own, 1);
}

TEST_P(SerialExecutorTest, AWaitForATaskOfItsOwnIsAnError) {
  const std::unique_ptr<Executor> base = Make();
  SerialExecutor serial(*base);
  const auto is_deadlock =
      ThrowsMessage<DeadlockError>(HasSubstr("SerialExecutor"));
  Future<void> done = serial.Submit([&] {
    Future<void> later = serial.Submit([] {});
    EXPECT_THAT([&] { later.Get(); }, is_deadlock);
    {
      Future<int> then = std::move(later).Then([] { return 1; });
      EXPECT_THAT([&] { then.Get(); }, is_deadlock);
    }
    EXPECT_THROW(serial.Drain(), DeadlockError);
  });
  done.Get();
}

TEST_P(SerialExecutorTest, AWaitForAGroupOfItsOwnIsAnError) {
  const std::unique_ptr<Executor> base = Make();
  SerialExecutor serial(*base);
  TaskGroup group(serial);
  int runs = 0;
  Future<void> done = serial.Submit([&] {
    group.Run([&] { ++runs; });
    EXPECT_THAT([&] { group.Wait(); },
                ThrowsMessage<DeadlockError>(HasSubstr("SerialExecutor")));
  });
  done.Get();
  group.Wait();

  EXPECT_EQ(runs, 1);
}

TEST_P(SerialExecutorTest, ATaskOfTheBaseMayWaitForIt) {
  const std::unique_ptr<Executor> base = Make();
  SerialExecutor serial(*base);
  Future<int> sum = base->Submit([&] {
    int result = 0;
    for (int i = 0; i < 10; ++i)
      result += serial.Submit([i] { return i; }).Get();
    TaskGroup group(serial);
    for (int i = 0; i < 10; ++i) group.Run([&] { ++result; });
    group.Wait();
    return result;
  });

  EXPECT_EQ(sum.Get(), 55);
}

TEST_P(SerialExecutorTest, StrandsOfOneBaseWaitForEachOther) {
  const std::unique_ptr<Executor> base = Make();
  SerialExecutor a(*base);
  SerialExecutor b(*base);
  SerialExecutor over_a(static_cast<Executor&>(a));
  Future<int> result = a.Submit([&] {
    return b.Submit([&] {
              return base->Submit([] { return 20; }).Get();
            }).Get() +
           1;
  });
  EXPECT_EQ(result.Get(), 21);
  EXPECT_EQ(over_a.Submit([] { return 2; }).Get(), 2);
}

TEST_P(SerialExecutorTest, ForksInsideATaskMayUseTheBasesWorkers) {
  const std::unique_ptr<Executor> base = Make();
  SerialExecutor serial(*base);
  const auto [a, b] =
      serial.Submit([] { return Join([] { return 1; }, [] { return 2; }); })
          .Get();
  EXPECT_EQ(a + b, 3);
  const auto [c, d] = Join(serial, [] { return 3; }, [] { return 4; });
  EXPECT_EQ(c + d, 7);
}

TEST_P(SerialExecutorTest, LetsTheBasesOtherWorkGoFirst) {
  const std::unique_ptr<Executor> base = Make();
  if (GetParam() > 1) GTEST_SKIP() << "on several workers nothing is first";
  SerialExecutor serial(*base);
  int left = 1000;
  std::optional<int> left_at_other;
  // One that never ends by itself: each task submits the next.
  const auto next = [&](const auto& self) -> void {
    if (--left > 0) serial.Post([&self] { self(self); });
  };
  base->Post([&] {
    serial.Post([&] { next(next); });
    base->Post([&] { base->Post([&] { left_at_other = left; }); });
  });
  base->Drain();

  ASSERT_TRUE(left_at_other.has_value());
  EXPECT_GT(*left_at_other, 900);
  EXPECT_EQ(left, 0);
}

TEST_P(SerialExecutorTest, GoesOnAfterExceptionsWhichGoToTheBasesHandler) {
  int handled = 0;
  const std::unique_ptr<Executor> base =
      Make({.on_unhandled_exception = [&](std::exception_ptr) { ++handled; }});
  SerialExecutor serial(*base);
  int runs = 0;
  for (int i = 0; i < 100; ++i) {
    serial.Post([&, i] {
      ++runs;
      if (i % 2 == 0) throw std::runtime_error("boom");
    });
  }
  serial.Drain();

  EXPECT_EQ(runs, 100);
  EXPECT_EQ(handled, 50);
}

TEST_P(SerialExecutorTest, DestructionDrains) {
  const std::unique_ptr<Executor> base = Make();
  int runs = 0;
  {
    SerialExecutor serial(*base);
    for (int i = 0; i < 100; ++i) serial.Post([&] { ++runs; });
  }
  EXPECT_EQ(runs, 100);
}

TEST_P(SerialExecutorTest, TheBaseDrainsItToo) {
  const std::unique_ptr<Executor> base = Make();
  SerialExecutor serial(*base);
  int runs = 0;
  for (int i = 0; i < 100; ++i) serial.Post([&] { ++runs; });
  base->Drain();

  EXPECT_EQ(runs, 100);
}

TEST_P(SerialExecutorTest, ItMayOutliveItsBase) {
  std::unique_ptr<Executor> base = Make();
  SerialExecutor serial(*base);
  Future<int> before = serial.Submit([] { return 1; });
  base.reset();

  EXPECT_EQ(before.Get(), 1);
  EXPECT_THROW(serial.Post([] {}), ShutdownError);
  serial.Drain();
  EXPECT_EQ(serial.Shutdown(OnShutdown::kDrain), 0u);
}

TEST_P(SerialExecutorTest, WhatWaitsWhenTheBaseIsStoppedIsDropped) {
  const std::unique_ptr<Executor> base = Make();
  SerialExecutor serial(*base);
  std::vector<Future<void>> futures;
  std::atomic<int> started{0};
  std::latch queued(1);
  for (int i = 0; i < 100; ++i) {
    futures.push_back(serial.Submit([&, i] {
      if (GetParam() != kManual) queued.wait();
      if (i == 10) base->Shutdown(OnShutdown::kStop);
      // relaxed: read when all have ended.
      started.fetch_add(1, std::memory_order_relaxed);
    }));
  }
  queued.count_down();
  serial.Drain();
  int dropped = 0;
  for (Future<void>& future : futures) {
    try {
      future.Get();
    } catch (const ShutdownError&) {
      ++dropped;
    }
  }

  // relaxed: all have ended.
  EXPECT_EQ(started.load(std::memory_order_relaxed), 11);
  EXPECT_EQ(dropped, 89);
  EXPECT_THROW(serial.Post([] {}), ShutdownError);
}

TEST_P(SerialExecutorTest, AHundredThousandAreCheap) {
  const std::unique_ptr<Executor> base = Make();
  constexpr std::size_t kMany = 100'000;
  std::vector<std::unique_ptr<SerialExecutor>> strands;
  std::vector<int> runs(kMany);
  for (std::size_t i = 0; i < kMany; ++i) {
    strands.push_back(std::make_unique<SerialExecutor>(*base));
  }
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < kMany; ++i) {
      strands[i]->Post([&runs, i] { ++runs[i]; });
    }
  }
  base->Drain();

  EXPECT_EQ(std::count(runs.begin(), runs.end(), 2),
            static_cast<std::ptrdiff_t>(kMany));
}

WEFT_EVERY_EXECUTOR(SerialExecutorTest);

class ThreadedSerialExecutorTest : public ThreadedExecutorTest {};

TEST_P(ThreadedSerialExecutorTest, AForkIsCalledThoughAStopDropsWhatWaits) {
  const std::unique_ptr<Executor> base = Make();
  std::latch held(GetParam());
  std::latch release(1);
  for (int worker = 0; worker < GetParam(); ++worker) {
    base->Post([&] {
      held.count_down();
      release.wait();
    });
  }
  held.wait();
  SerialExecutor serial(*base);
  Future<void> dropped = serial.Submit([] {});
  std::atomic<bool> is_forked{false};
  const AsyncHook hook = CreateHook({.enqueue = [&](const EnqueueEvent&) {
                           // relaxed: as above.
                           is_forked.store(true, std::memory_order_relaxed);
                         }}).Enable();
  std::thread forks([&] {
    const auto [a, b] = Join(serial, [] { return 1; }, [] { return 2; });
    EXPECT_EQ(a + b, 3);
  });
  // relaxed: as above.
  while (!is_forked.load(std::memory_order_relaxed)) std::this_thread::yield();
  std::thread stops([&] { serial.Shutdown(OnShutdown::kStop); });
  EXPECT_THROW(dropped.Get(), ShutdownError);
  release.count_down();
  forks.join();
  stops.join();
  base->Drain();
}

WEFT_THREADED_EXECUTORS(ThreadedSerialExecutorTest);

TEST(SerialExecutorManualTest, APumpIsOneJobOfTheBase) {
  ManualExecutor base;
  SerialExecutor serial(base);
  int runs = 0;
  for (int i = 0; i < 33; ++i) serial.Post([&] { ++runs; });
  EXPECT_EQ(base.queued(), 1u);
  EXPECT_TRUE(base.RunOne());
  EXPECT_EQ(runs, 32);
  EXPECT_TRUE(base.RunOne());
  EXPECT_EQ(runs, 33);
  EXPECT_FALSE(base.RunOne());
}

TEST(SerialExecutorManualTest, AStoppedStrandDropsWhatWaits) {
  ManualExecutor base;
  SerialExecutor serial(base);
  Future<void> first = serial.Submit([] {});
  Future<void> second = serial.Submit([] {});
  EXPECT_EQ(serial.Shutdown(OnShutdown::kStop), 2u);
  EXPECT_THROW(first.Get(), ShutdownError);
  EXPECT_THROW(second.Get(), ShutdownError);
  EXPECT_THROW(serial.Post([] {}), ShutdownError);
  EXPECT_EQ(base.Submit([] { return 1; }).Get(), 1);
}

TEST(SerialExecutorManualTest, AWaitThatCannotEndIsAnError) {
  ManualExecutor base;
  SerialExecutor serial(base);
  Promise<void> promise(serial);
  Future<void> never = promise.GetFuture();
  EXPECT_THROW(never.Wait(), DeadlockError);
  serial.Post([&] { promise.SetValue(); });
  never.Wait();
}

}  // namespace
}  // namespace weft
