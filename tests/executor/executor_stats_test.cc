// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/executor_stats.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "tests/support/stress_rounds.h"
#include "weft/context/cancellation.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/bounded_options.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/engine/admission.h"
#include "weft/executor/promise.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/task_group.h"

namespace weft {
namespace {

using executor_internal::Admission;
using std::chrono::steady_clock;

void Increment(std::atomic<std::uint64_t>& count) {
  // relaxed: a count; the tests read it after a wait.
  count.fetch_add(1, std::memory_order_relaxed);
}
std::uint64_t Read(const std::atomic<std::uint64_t>& count) {
  // relaxed: read after a wait that orders it.
  return count.load(std::memory_order_relaxed);
}

std::size_t AllQueued(const QueuedTasks& queued) {
  return queued.forked + queued.taken + queued.submitted + queued.set_aside +
         queued.held;
}

// What was accepted, `count`, has ended.
void ExpectIdle(const Executor& executor, std::uint64_t count) {
  const ExecutorStats stats = executor.stats();
  EXPECT_EQ(stats.accepted, count);
  EXPECT_EQ(stats.rejected, 0U);
  EXPECT_EQ(stats.expired_holds, 0U);
  EXPECT_EQ(stats.offered(), count);
  EXPECT_EQ(stats.ran + stats.dropped.cancelled + stats.dropped.expired +
                stats.dropped.refused,
            count);
  EXPECT_EQ(AllQueued(stats.queued), 0U);
}

using ExecutorStatsTest = EveryExecutorTest;
using ThreadedStatsTest = ThreadedExecutorTest;

TEST_P(ExecutorStatsTest, WhatWasAcceptedHasRunOrWasDropped) {
  std::atomic<std::uint64_t> runs{0};
  const std::unique_ptr<Executor> executor = Make();
  const auto run = [&] { Increment(runs); };
  for (int i = 0; i < 150; ++i) {
    executor->Post([&] {
      Increment(runs);
      executor->Post(run);
      executor->Defer(run);
    });
  }
  for (int i = 0; i < 20; ++i) executor->Submit(run).Get();
  executor->Drain();
  ExpectIdle(*executor, Read(runs));
  EXPECT_EQ(Read(runs), 470U);

  // More than a worker's queue has room for at first.
  TaskGroup group(*executor);
  executor
      ->Submit([&] {
        Increment(runs);
        for (int i = 0; i < 600; ++i) group.Run(run);
      })
      .Get();
  group.Wait();
  executor->Drain();
  ExpectIdle(*executor, Read(runs));
  EXPECT_EQ(Read(runs), 1'071U);
}

TEST_P(ExecutorStatsTest, ContinuationsAndCoroutinesCountEachTimeTheyGoOn) {
  std::atomic<std::uint64_t> runs{0};
  const std::unique_ptr<Executor> executor = Make();
  const auto run = [&] { Increment(runs); };
  Promise<void> promise(*executor);
  Future<void> last = promise.GetFuture().Then(run);
  promise.SetValue();
  last.Get();
  executor->Drain();
  ExpectIdle(*executor, 1);
  const auto coroutine = [](Executor& on) -> Task<void> {
    for (int i = 0; i < 5; ++i) co_await on.Schedule();
  };
  Spawn(*executor, coroutine(*executor)).Get();
  executor->Drain();
  ExpectIdle(*executor, 1 + 6);
}

TEST_P(ExecutorStatsTest, WhatIsCancelledWasAccepted) {
  std::atomic<std::uint64_t> runs{0};
  const std::unique_ptr<Executor> executor = Make();
  CancellationSource source;
  source.Cancel();
  {
    const CancellationScope scope(source.token());
    for (int i = 0; i < 30; ++i) executor->Post([&] { Increment(runs); });
  }
  executor->Drain();
  ExpectIdle(*executor, 30);
  EXPECT_EQ(executor->stats().dropped.cancelled, 30U);
  EXPECT_EQ(executor->stats().ran, 0U);
  EXPECT_EQ(Read(runs), 0U);
}

TEST_P(ExecutorStatsTest, AStoppedOneRejects) {
  const std::unique_ptr<Executor> executor = Make();
  for (int i = 0; i < 3; ++i) executor->Post([] {});
  Promise<void> promise(*executor);
  Future<void> last = promise.GetFuture().Then([] {});
  executor->Shutdown(OnShutdown::kDrain);
  for (int i = 0; i < 4; ++i)
    EXPECT_THROW(executor->Post([] {}), ShutdownError);
  EXPECT_THROW(static_cast<void>(executor->Submit([] {})), ShutdownError);
  // Its continuation was to be queued.
  promise.SetValue();
  EXPECT_THROW(last.Get(), ShutdownError);
  const ExecutorStats stats = executor->stats();
  EXPECT_EQ(stats.accepted, 3U);
  EXPECT_EQ(stats.ran, 3U);
  EXPECT_EQ(stats.rejected, 6U);
  EXPECT_EQ(stats.offered(), 9U);
}

TEST_P(ThreadedStatsTest, TimersCountWhenTheyAreDue) {
  const std::unique_ptr<Executor> executor = Make();
  std::latch due(5);
  for (int i = 0; i < 5; ++i) {
    executor->PostAfter(std::chrono::milliseconds(1),
                        [&] { due.count_down(); });
  }
  executor->PostAfter(std::chrono::hours(1), [] {});
  executor->PostAfter(std::chrono::hours(1), [] {}).Cancel();
  CancellationSource source;
  {
    const CancellationScope scope(source.token());
    executor->PostAfter(std::chrono::hours(1), [] {});
  }
  source.Cancel();
  due.wait();
  // The timer thread hands over what was cancelled.
  while (executor->stats().timers != 1) std::this_thread::yield();
  executor->Drain();
  EXPECT_EQ(executor->stats().accepted - executor->stats().dropped.cancelled,
            5U);
  EXPECT_EQ(executor->stats().ran, 5U);
  EXPECT_EQ(executor->stats().pending, 0U);
}

// Submitted by all at once, from outside and by tasks.
TEST_P(ThreadedStatsTest, CountsOnlyGrow) {
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<bool> done{false};
  std::atomic<std::uint64_t> begun{0};
  // relaxed: a number; nothing that has not begun counts as run.
  const auto begin = [&] { begun.fetch_add(1, std::memory_order_relaxed); };
  std::thread reader([&] {
    ExecutorStats last;
    // relaxed: it may look once more.
    while (!done.load(std::memory_order_relaxed)) {
      const ExecutorStats now = executor->stats();
      EXPECT_GE(now.accepted, last.accepted);
      EXPECT_GE(now.ran, last.ran);
      EXPECT_LE(now.ran, begun.load(std::memory_order_relaxed));  // as above
      last = now;
    }
  });
  std::vector<std::thread> submitters;
  for (int i = 0; i < 3; ++i) {
    submitters.emplace_back([&] {
      for (int j = 0; j < 2'000; ++j) {
        executor->Post([&] {
          begin();
          executor->Post(begin);
        });
      }
    });
  }
  for (std::thread& submitter : submitters) submitter.join();
  executor->Drain();
  // relaxed: a flag.
  done.store(true, std::memory_order_relaxed);
  reader.join();
  ExpectIdle(*executor, 12'000);
}

// While it is read tasks wait, for which a worker returns what it has been
// admitted in advance, and others are dropped: in the end all numbers fit.
TEST(ReadStatsTest, NumbersFitThoughTheyAreReadMeanwhile) {
  for (int round = 0; round < tests::StressRounds(30); ++round) {
    Executor executor({.concurrency = 2, .max_spare_threads = 0});
    Promise<void> promise(executor);
    const SharedFuture<void> settled = promise.GetFuture().Share();
    std::atomic<bool> done{false};
    std::thread reader([&] {
      // relaxed: it may look once more.
      while (!done.load(std::memory_order_relaxed)) {
        static_cast<void>(executor.stats());
        std::this_thread::yield();
      }
    });
    std::latch goes_on(1);
    executor.Post([&] { goes_on.wait(); });
    for (int i = 0; i < 150; ++i) executor.Post([] {});
    executor.Post([&] { settled.Wait(); });
    for (int i = 0; i < 150; ++i) executor.Post([] {});
    while (executor.stats().threads.blocked == 0) std::this_thread::yield();
    std::thread stopper([&] { executor.Shutdown(OnShutdown::kStop); });
    std::uint64_t accepted = 302;
    try {  // until it has been stopped
      for (;; ++accepted) {
        executor.Post([] {});
        std::this_thread::yield();
      }
    } catch (const ShutdownError&) {
    }
    promise.SetValue();
    goes_on.count_down();
    stopper.join();
    done.store(true, std::memory_order_relaxed);  // relaxed: a flag
    reader.join();
    const ExecutorStats stats = executor.stats();
    EXPECT_EQ(stats.accepted, accepted);
    EXPECT_EQ(stats.ran + stats.dropped.refused, accepted);
  }
}

class BoundedStatsTest : public testing::TestWithParam<int> {
 protected:
  static std::unique_ptr<Executor> Base() {
    return std::make_unique<Executor>(
        ExecutorOptions{.concurrency = GetParam()});
  }
};

// Keeps all workers of an executor busy.
class Busy {
 public:
  Busy(Executor& executor, int workers) : begun_(workers) {
    for (int i = 0; i < workers; ++i) {
      ends_.push_back(executor.Submit([this] {
        begun_.count_down();
        may_end_.wait();
      }));
    }
    begun_.wait();
  }
  void End() {
    may_end_.count_down();
    for (Future<void>& end : ends_) end.Get();
  }

 private:
  std::latch begun_;
  std::latch may_end_{1};
  std::vector<Future<void>> ends_;
};

TEST_P(BoundedStatsTest, AFullOneRejects) {
  const std::unique_ptr<Executor> base = Base();
  BoundedExecutor bounded(*base, {.capacity = 2});
  Busy busy(*base, GetParam());
  bounded.Post([] {});
  EXPECT_TRUE(bounded.TryPost([] {}));
  EXPECT_THROW(bounded.Post([] {}), RejectedError);
  EXPECT_FALSE(bounded.TryPost([] {}));
  EXPECT_FALSE(
      bounded.PostBefore(steady_clock::now() + std::chrono::hours(1), [] {}));
  EXPECT_FALSE(bounded.PostBefore(steady_clock::now(), [] {}));
  ExecutorStats stats = bounded.stats();
  EXPECT_EQ(stats.accepted, 2U);
  EXPECT_EQ(stats.rejected, 3U);
  EXPECT_EQ(stats.expired_holds, 1U);
  EXPECT_EQ(stats.offered(), bounded.counts().offered);
  EXPECT_EQ(stats.queued.submitted, 2U);
  busy.End();
  bounded.Drain();
  stats = bounded.stats();
  EXPECT_EQ(stats.offered(), 6U);
  EXPECT_EQ(AllQueued(stats.queued), 0U);
  // The base has its own tasks, and not those of the lane.
  EXPECT_EQ(base->stats().accepted, static_cast<std::uint64_t>(GetParam()));
}

TEST_P(BoundedStatsTest, AHoldEndsWithAPlaceOrItsDeadline) {
  const std::unique_ptr<Executor> base = Base();
  BoundedExecutor bounded(*base,
                          {.capacity = 1, .when_full = WhenFull::kBlock});
  Busy busy(*base, GetParam());
  bounded.Post([] {});
  EXPECT_FALSE(bounded.PostBefore(
      steady_clock::now() + std::chrono::milliseconds(2), [] {}));
  std::thread submitter([&] { bounded.Post([] {}); });
  while (bounded.stats().queued.held != 1) std::this_thread::yield();
  ExecutorStats stats = bounded.stats();
  EXPECT_EQ(stats.accepted, 1U);
  EXPECT_EQ(stats.rejected, 0U);
  EXPECT_EQ(stats.expired_holds, 1U);
  EXPECT_EQ(stats.offered() + stats.queued.held, bounded.counts().offered);
  busy.End();
  submitter.join();
  bounded.Drain();
  stats = bounded.stats();
  EXPECT_EQ(stats.accepted, 2U);
  EXPECT_EQ(stats.ran, 2U);
  EXPECT_EQ(stats.queued.held, 0U);
  EXPECT_EQ(stats.offered(), 3U);
  EXPECT_EQ(stats.offered(), bounded.counts().offered);
}

TEST_P(BoundedStatsTest, WhatTheCallerRunsIsAccepted) {
  const std::unique_ptr<Executor> base = Base();
  BoundedExecutor bounded(*base,
                          {.capacity = 1, .when_full = WhenFull::kRunInCaller});
  Busy busy(*base, GetParam());
  for (int i = 0; i < 4; ++i) bounded.Post([] {});
  EXPECT_FALSE(bounded.TryPost([] {}));
  busy.End();
  bounded.Drain();
  const ExecutorStats stats = bounded.stats();
  EXPECT_EQ(stats.accepted, 4U);
  EXPECT_EQ(stats.ran, 4U);
  EXPECT_EQ(stats.rejected, 1U);
  EXPECT_EQ(stats.offered(), bounded.counts().offered);
}

TEST_P(BoundedStatsTest, AStoppedBaseRejectsForItsLanes) {
  const std::unique_ptr<Executor> base = Base();
  BoundedExecutor bounded(*base, {.capacity = 1});
  SerialExecutor serial(*base);
  bounded.Submit([] {}).Get();
  serial.Submit([] {}).Get();
  base->Shutdown(OnShutdown::kDrain);
  EXPECT_THROW(static_cast<void>(bounded.TryPost([] {})), ShutdownError);
  EXPECT_THROW(bounded.Post([] {}), ShutdownError);
  EXPECT_THROW(serial.Post([] {}), ShutdownError);
  EXPECT_EQ(bounded.stats().accepted, 1U);
  EXPECT_EQ(bounded.stats().rejected, 2U);
  EXPECT_EQ(bounded.stats().offered(), bounded.counts().offered);
  EXPECT_EQ(serial.stats().accepted, 1U);
  EXPECT_EQ(serial.stats().rejected, 1U);
  EXPECT_EQ(base->stats().accepted, 0U);
}

TEST_P(BoundedStatsTest, SaysInWhichQueueTasksWait) {
  const int workers = GetParam();
  const std::unique_ptr<Executor> base = Base();
  std::latch forked(1);
  std::latch may_end(1);
  TaskGroup group(*base);
  std::vector<Future<void>> ends;
  {
    Busy busy(*base, workers);
    for (int i = 0; i < 100; ++i) base->Post([] {});
    QueuedTasks queued = base->stats().queued;
    EXPECT_EQ(queued.submitted, 100U);
    EXPECT_EQ(AllQueued(queued), 100U);
    busy.End();
    base->Drain();
    EXPECT_EQ(AllQueued(base->stats().queued), 0U);
  }
  {
    // One forks, while the others are busy.
    Busy busy(*base, workers - 1);
    Future<void> end = base->Submit([&] {
      for (int i = 0; i < 40; ++i) group.Run([] {});
      forked.count_down();
      may_end.wait();
    });
    forked.wait();
    const QueuedTasks queued = base->stats().queued;
    EXPECT_EQ(queued.forked, 40U);
    EXPECT_EQ(AllQueued(queued), 40U);
    may_end.count_down();
    end.Get();
    busy.End();
    group.Wait();
  }
}

TEST(QueuedTasksTest, AWorkerTakesSeveralAndSetsAsideWhatIsNotItsTurn) {
  Executor executor({.concurrency = 1});
  std::latch first_runs(1);
  std::latch may_end(1);
  {
    Busy busy(executor, 1);
    executor.Post([&] {
      first_runs.count_down();
      may_end.wait();
    });
    for (int i = 0; i < 9; ++i) executor.Post([] {});
    busy.End();
  }
  first_runs.wait();
  const QueuedTasks queued = executor.stats().queued;
  EXPECT_EQ(queued.taken, 9U);
  EXPECT_EQ(AllQueued(queued), 9U);
  may_end.count_down();
  executor.Drain();

  std::size_t set_aside = 0;
  TaskGroup others(executor);
  executor
      .Submit([&] {
        TaskGroup own(executor);
        own.Run([&] { set_aside = executor.stats().queued.set_aside; });
        for (int i = 0; i < 3; ++i) others.Run([] {});
        own.Wait();
      })
      .Get();
  others.Wait();
  EXPECT_EQ(set_aside, 3U);
}

TEST(QueuedTasksTest, NoMoreOfOneQueueAreCounted) {
  Executor executor({.concurrency = 1});
  Busy busy(executor, 1);
  for (std::size_t i = 0; i < ExecutorStats::kMostCounted + 5; ++i) {
    executor.Post([] {});
  }
  EXPECT_EQ(executor.stats().queued.submitted, ExecutorStats::kMostCounted);
  EXPECT_EQ(executor.stats().pending, ExecutorStats::kMostCounted + 6);
  busy.End();
}

// The number is carried over before it fills its bits: nothing is lost, and
// what is pending is none the wiser.
TEST(AdmissionTest, TasksAreCountedBeyondTheWord) {
  constexpr std::uint64_t kAtOnce = 1 << 20;
  constexpr int kTimes = 200;
  Admission admission;
  std::atomic<bool> done{false};
  std::thread reader([&] {
    std::uint64_t last = 0;
    // relaxed: it may look once more.
    while (!done.load(std::memory_order_relaxed)) {
      const std::uint64_t now = admission.tasks();
      EXPECT_GE(now, last);
      EXPECT_LE(admission.pending(), 4U);
      last = now;
    }
  });
  std::vector<std::thread> submitters;
  for (int i = 0; i < 4; ++i) {
    submitters.emplace_back([&] {
      for (int j = 0; j < kTimes; ++j) {
        EXPECT_TRUE(admission.Enter(1, Admission::Tasks{kAtOnce},
                                    Admission::Caller::kOutside));
        EXPECT_FALSE(admission.Finish(1));
      }
    });
  }
  for (std::thread& submitter : submitters) submitter.join();
  // relaxed: a flag.
  done.store(true, std::memory_order_relaxed);
  reader.join();
  EXPECT_EQ(admission.tasks(), 4 * kTimes * kAtOnce);
  EXPECT_TRUE(admission.done());
  EXPECT_TRUE(admission.StopIfDone());
  EXPECT_EQ(admission.tasks(), 4 * kTimes * kAtOnce) << "stopping keeps it";
}

WEFT_EVERY_EXECUTOR(ExecutorStatsTest);
WEFT_OTHER_EXECUTORS(ExecutorStatsTest);
WEFT_THREADED_EXECUTORS(ThreadedStatsTest);
INSTANTIATE_TEST_SUITE_P(Workers, BoundedStatsTest, testing::Values(1, 2, 8));

}  // namespace
}  // namespace weft
