// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Inbox in many executions of a few operations: nothing is lost, taken twice,
// out of order, or read half written, and no sleeper misses what is pushed.

#include <gtest/gtest.h>

#include <cstddef>

#include "weft/executor/internal/task/inbox.h"
#include "weft/tests/model/explorer.h"

namespace weft::model {
namespace {

using executor_internal::Inbox;
using executor_internal::InboxNode;
using executor_internal::InboxOrders;

namespace order {
// relaxed: for the sleeper's announcement, as the fences order it, [G1].
constexpr auto kRelaxed = std::memory_order_relaxed;
}  // namespace order

constexpr std::size_t kItems = 4;

struct Item : InboxNode<Sync> {
  Sync::Plain<int> value{0};  // what the job consists of
  int producer = 0;
  int taken = 0;
};

template <typename Orders>
struct Queue {
  Inbox<Sync, Orders> inbox;
  Item items[kItems];
  std::size_t pushed = 0;
  const Item* last[2] = {};  // of each producer that came out

  void Push(int producer) {
    Item& item = items[pushed++];
    item.producer = producer;
    item.value = 1;
    inbox.Push(item);
  }

  std::size_t Take(std::size_t max) {
    InboxNode<Sync>* taken[kItems] = {};
    const std::size_t count = inbox.Take(taken, max);
    for (std::size_t i = 0; i < count; ++i) {
      Item& item = static_cast<Item&>(*taken[i]);
      Require(item.value == 1, "an item is half written");
      Require(++item.taken == 1, "an item is taken twice");
    }
    return count;
  }

  void Drain() {
    while (Take(kItems) > 0) {
    }
    Require(inbox.LooksEmpty(), "it looks full when it is empty");
    for (std::size_t i = 0; i < pushed; ++i) {
      Require(items[i].taken == 1, "an item is lost");
    }
  }
};

// Two producers, two consumers that take up to `max`.
template <typename Orders, std::size_t max>
struct Exchange {
  static constexpr int kThreads = 4;
  Queue<Orders> queue;

  void Run(int thread) {
    if (thread < 2) {
      queue.Push(thread);
      queue.Push(thread);
    } else {
      queue.Take(max);
      queue.Take(max);
    }
  }
  void Check() { queue.Drain(); }
};

// One producer, one consumer: small enough for all executions.
template <typename Orders>
struct HandOver {
  static constexpr int kThreads = 2;
  Queue<Orders> queue;

  void Run(int thread) {
    if (thread == 0) {
      queue.Push(0);
      queue.Push(0);
    } else {
      queue.Take(2);
    }
  }
  void Check() { queue.Drain(); }
};

// A worker goes to sleep while another one, which runs on, takes a batch, and a
// producer adds behind it and looks whether a worker sleeps.
template <typename Orders>
struct Sleeper {
  static constexpr int kThreads = 3;
  Queue<Orders> queue;
  Sync::Atomic<bool> idle{false};
  bool asleep = false;
  bool woken = false;

  Sleeper() {
    queue.Push(0);
    queue.Push(0);
  }

  void Run(int thread) {
    if (thread == 0) {
      queue.Push(0);
      LightFence();
      if (idle.load(order::kRelaxed)) woken = true;
    } else if (thread == 1) {
      queue.Take(kItems);
    } else {
      idle.store(true, order::kRelaxed);
      HeavyFence();
      asleep = queue.inbox.LooksEmpty();
    }
  }
  void Check() {
    const bool is_left = queue.Take(kItems) > 0;
    Require(!(is_left && asleep && !woken), "a job waits while workers sleep");
    queue.Drain();
  }
};

constexpr Plan kMany = Random(30'000);

TEST(InboxModelTest, HandOverAllExecutions) {
  const Result result = Explore<HandOver<InboxOrders>>(Exhaustive(100));
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete) << result;
}

TEST(InboxModelTest, AtRandom) {
  Result result;
  EXPECT_TRUE((result = Explore<Exchange<InboxOrders, 1>>(kMany))) << result;
  EXPECT_TRUE((result = Explore<Exchange<InboxOrders, 3>>(kMany))) << result;
}

TEST(InboxModelTest, NoSleeperMissesWhatIsLeft) {
  const Result bounded = Explore<Sleeper<InboxOrders>>(Exhaustive(2));
  EXPECT_TRUE(bounded) << bounded;
  EXPECT_TRUE(bounded.complete) << bounded;
  const Result random = Explore<Sleeper<InboxOrders>>(kMany);
  EXPECT_TRUE(random) << random;
}

// True if some model fails with these orders.
template <typename Orders>
bool IsCaught() {
  return !Explore<HandOver<Orders>>(kMany) ||
         !Explore<Exchange<Orders, 1>>(kMany) ||
         !Explore<Exchange<Orders, 3>>(kMany) ||
         !Explore<Sleeper<Orders>>(Exhaustive(2));
}

struct RelaxedLink : InboxOrders {
  // [I1] weakened.
  static constexpr auto kLink = std::memory_order_relaxed;
};
struct RelaxedFollow : InboxOrders {
  // [I1] weakened.
  static constexpr auto kFollow = std::memory_order_relaxed;
};
struct AcquireAppend : InboxOrders {
  // [I2] weakened.
  static constexpr auto kAppend = std::memory_order_acquire;
};
struct ReleaseAppend : InboxOrders {
  // [I2] weakened.
  static constexpr auto kAppend = std::memory_order_release;
};
struct AcqRelAppend : InboxOrders {
  // [I2] weakened.
  static constexpr auto kAppend = std::memory_order_acq_rel;
};
struct AcquireLook : InboxOrders {
  // [I2] weakened.
  static constexpr auto kLook = std::memory_order_acquire;
};
struct RelaxedLock : InboxOrders {
  // [I3] weakened.
  static constexpr auto kLock = std::memory_order_relaxed;
};
struct RelaxedUnlock : InboxOrders {
  // [I3] weakened.
  static constexpr auto kUnlock = std::memory_order_relaxed;
};

TEST(InboxModelTest, EachOrderIsNeeded) {
  EXPECT_TRUE(IsCaught<RelaxedLink>());
  EXPECT_TRUE(IsCaught<RelaxedFollow>());
  EXPECT_TRUE(IsCaught<AcquireAppend>());
  EXPECT_TRUE(IsCaught<ReleaseAppend>());
  EXPECT_TRUE(IsCaught<RelaxedLock>());
  EXPECT_TRUE(IsCaught<RelaxedUnlock>());
}

// The total order of [I2] is not needed where the fences of [G1] stand on both
// sides; what the append hands over from producer to producer is.
TEST(InboxModelTest, AcquireAndReleaseWouldDoWithTheFences) {
  EXPECT_FALSE(IsCaught<AcqRelAppend>());
  EXPECT_FALSE(IsCaught<AcquireLook>());
}

}  // namespace
}  // namespace weft::model
