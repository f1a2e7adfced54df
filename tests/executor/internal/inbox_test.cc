// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task/inbox.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/run_on_threads.h"
#include "tests/support/stress_rounds.h"

namespace weft::executor_internal {
namespace {

struct Item : InboxNode<> {
  int producer = 0;
  int number = 0;  // plain on purpose: handed over by the inbox
  int taken = 0;
};

TEST(InboxTest, SmokeOldestFirstSeveralAtATime) {
  std::array<Item, 5> items;
  Inbox<> inbox;
  std::array<InboxNode<>*, 8> taken{};
  EXPECT_TRUE(inbox.LooksEmpty());
  EXPECT_EQ(inbox.Take(taken.data(), 8), 0u);
  for (int round = 0; round < 3; ++round) {
    for (Item& item : items) inbox.Push(item);
    EXPECT_FALSE(inbox.LooksEmpty());
    EXPECT_EQ(inbox.Take(taken.data(), 2), 2u);
    EXPECT_EQ(taken[0], &items[0]);
    EXPECT_EQ(taken[1], &items[1]);
    EXPECT_FALSE(inbox.LooksEmpty());
    EXPECT_EQ(inbox.Take(taken.data(), 8), 3u);
    EXPECT_EQ(taken[2], &items[4]);
    EXPECT_TRUE(inbox.LooksEmpty());
  }
}

// Guards [I1], [I2], [I3]: each item comes out once, each producer's in order.
TEST(InboxTest, StressEachItemIsTakenOnceInItsProducersOrder) {
  constexpr int kProducers = 2;
  constexpr int kConsumers = 2;
  const int count = tests::StressRounds(200'000);
  std::vector<Item> items(static_cast<std::size_t>(kProducers * count));
  Inbox<> inbox;
  std::atomic<int> left{kProducers * count};
  std::atomic<int> out_of_order{0};
  tests::RunOnThreads(kProducers + kConsumers, [&](int thread) {
    if (thread < kProducers) {
      for (int i = 0; i < count; ++i) {
        Item& item = items[static_cast<std::size_t>(thread * count + i)];
        item.producer = thread;
        item.number = i;
        inbox.Push(item);
      }
      return;
    }
    std::array<InboxNode<>*, 16> batch{};
    // relaxed: a count; the threads are joined.
    while (left.load(std::memory_order_relaxed) > 0) {
      const std::size_t taken = inbox.Take(batch.data(), batch.size());
      for (std::size_t i = 0; i < taken; ++i) {
        Item& item = static_cast<Item&>(*batch[i]);
        ++item.taken;
        // Within one batch the order is certain.
        if (i > 0) {
          const Item& before = static_cast<Item&>(*batch[i - 1]);
          if (before.producer == item.producer &&
              before.number >= item.number) {
            // relaxed: as above.
            out_of_order.fetch_add(1, std::memory_order_relaxed);
          }
        }
      }
      // relaxed: as above.
      left.fetch_sub(static_cast<int>(taken), std::memory_order_relaxed);
      if (taken == 0) std::this_thread::yield();
    }
  });

  // relaxed: the threads are joined.
  EXPECT_EQ(out_of_order.load(std::memory_order_relaxed), 0);
  for (const Item& item : items) ASSERT_EQ(item.taken, 1);
  EXPECT_TRUE(inbox.LooksEmpty());
}

}  // namespace
}  // namespace weft::executor_internal
