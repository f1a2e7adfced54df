// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/completion.h"

#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "weft/executor/internal/parker.h"
#include "weft/executor/internal/waiter.h"

namespace weft::executor_internal {
namespace {

void Wait(Completion& completion) {
  Parker parker;
  Waiter waiter(parker);
  if (completion.AddWaiter(waiter)) {
    parker.Park();
    completion.RemoveWaiter(waiter);
  }
}

TEST(CompletionTest, IsDoneWhenNothingIsPending) {
  Completion completion(0);
  EXPECT_TRUE(completion.done());
  completion.Add();
  completion.Add();
  EXPECT_FALSE(completion.done());
  completion.Finish();
  EXPECT_FALSE(completion.done());
  completion.Finish();
  EXPECT_TRUE(completion.done());
}

TEST(CompletionTest, ADoneOneTakesNoWaiters) {
  Completion completion(0);
  Parker parker;
  Waiter waiter(parker);
  EXPECT_FALSE(completion.AddWaiter(waiter));
}

TEST(CompletionTest, TheLastFinishWakesEveryWaiter) {
  constexpr int kWaiters = 4;
  Completion completion(2);
  std::vector<int> seen(kWaiters, 0);
  int data = 0;  // plain: handed over by the completion
  std::vector<std::thread> waiters;
  for (int i = 0; i < kWaiters; ++i) {
    waiters.emplace_back([&, i] {
      Wait(completion);
      seen[static_cast<std::size_t>(i)] = data;
    });
  }
  completion.Finish();
  data = 5;
  completion.Finish();
  for (std::thread& waiter : waiters) waiter.join();

  EXPECT_EQ(seen, std::vector<int>(kWaiters, 5));
}

// The waiter destroys it the moment it is done, while Finish() is on its way.
TEST(CompletionTest, MayBeDestroyedByWhoSawItDone) {
  for (int i = 0; i < 2000; ++i) {
    auto completion = std::make_unique<Completion>(1);
    std::thread finisher([&raw = *completion] { raw.Finish(); });
    Wait(*completion);
    EXPECT_TRUE(completion->done());
    completion.reset();
    finisher.join();
  }
}

TEST(WaiterListTest, WakesEachOnceAndTellsWhoIsGone) {
  Parker parkers[3];
  Waiter waiters[3] = {Waiter(parkers[0]), Waiter(parkers[1]),
                       Waiter(parkers[2])};
  WaiterList list;
  for (Waiter& waiter : waiters) list.Add(waiter);
  EXPECT_TRUE(list.Remove(waiters[1]));
  EXPECT_FALSE(list.Remove(waiters[1]));
  list.WakeAll();
  parkers[0].Park();
  parkers[2].Park();
  EXPECT_FALSE(list.Remove(waiters[0]));
  EXPECT_FALSE(list.Remove(waiters[2]));
  list.WakeOne();
}

}  // namespace
}  // namespace weft::executor_internal
