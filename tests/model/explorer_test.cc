// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The explorer knows the memory model: litmus tests, each with the orders that
// forbid the outcome and with weaker ones that allow it.

#include "weft/tests/model/explorer.h"

#include <gtest/gtest.h>

namespace weft::model {
namespace {

// The edge [L1] is that of the litmus test at hand, between its two threads.
namespace order {
// relaxed: the order under test.
constexpr auto kRelaxed = std::memory_order_relaxed;
// [L1]
constexpr auto kAcquire = std::memory_order_acquire;
// [L1]
constexpr auto kRelease = std::memory_order_release;
// [L1]
constexpr auto kAcqRel = std::memory_order_acq_rel;
// [L1]
constexpr auto kSeqCst = std::memory_order_seq_cst;
}  // namespace order

constexpr Plan kAll = Exhaustive(100);

template <std::memory_order order_of_store, std::memory_order order_of_load>
struct MessagePassing {
  static constexpr int kThreads = 2;
  Sync::Plain<int> data{0};
  Sync::Atomic<bool> ready{false};

  void Run(int thread) {
    if (thread == 0) {
      data = 1;
      ready.store(true, order_of_store);
    } else if (ready.load(order_of_load)) {
      Require(data == 1, "old data");
    }
  }
  void Check() {}
};

TEST(ExplorerTest, MessagePassing) {
  const Result result =
      Explore<MessagePassing<order::kRelease, order::kAcquire>>(kAll);
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete);
  EXPECT_FALSE(
      (Explore<MessagePassing<order::kRelaxed, order::kAcquire>>(kAll)));
  EXPECT_FALSE(
      (Explore<MessagePassing<order::kRelease, order::kRelaxed>>(kAll)));
}

template <std::memory_order order_of_store, std::memory_order order_of_load>
struct StoreBuffering {
  static constexpr int kThreads = 2;
  Sync::Atomic<int> x{0};
  Sync::Atomic<int> y{0};
  int saw[2] = {};

  void Run(int thread) {
    Sync::Atomic<int>& mine = thread == 0 ? x : y;
    Sync::Atomic<int>& other = thread == 0 ? y : x;
    mine.exchange(1, order_of_store);
    saw[thread] = other.load(order_of_load);
  }
  void Check() { Require(saw[0] == 1 || saw[1] == 1, "both missed"); }
};

TEST(ExplorerTest, StoreBuffering) {
  const Result result =
      Explore<StoreBuffering<order::kSeqCst, order::kSeqCst>>(kAll);
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete);
  EXPECT_FALSE((Explore<StoreBuffering<order::kAcqRel, order::kSeqCst>>(kAll)));
  EXPECT_FALSE(
      (Explore<StoreBuffering<order::kSeqCst, order::kAcquire>>(kAll)));
}

template <bool heavy>
struct AsymmetricFences {
  static constexpr int kThreads = 2;
  Sync::Atomic<int> x{0};
  Sync::Atomic<int> y{0};
  int saw[2] = {};

  void Run(int thread) {
    Sync::Atomic<int>& mine = thread == 0 ? x : y;
    mine.store(1, order::kRelaxed);
    if (thread == 0 || !heavy) LightFence();
    if (thread == 1 && heavy) HeavyFence();
    saw[thread] = (thread == 0 ? y : x).load(order::kRelaxed);
  }
  void Check() { Require(saw[0] == 1 || saw[1] == 1, "both missed"); }
};

TEST(ExplorerTest, AsymmetricFences) {
  const Result result = Explore<AsymmetricFences<true>>(kAll);
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete);
  EXPECT_FALSE(Explore<AsymmetricFences<false>>(kAll));
}

template <std::memory_order order_of_load, std::memory_order order_of_store>
struct IndependentReads {
  static constexpr int kThreads = 4;
  Sync::Atomic<int> x{0};
  Sync::Atomic<int> y{0};
  int saw[4] = {};

  void Run(int thread) {
    if (thread == 0) x.store(1, order_of_store);
    if (thread == 1) y.store(1, order_of_store);
    if (thread == 2) {
      saw[0] = x.load(order_of_load);
      saw[1] = y.load(order_of_load);
    }
    if (thread == 3) {
      saw[2] = y.load(order_of_load);
      saw[3] = x.load(order_of_load);
    }
  }
  void Check() {
    Require(!(saw[0] == 1 && saw[1] == 0 && saw[2] == 1 && saw[3] == 0),
            "two orders of two stores");
  }
};

TEST(ExplorerTest, IndependentReads) {
  const Result result =
      Explore<IndependentReads<order::kSeqCst, order::kSeqCst>>(kAll);
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete);
  EXPECT_FALSE(
      (Explore<IndependentReads<order::kAcquire, order::kRelease>>(kAll)));
}

// Two stores to each of two objects: the modification orders may cross.
template <std::memory_order order_of_store>
struct TwoTimesTwoStores {
  static constexpr int kThreads = 2;
  Sync::Atomic<int> x{0};
  Sync::Atomic<int> y{0};

  void Run(int thread) {
    (thread == 0 ? x : y).store(1, order_of_store);
    (thread == 0 ? y : x).store(2, order_of_store);
  }
  void Check() {
    const int last_x = x.load(order::kRelaxed);
    const int last_y = y.load(order::kRelaxed);
    Require(!(last_x == 1 && last_y == 1), "both first stores came last");
  }
};

TEST(ExplorerTest, TwoTimesTwoStores) {
  const Result result = Explore<TwoTimesTwoStores<order::kSeqCst>>(kAll);
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete);
  EXPECT_FALSE(Explore<TwoTimesTwoStores<order::kRelease>>(kAll));
}

// Read-read coherence, and that modifications are never lost, hold for relaxed.
struct Coherence {
  static constexpr int kThreads = 3;
  Sync::Atomic<int> x{0};

  void Run(int thread) {
    if (thread < 2) {
      x.fetch_add(1, order::kRelaxed);
    } else {
      const int first = x.load(order::kRelaxed);
      Require(x.load(order::kRelaxed) >= first, "went back");
    }
  }
  void Check() { Require(x.load(order::kRelaxed) == 2, "lost a count"); }
};

TEST(ExplorerTest, CoherenceOfRelaxedOperations) {
  const Result result = Explore<Coherence>(kAll);
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete);
}

struct WaitsForNobody {
  static constexpr int kThreads = 1;
  Sync::Atomic<bool> never{false};

  void Run(int) {
    while (!never.load(order::kAcquire)) {
      if (!Wait()) return Require(false, "waits for ever");
    }
  }
  void Check() {}
};

TEST(ExplorerTest, SeesWhatWaitsForEver) {
  EXPECT_FALSE(Explore<WaitsForNobody>(Random(1)));
}

}  // namespace
}  // namespace weft::model
