// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/workers/work_deque.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/stress_rounds.h"
#include "weft/base/sync/asymmetric_fence.h"

namespace weft::executor_internal {
namespace {

constexpr int kWatch = 100;

// Plain on purpose: ThreadSanitizer sees if the hand-over loses its order.
struct Item {
  int taken = 0;
};

TEST(WorkDequeTest, SmokeNewestToTheOwnerOldestToThieves) {
  std::array<Item, 8> items;
  WorkDeque<Item> deque(4, kWatch);
  EXPECT_TRUE(deque.empty());
  EXPECT_TRUE(deque.IsEmpty());
  EXPECT_EQ(deque.Pop(), nullptr);
  for (Item& item : items) ASSERT_TRUE(deque.Push(&item));  // grows
  EXPECT_EQ(deque.size(), 8u);
  std::array<Item*, 8> stolen{};
  EXPECT_EQ(deque.Steal(stolen.data(), 1), 1u);
  EXPECT_EQ(stolen[0], &items[0]);
  EXPECT_EQ(deque.Pop(), &items[7]);
  // Half of what is left, rounded up.
  EXPECT_EQ(deque.Steal(stolen.data(), 8), 3u);
  EXPECT_EQ(stolen[2], &items[3]);
  for (const std::size_t i : {6u, 5u, 4u}) EXPECT_EQ(deque.Pop(), &items[i]);
  EXPECT_EQ(deque.Pop(), nullptr);
  EXPECT_EQ(deque.Steal(stolen.data(), 8), 0u);
}

TEST(WorkDequeTest, SmokeWrapsAroundWithoutGrowing) {
  std::array<Item, 4> items;
  WorkDeque<Item> deque(4, kWatch);
  for (int round = 0; round < 100; ++round) {
    for (Item& item : items) ASSERT_TRUE(deque.Push(&item));
    Item* stolen = nullptr;
    EXPECT_EQ(deque.Steal(&stolen, 1), 1u);
    EXPECT_EQ(stolen, &items[0]);
    for (const std::size_t i : {3u, 2u, 1u}) EXPECT_EQ(deque.Pop(), &items[i]);
    EXPECT_EQ(deque.Pop(), nullptr);
  }
}

TEST(WorkDequeTest, SmokeSeveralArePushedInTheirOrderOrNoneAre) {
  std::array<Item, 8> items;
  WorkDeque<Item> deque(4, kWatch);
  const auto item = [&items](std::size_t i) { return &items[i]; };
  EXPECT_FALSE(deque.TryPushAll(5, item));
  EXPECT_TRUE(deque.empty());
  EXPECT_TRUE(deque.TryPushAll(3, item));
  EXPECT_FALSE(deque.TryPushAll(2, item));
  EXPECT_TRUE(deque.TryPushAll(0, item));
  EXPECT_EQ(deque.size(), 3u);
  std::int64_t place = 7;
  EXPECT_EQ(deque.next_place(), 3);
  for (const std::size_t i : {2u, 1u, 0u}) {
    EXPECT_EQ(deque.PopAndFetch(place), &items[i]);
    EXPECT_EQ(place, static_cast<std::int64_t>(i));
    EXPECT_EQ(deque.next_place(), place);
  }
  EXPECT_EQ(deque.PopAndFetch(place), nullptr);
  EXPECT_EQ(place, 0);
}

TEST(WorkDequeTest, SmokeAPopSaysHowManyAreLeft) {
  std::array<Item, 3> items;
  WorkDeque<Item> deque(4, kWatch);
  std::int64_t left = 7;
  std::int64_t place = 0;
  EXPECT_EQ(deque.PopIfAny(left, place), nullptr);
  EXPECT_LT(left, 0);
  for (Item& item : items) ASSERT_TRUE(deque.Push(&item));
  EXPECT_EQ(deque.PopIfAny(left, place), &items[2]);
  EXPECT_EQ(left, 2);
  EXPECT_EQ(place, 2);
  Item* stolen = nullptr;
  EXPECT_EQ(deque.Steal(&stolen, 1), 1u);
  EXPECT_EQ(deque.PopIfAny(left, place), &items[1]);
  EXPECT_EQ(left, 0);
  EXPECT_EQ(deque.PopIfAny(left, place), nullptr);
}

// Guards [W1], [W2], [W3]: each item comes out once, whoever takes it.
// What a thief looks at seems to be gone; the owner can wait until it is known
// whether it is.
TEST(WorkDequeTest, StressWhatAThiefLooksAtIsNotForgotten) {
  WorkDeque<Item> deque(4, kWatch);
  Item item;
  for (int round = 0; round < tests::StressRounds(1000); ++round) {
    ASSERT_TRUE(deque.Push(&item));
    std::latch looks(1);
    std::latch is_asked(1);
    std::thread thief([&] {
      Item* stolen = nullptr;
      const std::size_t count =
          deque.Steal(&stolen, 1, [&](const Item&, const Item&) {
            looks.count_down();
            is_asked.wait();
            return false;
          });
      EXPECT_EQ(count, 0u);
    });
    looks.wait();
    std::int64_t left = 0;
    std::int64_t place = 0;
    EXPECT_EQ(deque.PopIfAny(left, place), nullptr);
    EXPECT_TRUE(deque.empty());
    is_asked.count_down();
    EXPECT_FALSE(deque.IsEmpty());
    EXPECT_EQ(deque.Pop(), &item);
    EXPECT_TRUE(deque.IsEmpty());
    thief.join();
  }
}

TEST(WorkDequeTest, StressEachItemIsTakenOnce) {
  const auto count = static_cast<std::size_t>(tests::StressRounds(400'000));
  for (const std::size_t burst : {1u, 3u, 100u}) {
    std::vector<Item> items(count);
    WorkDeque<Item> deque(2, kWatch);
    std::atomic<bool> ended{false};
    const auto take = [](Item& item) { ++item.taken; };
    std::vector<std::thread> thieves;
    for (const std::size_t most : {1u, 8u}) {
      thieves.emplace_back([&, most] {
        std::array<Item*, 8> stolen{};
        // Pairs with the owner's end: nothing is left then.
        while (!ended.load(std::memory_order_acquire)) {  // [T1]
          const std::size_t taken = deque.Steal(stolen.data(), most);
          for (std::size_t i = 0; i < taken; ++i) take(*stolen[i]);
        }
      });
    }
    for (std::size_t next = 0; next < count;) {
      // Many at once, if there is room.
      const std::size_t most = std::min(burst, count - next);
      const bool are_pushed =
          most > 1 && deque.TryPushAll(most, [&](std::size_t i) {
            return &items[next + i];
          });
      if (are_pushed) next += most;
      for (std::size_t i = 0; !are_pushed && i < most; ++i) {
        ASSERT_TRUE(deque.Push(&items[next++]));
      }
      std::int64_t place = 0;
      while (Item* const item = deque.PopAndFetch(place)) take(*item);
    }
    ended.store(true, std::memory_order_release);  // [T1]
    for (std::thread& thief : thieves) thief.join();
    for (const Item& item : items) ASSERT_EQ(item.taken, 1);
  }
}

// Guards [W4]: the owner is alone for so long that it announces nothing any
// more; then a thief comes.
TEST(WorkDequeTest, StressALateThiefAndTheOwnerTakeEachItemOnce) {
  base::HeavyFence();  // from here on light fences are free
  const int rounds = tests::StressRounds(10'000);
  WorkDeque<Item> deque(4, kWatch);
  std::array<Item, 2> items;
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  std::thread thief([&] {
    for (int round = 1; round <= rounds; ++round) {
      while (begun.load(std::memory_order_acquire) < round) {  // [T1]
      }
      Item* stolen = nullptr;
      if (deque.Steal(&stolen, 1) == 1) ++stolen->taken;
      ended.store(round, std::memory_order_release);  // [T1]
    }
  });
  for (int round = 1; round <= rounds; ++round) {
    Item alone;
    for (int i = 0; i <= kWatch; ++i) {
      EXPECT_TRUE(deque.Push(&alone));
      EXPECT_EQ(deque.Pop(), &alone);
    }
    for (Item& item : items) EXPECT_TRUE(deque.Push(&item));
    begun.store(round, std::memory_order_release);  // [T1]
    while (Item* const item = deque.Pop()) ++item->taken;
    while (ended.load(std::memory_order_acquire) < round) {  // [T1]
      std::this_thread::yield();
    }
    for (const Item& item : items) EXPECT_EQ(item.taken, round);
  }
  thief.join();
}

}  // namespace
}  // namespace weft::executor_internal
