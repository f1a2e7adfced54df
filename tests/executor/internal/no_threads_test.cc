// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// No thread can be had: who submits is told, by an error that names what could
// not be had, nothing is left behind, and later it works.

#include <chrono>
#include <functional>
#include <latch>
#include <system_error>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/timer.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/counted.h"
#include "weft/tests/support/thread_limit.h"

namespace weft {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using tests::Count;
using tests::Counted;
using tests::Tally;
using tests::ThreadLimit;

template <typename Fn>
void ExpectNoThread(const char* owner, const Fn& fn) {
  EXPECT_THAT(fn, ThrowsMessage<std::system_error>(HasSubstr(owner)));
}

TEST(NoThreadsTest, ABlockingExecutorSaysSo) {
  Tally tally;
  Count ran;
  BlockingExecutor executor;
  SerialExecutor strand(executor);
  {
    const ThreadLimit limit(0);
    for (Executor* const to :
         {static_cast<Executor*>(&executor), static_cast<Executor*>(&strand)}) {
      ExpectNoThread("BlockingExecutor",
                     [&] { to->Post([counted = Counted(tally)] {}); });
      ExpectNoThread("BlockingExecutor",
                     [&] { to->Submit([counted = Counted(tally)] {}).Get(); });
      EXPECT_EQ(tally.live(), 0);
      to->Drain();
    }
    EXPECT_EQ(limit.refused(), 4);
  }
  EXPECT_EQ(executor.counts().threads, 0);
  EXPECT_EQ(executor.counts().waiting_tasks, 0u);
  strand.Submit([&] { ran.Add(); }).Get();
  EXPECT_EQ(ran.get(), 1);
}

TEST(NoThreadsTest, TheThreadsThatThereAreDoTheWork) {
  Count ran;
  BlockingExecutor executor({.max_threads = 8});
  const ThreadLimit limit(1);
  for (int i = 0; i < 100; ++i) executor.Post([&] { ran.Add(); });
  executor.Drain();
  EXPECT_EQ(ran.get(), 100);
  EXPECT_EQ(executor.counts().most_threads, 1);
}

TEST(NoThreadsTest, ATimerSaysSo) {
  Tally tally;
  BlockingExecutor executor;
  SerialExecutor strand(executor);
  executor.Submit([] {}).Get();
  {
    const ThreadLimit limit(0);
    for (Executor* const to :
         {static_cast<Executor*>(&executor), static_cast<Executor*>(&strand)}) {
      ExpectNoThread("timers", [&] {
        to->PostAfter(std::chrono::hours(1), [counted = Counted(tally)] {});
      });
      ExpectNoThread("timers", [&] {
        to->PostEvery(std::chrono::hours(1), [counted = Counted(tally)] {});
      });
      EXPECT_EQ(tally.live(), 0);
      to->Drain();
    }
  }
  std::latch fired(1);
  strand.PostAfter(std::chrono::milliseconds(1), [&] { fired.count_down(); });
  fired.wait();
}

// That is for those who could start a thread, and cannot any more.
TEST(NoThreadsTest, ATimerThatIsDueIsToldToWhoeverWaits) {
  Tally tally;
  BlockingExecutor executor({.linger = std::chrono::milliseconds(1)});
  const Timer timer = executor.PostAfter(std::chrono::hours(1), [] {});
  while (executor.counts().threads > 0) {
  }
  const ThreadLimit limit(0);
  executor.PostAfter(std::chrono::milliseconds(1),
                     [counted = Counted(tally)] {});
  while (limit.refused() == 0 || tally.live() > 0) {
  }
  executor.Drain();
}

// Needs an arena engine whose oneTBB throws where it cannot start a thread: run
// it with --gtest_also_run_disabled_tests.
TEST(NoThreadsTest, DISABLED_AnExecutorSaysSoOrRunsInTheCaller) {
  Count ran;
  Count refused;
  Executor executor({.concurrency = 2});
  const ThreadLimit limit(0);
  for (int i = 0; i < 10; ++i) {
    try {
      executor.Submit([&] { ran.Add(); }).Get();
    } catch (const std::system_error&) {
      refused.Add();
    }
    try {
      ParallelFor(executor, 0, 1, [&](int) { ran.Add(); });
    } catch (const std::system_error&) {
      refused.Add();
    }
  }
  executor.Drain();
  EXPECT_EQ(ran.get() + refused.get(), 20);
}

}  // namespace
}  // namespace weft
