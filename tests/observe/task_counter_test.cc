// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/metrics/task_counter.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <numeric>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "gtest/gtest.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"
#include "weft/observe/level.h"
#include "weft/observe/metrics/task_stats.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft::observe {
namespace {

using std::chrono::nanoseconds;
using tests::RunOnThreads;
using tests::StressRounds;

class TaskCounterTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { StartTaskCounter(); }
  ~TaskCounterTest() override { SetLevel(Level::kOff); }
};

TaskStats Read(const Executor& executor) {
  return ReadTaskStats(executor.stats().number);
}

std::uint64_t CountOf(const TimeHistogram& times) {
  return std::accumulate(times.counts.begin(), times.counts.end(),
                         std::uint64_t{0});
}

// At kCounters what happens is counted, and no time is taken; at kOff nothing.
// How many have run the executor knows at any level.
TEST_F(TaskCounterTest, CountsExceptions) {
  Executor executor({.concurrency = 1});
  const auto run = [&] {
    for (int i = 0; i < 10; ++i) executor.Submit([] {}).Wait();
    executor.Submit([] { throw std::runtime_error("on purpose"); }).Wait();
    executor.Drain();
  };
  run();
  EXPECT_EQ(Read(executor).threw, 0u);
  EXPECT_EQ(executor.stats().ran, 11u);
  SetLevel(Level::kCounters);
  run();
  SetLevel(Level::kOff);
  run();
  const TaskStats stats = Read(executor);
  EXPECT_EQ(executor.stats().ran, 33u);
  EXPECT_EQ(stats.threw, 1u);
  EXPECT_EQ(stats.stolen, 0u);
  EXPECT_EQ(stats.stolen_parts, 0u);
  EXPECT_EQ(stats.run_time, TimeHistogram{});
  EXPECT_EQ(stats.queue_wait, TimeHistogram{});
  EXPECT_EQ(stats.oldest_wait, nanoseconds(0));
  EXPECT_EQ(UncountedEvents(), 0u);
}

// A run's place in the histogram is that of its time.
TEST_F(TaskCounterTest, TimesRunsAtFlight) {
  ManualExecutor executor;
  SetLevel(Level::kFlight);
  executor.Post([] {});
  executor.Post([] {
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin <
           std::chrono::milliseconds(20)) {
    }
  });
  executor.RunAll();
  const TimeHistogram times = Read(executor).run_time;
  EXPECT_EQ(CountOf(times), 2u);
  EXPECT_GE(times.sum, std::chrono::milliseconds(19));
  // 19 ms have 25 bits as nanoseconds.
  EXPECT_GE(CountOf(times) - std::accumulate(times.counts.begin(),
                                             times.counts.begin() + 25,
                                             std::uint64_t{0}),
            1u);
}

// What is no task is no run, and leaves that of the task it is in as it is.
TEST_F(TaskCounterTest, WhatRunsInsideATaskIsNoRun) {
  Executor executor({.concurrency = 1});
  SetLevel(Level::kFull);
  executor
      .Submit([] {
        Join([] {}, [] {});
        AsyncResource("INNER").RunInAsyncScope([] {});
      })
      .Get();
  executor.Drain();
  const TaskStats stats = Read(executor);
  EXPECT_EQ(executor.stats().ran, 1u);
  EXPECT_EQ(stats.stolen_parts, 0u);
  EXPECT_EQ(CountOf(stats.run_time), 1u);
}

TEST_F(TaskCounterTest, ALaneHasCountsOfItsOwn) {
  Executor executor({.concurrency = 1});
  SerialExecutor lane(executor);
  SetLevel(Level::kFlight);
  lane.Submit([] {}).Get();
  lane.Submit([] { throw std::runtime_error("on purpose"); }).Wait();
  executor.Submit([] {}).Get();
  executor.Submit([] {}).Get();
  executor.Drain();
  EXPECT_EQ(lane.stats().ran, 2u);
  EXPECT_EQ(CountOf(Read(lane).run_time), 2u);
  EXPECT_EQ(Read(lane).threw, 1u);
  EXPECT_EQ(Read(executor).threw, 0u);
  EXPECT_EQ(executor.stats().ran, 2u);
  EXPECT_EQ(CountOf(Read(executor).run_time), 2u);
}

// Of tasks one in 8 is looked at, by their ids.
TEST_F(TaskCounterTest, TheOldestTaskIsKnown) {
  ManualExecutor executor;
  SetLevel(Level::kFlight);
  std::uint64_t samples = 0;
  for (int i = 0; i < 16; ++i) {
    executor.Post([&] { samples += ExecutionAsyncId() % 8 == 0 ? 1 : 0; });
  }
  const nanoseconds first = Read(executor).oldest_wait;
  EXPECT_GT(first, nanoseconds(0));
  EXPECT_GE(Read(executor).oldest_wait, first);
  executor.RunAll();
  const TaskStats stats = Read(executor);
  EXPECT_EQ(stats.oldest_wait, nanoseconds(0));
  EXPECT_GT(samples, 0u);
  EXPECT_EQ(CountOf(stats.queue_wait), samples);
  EXPECT_GE(stats.queue_wait.sum, first);
  // What is dropped waits no more.
  for (int i = 0; i < 16; ++i) executor.Post([] {});
  EXPECT_GT(Read(executor).oldest_wait, nanoseconds(0));
  executor.Shutdown(OnShutdown::kStop);
  EXPECT_EQ(Read(executor).oldest_wait, nanoseconds(0));
  EXPECT_EQ(CountOf(Read(executor).queue_wait), samples);
  EXPECT_EQ(executor.stats().dropped.refused, 16u);
}

// What waits when times are no longer taken is forgotten.
TEST_F(TaskCounterTest, ALevelEndsWhatWaits) {
  ManualExecutor executor;
  SetLevel(Level::kFlight);
  for (int i = 0; i < 16; ++i) executor.Post([] {});
  SetLevel(Level::kCounters);
  EXPECT_EQ(Read(executor).oldest_wait, nanoseconds(0));
  executor.RunAll();
}

// A thread counts the tasks of 64 executors apart, and the rest together.
TEST_F(TaskCounterTest, MemoryIsBounded) {
  SetLevel(Level::kFlight);
  std::thread([] {
    std::deque<ManualExecutor> executors(70);
    const std::uint64_t before = CountOf(ReadTaskStats(0).run_time);
    std::uint64_t apart = 0;
    for (ManualExecutor& executor : executors) {
      executor.Post([] {});
      executor.RunAll();
      apart += CountOf(Read(executor).run_time);
    }
    const std::uint64_t together = CountOf(ReadTaskStats(0).run_time) - before;
    EXPECT_GE(together, 6u);
    EXPECT_EQ(apart + together, 70u);
  }).join();
}

// What a thread has counted stays when it ends, and is not in the way of the
// next one.
TEST_F(TaskCounterTest, AThreadThatBeginsCountsApart) {
  SetLevel(Level::kFlight);
  std::deque<ManualExecutor> executors(50);
  for (int i = 0; i < 4; ++i) {
    std::thread([&] {
      std::deque<ManualExecutor> more(30);
      for (std::deque<ManualExecutor>* const some : {&more, &executors}) {
        for (ManualExecutor& executor : *some) {
          executor.Post([] {});
          executor.RunAll();
        }
      }
      for (ManualExecutor& executor : more) {
        EXPECT_EQ(CountOf(Read(executor).run_time), 1u);
      }
    }).join();
  }
  std::uint64_t apart = 0;
  for (ManualExecutor& executor : executors) {
    apart += CountOf(Read(executor).run_time);
  }
  EXPECT_GE(apart, 4u * 30);
}

class TaskCounterStressTest : public TaskCounterTest,
                              public testing::WithParamInterface<int> {};

// Whoever waits for tasks finds them counted, whatever is read meanwhile, and
// whichever threads have begun and ended.
TEST_P(TaskCounterStressTest, CountsAreExactWhenTasksHaveEnded) {
  SetLevel(Level::kFlight);
  Executor executor({.concurrency = GetParam()});
  const std::jthread reader([&](const std::stop_token& stop) {
    TaskStats last;
    while (!stop.stop_requested()) {
      const TaskStats stats = Read(executor);
      ASSERT_LE(CountOf(last.run_time), CountOf(stats.run_time));
      last = stats;
    }
  });
  constexpr int kTasks = 100;
  constexpr int kThreads = 2;
  const int rounds = StressRounds(50);
  for (int round = 1; round <= rounds; ++round) {
    RunOnThreads(kThreads, [&](int) {
      TaskGroup group(executor);
      for (int i = 0; i < kTasks; ++i) group.Run([] {});
      group.Wait();
    });
    const auto expected = static_cast<std::uint64_t>(round * kTasks * kThreads);
    ASSERT_EQ(CountOf(Read(executor).run_time), expected);
  }
  executor.Drain();
  const TaskStats stats = Read(executor);
  EXPECT_EQ(CountOf(stats.run_time), executor.stats().ran);
  EXPECT_GT(CountOf(stats.queue_wait), 0u);
  EXPECT_EQ(stats.oldest_wait, nanoseconds(0));
  EXPECT_EQ(executor.stats().pending, 0u);
  EXPECT_EQ(UncountedEvents(), 0u);
}
INSTANTIATE_TEST_SUITE_P(Workers, TaskCounterStressTest,
                         testing::Values(1, 2, 8));

}  // namespace
}  // namespace weft::observe
