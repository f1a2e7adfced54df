// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Hooks that are told of timers: what they do holds up no other timer.

#include <pthread.h>

#include <array>
#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/executor/executor.h"
#include "weft/executor/timer.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_event.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/counted.h"

namespace weft {
namespace {

using std::chrono::milliseconds;
using tests::Count;
using tests::Counted;
using tests::Tally;

class TimerHooksTest : public ThreadedExecutorTest {};

std::string NameOfThisThread() {
  std::array<char, 16> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  return name.data();
}

TEST_P(TimerHooksTest, WhoHoldsUpOneTimerHoldsUpNoOther) {
  std::latch announced(1);
  std::latch may_go_on(1);
  std::atomic<bool> is_first{true};
  const std::unique_ptr<Executor> executor = Make();
  Executor other({.concurrency = 1});
  const AsyncHook hook =
      CreateHook({.enqueue = [&](const EnqueueEvent&) {
        EXPECT_NE(NameOfThisThread(), "weft-timers");
        // relaxed: only which one it is.
        if (!is_first.exchange(false, std::memory_order_relaxed)) {
          return;
        }
        announced.count_down();
        may_go_on.wait();
      }}).Enable();
  std::latch both(2);
  executor->PostAfter(milliseconds(1), [&] { both.count_down(); });
  announced.wait();
  std::latch fired(1);
  other.PostAfter(milliseconds(1), [&] {
    fired.count_down();
    both.count_down();
  });
  fired.wait();
  may_go_on.count_down();
  both.wait();
}

TEST_P(TimerHooksTest, EachRunIsAnnouncedOnce) {
  Count announced;
  Count ran;
  const AsyncHook hook = CreateHook({.enqueue = [&](const EnqueueEvent&) {
                           announced.Add();
                         }}).Enable();
  {
    const std::unique_ptr<Executor> executor = Make();
    std::latch all(3);
    const Timer timer = executor->PostEvery(milliseconds(1), [&] {
      ran.Add();
      if (ran.get() <= 3) all.count_down();
    });
    all.wait();
  }
  EXPECT_GE(announced.get(), ran.get());
  // One may have been dropped that was queued.
  EXPECT_LE(announced.get(), ran.get() + 1);
}

TEST_P(TimerHooksTest, NothingIsLeftOfThoseThatAreDueAtAShutdown) {
  Tally tally;
  const AsyncHook hook =
      CreateHook({.enqueue = [](const EnqueueEvent&) {}}).Enable();
  for (int round = 0; round < 100; ++round) {
    const std::unique_ptr<Executor> executor = Make();
    for (int i = 0; i < 10; ++i) {
      executor->PostAfter(std::chrono::microseconds(10 * i),
                          [counted = Counted(tally)] {});
    }
    executor->Shutdown(round % 2 == 0 ? OnShutdown::kStop : OnShutdown::kDrain);
    EXPECT_EQ(tally.live(), 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, TimerHooksTest,
                         testing::Values(1, 2, 8, kSerialKind + 2,
                                         kPriorityKind + 2, kBoundedKind + 2,
                                         kBlockingKind + 2),
                         KindName);

}  // namespace
}  // namespace weft
