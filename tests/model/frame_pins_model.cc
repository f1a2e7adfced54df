// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How a group's tasks borrow the frame that FramePins hold, the protocol of
// [O1]: no task runs in a frame that has been released.

#include <gtest/gtest.h>

#include "weft/tests/model/explorer.h"

namespace weft::model {
namespace {

struct PinOrders {
  // [O1] Completion::Add()
  static constexpr auto kAdd = std::memory_order_seq_cst;
  // [O1] Pin()'s load of `latest_`
  static constexpr auto kLoadLatest = std::memory_order_seq_cst;
  // [O1] ReleaseUnless()'s and Pin()'s stores of it
  static constexpr auto kStoreLatest = std::memory_order_seq_cst;
  // [O1], [N1] Completion::done()
  static constexpr auto kDone = std::memory_order_seq_cst;
  // [N1] Completion::Finish()
  static constexpr auto kFinish = std::memory_order_acq_rel;
  // relaxed: read only after all threads have ended.
  static constexpr auto kAtTheEnd = std::memory_order_relaxed;
};

// One thread submits a task that runs at once, another one waits for the group:
// it releases the frame unless the group is busy.
template <typename Orders>
struct Pins {
  static constexpr int kThreads = 2;
  Sync::Atomic<int> pending{0};
  Sync::Atomic<bool> latest{true};  // the frame is pinned
  Sync::Plain<bool> alive{true};    // what the frame consists of

  void Run(int thread) {
    if (thread == 0) {
      pending.fetch_add(1, Orders::kAdd);
      // Otherwise it pins another frame.
      if (latest.load(Orders::kLoadLatest)) {
        Require(alive, "the frame is gone");
      }
      pending.fetch_sub(1, Orders::kFinish);
    } else {
      if (pending.load(Orders::kDone) != 0) return;
      latest.store(false, Orders::kStoreLatest);
      if (pending.load(Orders::kDone) == 0) alive = false;
    }
  }
  void Check() {
    Require(pending.load(Orders::kAtTheEnd) == 0, "a count is lost");
  }
};

constexpr Plan kAll = Exhaustive(100);

TEST(FramePinsModelTest, NoTaskRunsInAFrameThatIsGone) {
  const Result result = Explore<Pins<PinOrders>>(kAll);
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete) << result;
}

struct RelaxedAdd : PinOrders {
  // [O1] weakened: relaxed.
  static constexpr auto kAdd = std::memory_order_relaxed;
};
struct AcqRelAdd : PinOrders {
  // [O1] weakened.
  static constexpr auto kAdd = std::memory_order_acq_rel;
};
struct AcquireLoadLatest : PinOrders {
  // [O1] weakened.
  static constexpr auto kLoadLatest = std::memory_order_acquire;
};
struct ReleaseStoreLatest : PinOrders {
  // [O1] weakened.
  static constexpr auto kStoreLatest = std::memory_order_release;
};
struct AcquireDone : PinOrders {
  // [O1] weakened.
  static constexpr auto kDone = std::memory_order_acquire;
};
struct RelaxedFinish : PinOrders {
  // [N1] weakened: relaxed.
  static constexpr auto kFinish = std::memory_order_relaxed;
};

TEST(FramePinsModelTest, EachOrderIsNeeded) {
  EXPECT_FALSE(Explore<Pins<RelaxedAdd>>(kAll));
  EXPECT_FALSE(Explore<Pins<AcqRelAdd>>(kAll));
  EXPECT_FALSE(Explore<Pins<AcquireLoadLatest>>(kAll));
  EXPECT_FALSE(Explore<Pins<ReleaseStoreLatest>>(kAll));
  EXPECT_FALSE(Explore<Pins<AcquireDone>>(kAll));
  EXPECT_FALSE(Explore<Pins<RelaxedFinish>>(kAll));
}

}  // namespace
}  // namespace weft::model
