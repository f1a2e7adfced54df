// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// WorkDeque in all the executions of a few operations that switch threads up to
// so many times, and in some at random: nothing is lost, taken twice, or read
// half written; and each of its orders and fences is needed.

#include <gtest/gtest.h>

#include <cstddef>
#include <string_view>

#include "weft/executor/internal/workers/work_deque.h"
#include "weft/tests/model/explorer.h"

namespace weft::model {
namespace {

using executor_internal::WorkDeque;
using executor_internal::WorkDequeOrders;

// The operations on the deque.
struct Script {
  std::string_view owner;  // + pushes, - pops
  int thieves;
  std::size_t max;  // that each thief takes
  std::size_t capacity;
  int watch = 100;
  bool one_by_one = false;  // looks at all of those and takes the first
};

template <typename Orders, const Script& script, typename Sync = model::Sync>
class Deque {
 public:
  static constexpr int kThreads = 1 + script.thieves;

  void Run(int thread) { thread == 0 ? Own() : Steal(); }

  void Check() {
    while (Item* const item = deque_.Pop()) Take(item);
    for (std::size_t i = 0; i < pushed_; ++i) {
      Require(items_[i].taken > 0, "an item is lost");
    }
  }

 private:
  static constexpr std::size_t kItems = 8;
  struct Item {
    typename Sync::template Plain<int> value;  // what the job consists of
    int taken = 0;
  };

  void Own() {
    for (const char step : script.owner) {
      if (step == '+') {
        Item& item = items_[pushed_++];
        item.value = 1;
        Require(deque_.Push(&item), "no memory");
      } else if (Item* const item = deque_.Pop()) {
        Take(item);
      }
    }
  }

  void Steal() {
    Item* stolen[kItems] = {};
    const std::size_t count = deque_.Steal(
        stolen, script.max, [](const Item& first, const Item& item) {
          Require(item.value == 1, "an item is half written");
          return !script.one_by_one || &first == &item;
        });
    for (std::size_t i = 0; i < count; ++i) Take(stolen[i]);
  }

  static void Take(Item* item) {
    if (item == nullptr) return Require(false, "a slot is empty");
    Require(item->value == 1, "an item is half written");
    Require(++item->taken == 1, "an item is taken twice");
  }

  Item items_[kItems];
  std::size_t pushed_ = 0;
  WorkDeque<Item, Sync, Orders> deque_{script.capacity, script.watch};
};

// The owner is watched in these from beginning to end;
constexpr Script kLastItem{"+-", 1, 1, 2};
constexpr Script kPopsAndPushes{"+-+-", 1, 1, 2};
constexpr Script kDrawBack{"+++--", 1, 2, 4};
constexpr Script kTwoThieves{"++-+-", 2, 2, 4};
constexpr Script kGrowth{"+++-", 1, 2, 2};
constexpr Script kGrowthTwoThieves{"+++++--", 2, 2, 2};
constexpr Script kWrap{"++++--", 2, 2, 4};
constexpr Script kLeaves{"+++--+", 1, 2, 4, 100, true};
constexpr Script kLeavesTwoThieves{"++++++-----+-", 2, 3, 8, 100, true};
// and in these only after a thief has come, until it has popped once.
constexpr Script kUnwatched{"-+-", 1, 1, 2, 1};
constexpr Script kUnwatchedAgain{"-++--+-", 1, 2, 4, 1};
constexpr Script kUnwatchedTwoThieves{"-+++--+-", 2, 2, 4, 1};

template <const Script& script>
Result Holds(const Plan& plan) {
  return Explore<Deque<WorkDequeOrders, script>>(plan);
}

TEST(WorkDequeModelTest, LastItemBounded) {
  const Result result = Holds<kLastItem>(Exhaustive(6));
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete) << result;
}

TEST(WorkDequeModelTest, PopsAndPushesBounded) {
  const Result result = Holds<kPopsAndPushes>(Exhaustive(3));
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete) << result;
}

TEST(WorkDequeModelTest, ThiefDrawsBackBounded) {
  const Result result = Holds<kDrawBack>(Exhaustive(3));
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete) << result;
}

TEST(WorkDequeModelTest, GrowthDuringTheftBounded) {
  const Result result = Holds<kGrowth>(Exhaustive(3));
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete) << result;
}

TEST(WorkDequeModelTest, ThiefLeavesSomeBounded) {
  const Result result = Holds<kLeaves>(Exhaustive(2));
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete) << result;
}

TEST(WorkDequeModelTest, UnwatchedBounded) {
  const Result result = Holds<kUnwatched>(Exhaustive(6));
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete) << result;
}

TEST(WorkDequeModelTest, UnwatchedAgainBounded) {
  const Result result = Holds<kUnwatchedAgain>(Exhaustive(3));
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete) << result;
}

constexpr Plan kMany = Random(30'000);

TEST(WorkDequeModelTest, AtRandom) {
  Result result;
  EXPECT_TRUE(result = Holds<kDrawBack>(kMany)) << result;
  EXPECT_TRUE(result = Holds<kTwoThieves>(kMany)) << result;
  EXPECT_TRUE(result = Holds<kGrowthTwoThieves>(kMany)) << result;
  EXPECT_TRUE(result = Holds<kWrap>(kMany)) << result;
  EXPECT_TRUE(result = Holds<kLeavesTwoThieves>(kMany)) << result;
  EXPECT_TRUE(result = Holds<kUnwatchedAgain>(kMany)) << result;
  EXPECT_TRUE(result = Holds<kUnwatchedTwoThieves>(kMany)) << result;
}

// True if some script fails with these orders.
template <typename Orders>
bool IsCaught() {
  return !Explore<Deque<Orders, kLastItem>>(kMany) ||
         !Explore<Deque<Orders, kDrawBack>>(kMany) ||
         !Explore<Deque<Orders, kTwoThieves>>(kMany) ||
         !Explore<Deque<Orders, kGrowthTwoThieves>>(kMany) ||
         !Explore<Deque<Orders, kWrap>>(kMany) ||
         !Explore<Deque<Orders, kLeaves>>(kMany);
}
template <typename Orders, typename Sync = model::Sync>
bool IsCaughtUnwatched() {
  return !Explore<Deque<Orders, kUnwatched, Sync>>(kMany) ||
         !Explore<Deque<Orders, kUnwatchedAgain, Sync>>(kMany) ||
         !Explore<Deque<Orders, kUnwatchedTwoThieves, Sync>>(kMany);
}

struct RelaxedPush : WorkDequeOrders {
  // [W1] weakened.
  static constexpr auto kPush = std::memory_order_relaxed;
};
struct RelaxedLook : WorkDequeOrders {
  // [W1] weakened.
  static constexpr auto kLook = std::memory_order_relaxed;
};
struct AcqRelAnnounce : WorkDequeOrders {
  // [W2] weakened.
  static constexpr auto kAnnounce = std::memory_order_acq_rel;
};
struct AcquireCheck : WorkDequeOrders {
  // [W2] weakened.
  static constexpr auto kCheck = std::memory_order_acquire;
};
struct RelaxedDrawBack : WorkDequeOrders {
  // [W5] weakened.
  static constexpr auto kDrawBack = std::memory_order_relaxed;
};
struct RelaxedLock : WorkDequeOrders {
  // [W3] weakened.
  static constexpr auto kLock = std::memory_order_relaxed;
};
struct RelaxedUnlock : WorkDequeOrders {
  // [W3] weakened.
  static constexpr auto kUnlock = std::memory_order_relaxed;
};

struct RelaxedRetreat : WorkDequeOrders {
  // [W1] weakened.
  static constexpr auto kRetreat = std::memory_order_relaxed;
};
struct NoHeavyFence : Sync {
  // [W4] weakened.
  static void HeavyFence() {}
};

TEST(WorkDequeModelTest, EachOrderIsNeeded) {
  EXPECT_TRUE(IsCaught<RelaxedPush>());
  EXPECT_TRUE(IsCaught<AcqRelAnnounce>());
  EXPECT_TRUE(IsCaught<AcquireCheck>());
  EXPECT_TRUE(IsCaught<RelaxedDrawBack>());
  EXPECT_TRUE(IsCaught<RelaxedLock>());
  EXPECT_TRUE(IsCaught<RelaxedUnlock>());
  EXPECT_TRUE(IsCaughtUnwatched<RelaxedRetreat>());
  const bool fence_is_needed =
      IsCaughtUnwatched<WorkDequeOrders, NoHeavyFence>();
  EXPECT_TRUE(fence_is_needed);
}

// kLook is stronger than needed: a thief has seen by kCheck what it takes. It
// stays, as it costs nothing and spares that argument.
TEST(WorkDequeModelTest, RelaxedFirstLookWouldDo) {
  EXPECT_FALSE(IsCaught<RelaxedLook>());
}

}  // namespace
}  // namespace weft::model
