// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/timer.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
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
#include "tests/executor/futures/shared_value.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/tests/support/call_when_gone.h"

namespace weft {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using testing::ElementsAre;
using testing::ThrowsMessage;

// The lifecycle of all resources of type TIMEOUT, by their first letters:
// "init", "before", "after", "destroy".
class TimerEvents {
 public:
  TimerEvents()
      : hook_(CreateHook({.init =
                              [this](const InitEvent& event) {
                                if (event.type() != "TIMEOUT") return;
                                const std::lock_guard<std::mutex> lock(mutex_);
                                ids_.push_back(event.async_id());
                                lines_.push_back("init");
                              },
                          .before = Told("before"),
                          .after = Told("after"),
                          .destroy = Told("destroy")})
                  .Enable()) {}

  std::vector<std::string> Lines() {
    hook_.DisableAndWait();
    const std::lock_guard<std::mutex> lock(mutex_);
    return lines_;
  }
  std::size_t Count(std::string_view what) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return static_cast<std::size_t>(
        std::count(lines_.begin(), lines_.end(), what));
  }

 private:
  std::function<void(const ResourceEvent&)> Told(const char* what) {
    return [this, what](const ResourceEvent& event) {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (std::find(ids_.begin(), ids_.end(), event.async_id()) != ids_.end()) {
        lines_.emplace_back(what);
      }
    };
  }

  std::mutex mutex_;
  std::vector<AsyncId> ids_;
  std::vector<std::string> lines_;
  AsyncHook hook_;
};

// Lets time pass for an executor that does not do so by itself.
void Pass(Executor& executor, Timer::Clock::duration time) {
  if (auto* manual = dynamic_cast<ManualExecutor*>(&executor)) {
    manual->AdvanceBy(time);
  }
}

// ----- On every executor -----

class TimerTest : public EveryExecutorTest {};
WEFT_EVERY_EXECUTOR(TimerTest);

TEST_P(TimerTest, RunsNotBeforeItsTime) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<void> ran(*executor);
  Future<void> done = ran.GetFuture();
  const Timer::Clock::time_point set = Timer::Clock::now();
  SharedValue<bool> has_run{false};
  executor->PostAfter(milliseconds(20), [&] {
    has_run = true;
    ran.SetValue();
  });
  if (GetParam() == kManual) {
    Pass(*executor, milliseconds(19));
    EXPECT_FALSE(has_run);
  }
  Pass(*executor, milliseconds(1));
  done.Get();

  if (GetParam() != kManual) {
    EXPECT_GE(Timer::Clock::now() - set, milliseconds(20));
  }
}

TEST_P(TimerTest, WhatIsPastRunsAtOnce) {
  const std::unique_ptr<Executor> executor = Make();
  SharedValue<int> runs{0};
  Promise<void> ran(*executor);
  Future<void> done = ran.GetFuture();
  const auto run = [&] {
    if (++runs == 4) ran.SetValue();
  };
  executor->PostAfter(nanoseconds(-5), run);
  executor->PostAfter(nanoseconds::min(), run);
  executor->PostAt(Timer::Clock::time_point::min(), run);
  executor->PostAt(Timer::Clock::time_point(), run);
  Pass(*executor, nanoseconds(0));
  done.Get();

  EXPECT_EQ(runs, 4);
}

TEST_P(TimerTest, CarriesTheContextOfItsCreationAndItsCreatorAsTrigger) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::string> user;
  Promise<std::pair<std::string, AsyncId>> promise(*executor);
  auto result = promise.GetFuture();
  user.Run("ada", [&] {
    executor->PostAfter(milliseconds(1), [&] {
      promise.SetValue(std::pair(*user.GetStore(), TriggerAsyncId()));
    });
  });
  Pass(*executor, milliseconds(1));

  EXPECT_EQ(result.Get(), std::pair(std::string("ada"), ExecutionAsyncId()));
}

TEST_P(TimerTest, ACancelledOneNeverRunsAndIsGoneAtOnce) {
  const std::unique_ptr<Executor> executor = Make();
  TimerEvents events;
  const auto held = std::make_shared<int>(1);
  const Timer timer = executor->PostAfter(hours(1), [held] { FAIL(); });
  EXPECT_EQ(held.use_count(), 2);

  EXPECT_TRUE(timer.Cancel());
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_FALSE(timer.Cancel());
  Pass(*executor, hours(2));
  EXPECT_THAT(events.Lines(), ElementsAre("init", "destroy"));
}

TEST_P(TimerTest, ThatHasRunCannotBeCancelled) {
  const std::unique_ptr<Executor> executor = Make();
  TimerEvents events;
  std::latch ran(1);
  const Timer timer =
      executor->PostAfter(milliseconds(1), [&] { ran.count_down(); });
  Pass(*executor, milliseconds(1));
  ran.wait();
  EXPECT_FALSE(timer.Cancel());
  executor->Drain();

  EXPECT_FALSE(timer.Cancel());
  EXPECT_THAT(events.Lines(),
              ElementsAre("init", "before", "after", "destroy"));
}

TEST_P(TimerTest, DroppingTheHandleCancelsNothing) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<void> ran(*executor);
  Future<void> done = ran.GetFuture();
  {
    Timer timer = executor->PostAfter(milliseconds(1), [&] { ran.SetValue(); });
    timer = Timer();
  }
  Pass(*executor, milliseconds(1));
  done.Get();
  EXPECT_EQ(executor->stats().timers, 0u);
}

TEST_P(TimerTest, DrainDoesNotWaitForIt) {
  const std::unique_ptr<Executor> executor = Make();
  const Timer timer = executor->PostAfter(hours(1), [] { FAIL(); });
  executor->Drain();

  EXPECT_TRUE(timer.Cancel());
}

TEST_P(TimerTest, ShutdownDropsWhatIsPendingAndCountsIt) {
  for (const OnShutdown how : {OnShutdown::kDrain, OnShutdown::kStop}) {
    const std::unique_ptr<Executor> executor = Make();
    TimerEvents events;
    const auto held = std::make_shared<int>(1);
    const Timer once = executor->PostAfter(hours(1), [held] { FAIL(); });
    const Timer often = executor->PostEvery(hours(1), [held] { FAIL(); });

    EXPECT_EQ(executor->stats().timers, 2u);
    EXPECT_EQ(executor->Shutdown(how), 2u);
    EXPECT_EQ(executor->stats().timers, 0u);
    EXPECT_EQ(held.use_count(), 1);
    EXPECT_FALSE(once.Cancel());
    EXPECT_FALSE(often.Cancel());
    EXPECT_THROW(executor->PostAfter(hours(0), [] {}), ShutdownError);
    EXPECT_THAT(events.Lines(),
                ElementsAre("init", "init", "destroy", "destroy"));
  }
}

TEST_P(TimerTest, WhileAShutdownDropsItACancelPreventsNothing) {
  const std::unique_ptr<Executor> executor = Make();
  Timer timer;
  bool prevented = true;
  timer = executor->PostAfter(hours(1), [gone = tests::CallWhenGone([&] {
                                           prevented = timer.Cancel();
                                         })] { FAIL(); });
  executor->Shutdown(OnShutdown::kDrain);
  EXPECT_FALSE(prevented);
}

TEST_P(TimerTest, OfAnotherExecutorOutlivesAShutdown) {
  const std::unique_ptr<Executor> executor = Make();
  const std::unique_ptr<Executor> other = Make();
  std::vector<Timer> kept;
  for (int i = 0; i < 100; ++i) {
    executor->PostAfter(hours(1 + i % 7), [] { FAIL(); });
    kept.push_back(other->PostAfter(hours(1 + i % 5), [] { FAIL(); }));
  }
  EXPECT_EQ(executor->stats().timers, 100u);
  EXPECT_EQ(executor->Shutdown(OnShutdown::kDrain), 100u);
  EXPECT_EQ(executor->stats().timers, 0u);

  EXPECT_EQ(other->stats().timers, 100u);
  for (const Timer& timer : kept) EXPECT_TRUE(timer.Cancel());
  EXPECT_EQ(other->stats().timers, 0u);
}

TEST_P(TimerTest, SetWhileDrainingIsDroppedAtOnce) {
  TimerEvents events;
  {
    const std::unique_ptr<Executor> executor = Make();
    executor->Post([&executor = *executor] {
      // Until the owner has begun to drain.
      while (executor.PostAfter(hours(1), [] { FAIL(); }).Cancel()) {
        std::this_thread::yield();
      }
    });
    executor->Shutdown(OnShutdown::kDrain);
  }
  EXPECT_EQ(events.Count("init"), events.Count("destroy"));
  EXPECT_EQ(events.Count("before"), 0u);
}

TEST_P(TimerTest, AHandleOutlivesItsExecutor) {
  Timer timer;
  {
    const std::unique_ptr<Executor> executor = Make();
    timer = executor->PostAfter(hours(1), [] { FAIL(); });
  }
  EXPECT_FALSE(timer.Cancel());
}

TEST_P(TimerTest, AnEndedOneKeepsNeitherFunctionNorContext) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::shared_ptr<int>> storage;
  auto store = std::make_shared<int>(1);
  auto captured = std::make_shared<int>(2);
  const std::weak_ptr<int> store_left = store;
  const std::weak_ptr<int> captured_left = captured;
  Timer timer;
  storage.Run(std::move(store), [&] {
    timer = executor->PostAfter(milliseconds(1),
                                [captured = std::move(captured)] {});
  });
  Pass(*executor, milliseconds(1));
  while (timer.Cancel() || !captured_left.expired()) std::this_thread::yield();
  executor->Drain();

  EXPECT_TRUE(store_left.expired());
}

TEST_P(TimerTest, ARepeatingOneIsOneResource) {
  const std::unique_ptr<Executor> executor = Make();
  TimerEvents events;
  Promise<void> twice(*executor);
  Future<void> done = twice.GetFuture();
  Timer timer;
  std::latch has_handle(1);
  int runs = 0;
  timer = executor->PostEvery(milliseconds(1), [&] {
    has_handle.wait();
    if (++runs < 2) return;
    EXPECT_TRUE(timer.Cancel());
    EXPECT_FALSE(timer.Cancel());
    twice.SetValue();
  });
  has_handle.count_down();
  Pass(*executor, milliseconds(10));
  done.Get();
  executor->Drain();

  EXPECT_EQ(runs, 2);
  EXPECT_THAT(events.Lines(), ElementsAre("init", "before", "after", "before",
                                          "after", "destroy"));
}

// .NET's timers keep the context of whoever set them for as long as they tick
// (dotnet/corefx#26071).
TEST_P(TimerTest, ARepeatingOneKeepsNoContextUnlessAsked) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::shared_ptr<int>> request;
  auto store = std::make_shared<int>(1);
  const std::weak_ptr<int> left = store;
  SharedValue<bool> saw_store{false};
  Promise<void> ran(*executor);
  Future<void> done = ran.GetFuture();
  Timer timer;
  SharedValue<int> runs{0};
  request.Run(std::move(store), [&] {
    timer = executor->PostEvery(milliseconds(1), [&] {
      if (request.IsBound()) saw_store = true;
      if (++runs == 1) ran.SetValue();
    });
  });
  EXPECT_TRUE(left.expired());  // though it has not even begun
  Pass(*executor, milliseconds(1));
  done.Get();
  timer.Cancel();
  executor->Drain();  // A run may still go on.

  EXPECT_FALSE(saw_store);
}

// SEMANTICS: every tick starts from the frame of the creation.
TEST_P(TimerTest, EachRunStartsFromTheContextThatItKeeps) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::shared_ptr<int>> storage;
  auto store = std::make_shared<int>(1);
  const std::weak_ptr<int> left = store;
  std::vector<int> seen;
  Promise<void> promise(*executor);
  Future<void> done = promise.GetFuture();
  Timer timer;
  storage.Run(std::move(store), [&] {
    timer = executor->PostEvery(milliseconds(1),
                                [&] {
                                  seen.push_back(**storage.GetStore());
                                  storage.EnterWith(std::make_shared<int>(2));
                                  if (seen.size() == 3) promise.SetValue();
                                },
                                {.keep_context = true});
  });
  EXPECT_FALSE(left.expired());
  Pass(*executor, milliseconds(3));
  done.Get();
  timer.Cancel();
  executor->Drain();

  ASSERT_GE(seen.size(), 3u);
  for (const int value : seen) EXPECT_EQ(value, 1);
  EXPECT_TRUE(left.expired());
}

TEST_P(TimerTest, ARepeatingOneGoesOnAfterAnException) {
  SharedValue<int> caught{0};
  const std::unique_ptr<Executor> executor =
      Make({.on_unhandled_exception = [&](std::exception_ptr) { ++caught; }});
  Promise<void> promise(*executor);
  Future<void> done = promise.GetFuture();
  int runs = 0;
  const Timer timer = executor->PostEvery(milliseconds(1), [&] {
    if (++runs == 3) promise.SetValue();
    throw std::runtime_error("tick");
  });
  Pass(*executor, milliseconds(3));
  done.Get();
  timer.Cancel();
  executor->Drain();

  EXPECT_GE(caught, 3);
}

TEST_P(TimerTest, APeriodMustBePositive) {
  const std::unique_ptr<Executor> executor = Make();
  EXPECT_THAT(
      [&] { executor->PostEvery(milliseconds(0), [] {}); },
      ThrowsMessage<std::invalid_argument>(
          "Executor::PostEvery: period is 0 ns; it must be more than 0"));
  EXPECT_THAT(
      [&] { executor->PostEvery(milliseconds(-1), [] {}); },
      ThrowsMessage<std::invalid_argument>("Executor::PostEvery: period is "
                                           "-1000000 ns; it must be more "
                                           "than 0"));
}

TEST_P(TimerTest, FarOffIsNeverAndNoOverflow) {
  const std::unique_ptr<Executor> executor = Make();
  const Timer after = executor->PostAfter(nanoseconds::max(), [] { FAIL(); });
  const Timer at =
      executor->PostAt(Timer::Clock::time_point::max(), [] { FAIL(); });
  const Timer every = executor->PostEvery(nanoseconds::max(), [] { FAIL(); });
  Pass(*executor, hours(1));

  EXPECT_TRUE(after.Cancel());
  EXPECT_TRUE(at.Cancel());
  EXPECT_TRUE(every.Cancel());
}

// ----- With threads -----

class ThreadedTimerTest : public ThreadedExecutorTest {};
WEFT_THREADED_EXECUTORS(ThreadedTimerTest);

TEST_P(ThreadedTimerTest, RunsOfOneTimerNeverOverlapAndThereIsNoBurst) {
  const std::unique_ptr<Executor> executor = Make();
  SharedValue<int> running{0};
  SharedValue<bool> overlapped{false};
  SharedValue<int> runs{0};
  std::latch fourth(1);
  const auto set = Timer::Clock::now();
  const Timer timer = executor->PostEvery(milliseconds(1), [&] {
    if (++running > 1) overlapped = true;
    // Longer than the period.
    const auto until = Timer::Clock::now() + milliseconds(5);
    while (Timer::Clock::now() < until) {
    }
    --running;
    if (++runs == 4) fourth.count_down();
  });
  fourth.wait();
  const auto taken = Timer::Clock::now() - set;
  timer.Cancel();
  executor->Drain();

  EXPECT_FALSE(overlapped);
  EXPECT_GE(taken, milliseconds(20));
}

TEST_P(ThreadedTimerTest, ExactlyOneOfCancelAndRunWins) {
  const std::unique_ptr<Executor> executor = Make();
  TimerEvents events;
  constexpr int kTimers = 2'000;
  SharedValue<int> runs{0};
  int cancelled = 0;
  std::vector<Timer> timers;
  for (int i = 0; i < kTimers; ++i) {
    timers.push_back(
        executor->PostAfter(std::chrono::microseconds(i), [&] { ++runs; }));
    if (i % 2 == 1 && timers[static_cast<std::size_t>(i / 2)].Cancel()) {
      ++cancelled;
    }
  }
  for (const Timer& timer : timers) {
    if (timer.Cancel()) ++cancelled;
  }
  executor->Drain();

  EXPECT_EQ(runs + cancelled, kTimers);
  EXPECT_EQ(events.Count("init"), static_cast<std::size_t>(kTimers));
  EXPECT_EQ(events.Count("before"), static_cast<std::size_t>(runs));
  EXPECT_EQ(events.Count("destroy"), static_cast<std::size_t>(kTimers));
}

TEST_P(ThreadedTimerTest, ShutdownRacesWithDueTimersAndLosesNone) {
  TimerEvents events;
  SharedValue<int> runs{0};
  std::size_t dropped = 0;
  constexpr int kRounds = 50;
  constexpr int kTimers = 20;
  for (int round = 0; round < kRounds; ++round) {
    const std::unique_ptr<Executor> executor = Make();
    for (int i = 0; i < kTimers; ++i) {
      executor->PostAfter(std::chrono::microseconds(i * 10), [&] { ++runs; });
    }
    executor->PostEvery(std::chrono::microseconds(20), [] {});
    dropped += executor->Shutdown(round % 2 == 0 ? OnShutdown::kStop
                                                 : OnShutdown::kDrain);
  }

  EXPECT_GE(static_cast<std::size_t>(runs) + dropped,
            std::size_t{kRounds * kTimers});
  EXPECT_EQ(events.Count("init"), std::size_t{kRounds * (kTimers + 1)});
  EXPECT_EQ(events.Count("destroy"), std::size_t{kRounds * (kTimers + 1)});
}

// The thread that hands a timer to its executor leaves that before it ends.
TEST_P(ThreadedTimerTest, AnExecutorMayEndAsSoonAsItsTimerHasRun) {
  for (int round = 0; round < 200; ++round) {
    std::latch ran(1);
    const std::unique_ptr<Executor> executor =
        Make({.linger = milliseconds(0)});
    executor->PostAfter(nanoseconds(0), [&] { ran.count_down(); });
    ran.wait();
  }
}

TEST_P(ThreadedTimerTest, ManyThreadsSetAndCancel) {
  const std::unique_ptr<Executor> executor = Make();
  SharedValue<int> ended{0};
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const Timer timer = executor->PostAfter(
            std::chrono::microseconds((i * 37 + t * 11) % 500),
            [&] { ++ended; });
        if (i % 3 == 0 && timer.Cancel()) ++ended;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto due = Timer::Clock::now() + milliseconds(1);
  std::latch last(1);
  executor->PostAt(due, [&] { last.count_down(); });
  last.wait();
  executor->Drain();

  EXPECT_EQ(ended, kThreads * kEach);
}

std::chrono::nanoseconds ProcessCpuTime() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

// What the process does in 300 ms in which nothing is due. A sanitizer's own
// threads count too.
std::chrono::nanoseconds IdleCpuTime(Executor& executor) {
  std::latch over(1);
  const auto before = ProcessCpuTime();
  executor.PostAfter(milliseconds(300), [&] { over.count_down(); });
  over.wait();
  return ProcessCpuTime() - before;
}

class IdleCostTest : public ThreadedExecutorTest {};

// oneTBB#105, #889: threads that have nothing to do spin.
TEST_P(IdleCostTest, WorkersWithoutWorkAndATaskThatWaitsSleep) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<void> end(*executor);
  std::latch waits(1);
  executor->Post([&, ended = end.GetFuture()]() mutable {
    waits.count_down();
    ended.Get();
  });
  waits.wait();
  TaskGroup group(*executor);  // has every worker wake, if it can
  for (int i = 0; i < 1000; ++i) group.Run([] {});
  group.Wait();

  // A thread that spins would take all of the 300 ms, or what others leave it.
  EXPECT_LT(IdleCpuTime(*executor), milliseconds(30));
  end.SetValue();
  executor->Drain();
}

WEFT_THREADED_EXECUTORS(IdleCostTest);

TEST(TimerCostTest, TenThousandPendingOnesCostAnIdleProcessNothing) {
  Executor executor({.concurrency = 2, .linger = milliseconds(0)});
  const auto without = IdleCpuTime(executor);
  for (int i = 0; i < 10'000; ++i) {
    executor.PostAfter(hours(1) + milliseconds(i), [] {});
  }
  const auto with = IdleCpuTime(executor);

  EXPECT_LT(with - without, milliseconds(10));
}

// ----- The clock of a ManualExecutor -----

TEST(ManualClockTest, RunsWhatIsDueInTheOrderOfTheirTimes) {
  ManualExecutor executor;
  std::vector<int> order;
  executor.PostAfter(milliseconds(30), [&] { order.push_back(30); });
  executor.PostAfter(milliseconds(10), [&] { order.push_back(10); });
  executor.PostAfter(milliseconds(20), [&] { order.push_back(20); });
  executor.PostAfter(milliseconds(10), [&] { order.push_back(11); });
  executor.Post([&] { order.push_back(0); });

  EXPECT_EQ(executor.AdvanceBy(milliseconds(9)), 1u);
  EXPECT_THAT(order, ElementsAre(0));
  EXPECT_EQ(executor.AdvanceBy(milliseconds(11)), 3u);
  EXPECT_THAT(order, ElementsAre(0, 10, 11, 20));
  EXPECT_EQ(executor.AdvanceBy(milliseconds(100)), 1u);
  EXPECT_THAT(order, ElementsAre(0, 10, 11, 20, 30));
}

TEST(ManualClockTest, TheOrderOutlivesAnothersShutdownAndCancellations) {
  constexpr int kTimers = 1000;
  ManualExecutor executor;
  SerialExecutor other(executor);  // whose timers wait in one queue with those
  std::vector<int> order;
  std::vector<Timer> timers;
  for (int i = 0; i < kTimers; ++i) {
    const int time = i * 389 % kTimers;
    Executor& whose = i % 3 == 0 ? static_cast<Executor&>(other) : executor;
    timers.push_back(whose.PostAfter(
        milliseconds(time), [&order, time] { order.push_back(time); }));
  }
  EXPECT_EQ(other.Shutdown(OnShutdown::kStop), 334u);
  for (std::size_t i = 0; i < timers.size(); i += 7) timers[i].Cancel();
  EXPECT_EQ(executor.AdvanceBy(milliseconds(kTimers)), 571u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(ManualClockTest, EachSeesTheTimeForWhichItWasSet) {
  ManualExecutor executor;
  const auto start = executor.now();
  std::vector<milliseconds> times;
  const auto note = [&] {
    times.push_back(
        std::chrono::duration_cast<milliseconds>(executor.now() - start));
  };
  executor.PostAfter(milliseconds(5), [&] {
    note();
    executor.PostAfter(milliseconds(2), note);
    executor.Post(note);
  });
  executor.PostAt(start + milliseconds(6), note);
  executor.AdvanceBy(milliseconds(50));

  EXPECT_THAT(times, ElementsAre(milliseconds(5), milliseconds(5),
                                 milliseconds(6), milliseconds(7)));
  EXPECT_EQ(executor.now() - start, milliseconds(50));
}

TEST(ManualClockTest, ARepeatingTimerTicksAtEachMultiple) {
  ManualExecutor executor;
  const auto start = executor.now();
  std::vector<milliseconds> times;
  executor.PostEvery(milliseconds(10), [&] {
    times.push_back(
        std::chrono::duration_cast<milliseconds>(executor.now() - start));
  });
  executor.AdvanceBy(milliseconds(35));

  EXPECT_THAT(
      times, ElementsAre(milliseconds(10), milliseconds(20), milliseconds(30)));
}

TEST(ManualClockTest, ALateTimerLeavesOutWhatItHasMissed) {
  ManualExecutor executor;
  const auto start = executor.now();
  std::vector<milliseconds> times;
  executor.PostEvery(milliseconds(10), [&] {
    times.push_back(
        std::chrono::duration_cast<milliseconds>(executor.now() - start));
    // The first run takes 25 ms.
    if (times.size() == 1) executor.AdvanceBy(milliseconds(25));
  });
  executor.AdvanceBy(milliseconds(10));
  EXPECT_THAT(times, ElementsAre(milliseconds(10)));
  executor.AdvanceBy(milliseconds(15));

  // Not at 20 and 30; 35 is now.
  EXPECT_THAT(
      times, ElementsAre(milliseconds(10), milliseconds(40), milliseconds(50)));
}

TEST(ManualClockTest, AStallQueuesWhatBecomesDueAndRunsNothing) {
  ManualExecutor executor;
  std::vector<int> order;
  executor.Post([&] { order.push_back(0); });
  executor.PostAfter(milliseconds(2), [&] { order.push_back(2); });
  executor.PostAfter(milliseconds(1), [&] { order.push_back(1); });
  int ticks = 0;
  executor.PostEvery(milliseconds(1), [&] { ++ticks; });
  executor.Stall(milliseconds(50));
  EXPECT_THAT(order, ElementsAre());
  EXPECT_EQ(executor.queued(), 4u);

  executor.RunAll();
  EXPECT_THAT(order, ElementsAre(0, 1, 2));
  EXPECT_EQ(ticks, 1);
}

TEST(ManualClockTest, OneTimerMayCancelAnotherThatIsDueAtTheSameTime) {
  ManualExecutor executor;
  TimerEvents events;
  Timer second;
  executor.PostAfter(milliseconds(1), [&] { EXPECT_TRUE(second.Cancel()); });
  second = executor.PostAfter(milliseconds(1), [] { FAIL(); });
  executor.AdvanceBy(milliseconds(1));

  EXPECT_THAT(events.Lines(), ElementsAre("init", "init", "before", "destroy",
                                          "after", "destroy"));
}

TEST(ManualClockTest, AWaitDoesNotMoveTheClock) {
  ManualExecutor executor;
  Promise<void> promise(executor);
  Future<void> done = promise.GetFuture();
  executor.PostAfter(milliseconds(1), [&] { promise.SetValue(); });

  EXPECT_THROW(done.Wait(), DeadlockError);
  executor.AdvanceBy(milliseconds(1));
  done.Get();
}

TEST(ManualClockTest, TimeDoesNotGoBack) {
  ManualExecutor executor;
  EXPECT_THAT([&] { executor.AdvanceBy(milliseconds(-1)); },
              ThrowsMessage<std::invalid_argument>(
                  "ManualExecutor::AdvanceBy: time is -1000000 ns; it must not "
                  "be negative"));
  EXPECT_THAT([&] { executor.Stall(milliseconds(-1)); },
              ThrowsMessage<std::invalid_argument>(
                  "ManualExecutor::Stall: time is -1000000 ns; it must not be "
                  "negative"));
}

TEST(TimerHandleTest, OfNoTimer) {
  const Timer timer;
  EXPECT_FALSE(timer.Cancel());
  EXPECT_EQ(timer.async_id(), kNoAsyncId);
}

}  // namespace
}  // namespace weft
