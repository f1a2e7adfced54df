// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The flight recorder, the protocols of [X1] to [X4]: what a copy has is whole,
// while the owner writes over it.

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "weft/observe/internal/open_spans.h"
#include "weft/observe/internal/record/ring.h"
#include "weft/tests/model/explorer.h"

namespace weft::model {
namespace {

using observe_internal::OpenSpanOrders;
using observe_internal::RingCopy;
using observe_internal::RingOrders;

constexpr std::size_t kWords = 2;
constexpr std::uint64_t kCapacity = 2;

// The owner puts three records in two places; another thread copies.
template <typename Orders>
struct OwnerAndReader {
  static constexpr int kThreads = 2;
  using TestedRing = observe_internal::Ring<kWords, Sync, Orders>;
  using Record = typename TestedRing::Record;

  Sync::Atomic<std::uint64_t> head{0};
  std::array<Sync::Atomic<std::uint64_t>, kWords * kCapacity> words{};

  TestedRing View() { return TestedRing(head, words.data(), kCapacity); }

  void Run(int thread) {
    TestedRing ring = View();
    if (thread == 0) {
      for (std::uint64_t number = 1; number <= 3; ++number) {
        ring.Put({number, number << 8});
      }
      return;
    }
    std::array<Record, kCapacity> scratch;
    std::uint64_t taken = 0;
    std::uint64_t last = 0;
    const RingCopy copy = ring.Copy(0, scratch.data(), [&](const Record& one) {
      Require(one[0] == one[1] >> 8, "a record is not whole");
      Require(last == 0 || one[0] == last + 1, "records are out of order");
      last = one[0];
      ++taken;
    });
    Require(copy.damaged == 0, "a record is of another lap");
    Require(taken == copy.end - copy.first, "a record is missing");
    Require(taken == 0 || last == copy.end, "it is not the newest");
  }
  void Check() {}
};

constexpr Plan kAll = Exhaustive(3);

TEST(RingModelTest, WhatIsCopiedIsWhole) {
  const Result result = Explore<OwnerAndReader<RingOrders>>(kAll);
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete) << result;
}

struct RelaxedPut : RingOrders {
  // [X1] weakened: relaxed.
  static constexpr auto kPut = std::memory_order_relaxed;
};
struct RelaxedSee : RingOrders {
  // [X1] weakened: relaxed.
  static constexpr auto kSee = std::memory_order_relaxed;
};
struct RelaxedWrite : RingOrders {
  // [X2] weakened: relaxed.
  static constexpr auto kWrite = std::memory_order_relaxed;
};
struct RelaxedRead : RingOrders {
  // [X2] weakened: relaxed.
  static constexpr auto kRead = std::memory_order_relaxed;
};

TEST(RingModelTest, EachOrderOfTheRingIsNeeded) {
  EXPECT_FALSE(Explore<OwnerAndReader<RelaxedPut>>(kAll));
  EXPECT_FALSE(Explore<OwnerAndReader<RelaxedSee>>(kAll));
  EXPECT_FALSE(Explore<OwnerAndReader<RelaxedWrite>>(kAll));
  EXPECT_FALSE(Explore<OwnerAndReader<RelaxedRead>>(kAll));
}

// The owner begins and ends a span, and begins another one; another thread
// copies what runs.
template <typename Orders>
struct OwnerAndWatcher {
  static constexpr int kThreads = 2;
  using Spans = observe_internal::OpenSpans<2, kWords, Sync, Orders>;

  Spans spans{};

  void Run(int thread) {
    if (thread == 0) {
      spans.Push({1, 1});
      spans.Cut(0);
      spans.Push({2, 2});
      spans.Push({3, 3});
      return;
    }
    std::array<typename Spans::Span, 2> copy;
    const int count = spans.Copy(copy);
    for (int i = 0; i < count; ++i) {
      const auto& span = copy[static_cast<std::size_t>(i)];
      Require(span[0] == span[1], "a span is not whole");
      Require(span[0] != 0, "a span is not there");
    }
    Require(count < 2 || (copy[0][0] == 2 && copy[1][0] == 3),
            "one is inside another that had ended");
  }
  void Check() {}
};

TEST(OpenSpansModelTest, WhatIsCopiedIsWhole) {
  const Result result = Explore<OwnerAndWatcher<OpenSpanOrders>>(kAll);
  EXPECT_TRUE(result) << result;
  EXPECT_TRUE(result.complete) << result;
}

struct RelaxedAnnounce : OpenSpanOrders {
  // [X3] weakened: relaxed.
  static constexpr auto kAnnounce = std::memory_order_relaxed;
};
struct RelaxedSeeAnnounced : OpenSpanOrders {
  // [X3] weakened: relaxed.
  static constexpr auto kSeeAnnounced = std::memory_order_relaxed;
};
struct RelaxedWriteSpan : OpenSpanOrders {
  // [X3] weakened: relaxed.
  static constexpr auto kWrite = std::memory_order_relaxed;
};
struct RelaxedReadSpan : OpenSpanOrders {
  // [X3] weakened: relaxed.
  static constexpr auto kRead = std::memory_order_relaxed;
};
struct RelaxedSetDepth : OpenSpanOrders {
  // [X4] weakened: relaxed.
  static constexpr auto kSetDepth = std::memory_order_relaxed;
};
struct RelaxedSeeDepth : OpenSpanOrders {
  // [X4] weakened: relaxed.
  static constexpr auto kSeeDepth = std::memory_order_relaxed;
};

TEST(OpenSpansModelTest, EachOrderIsNeeded) {
  EXPECT_FALSE(Explore<OwnerAndWatcher<RelaxedAnnounce>>(kAll));
  EXPECT_FALSE(Explore<OwnerAndWatcher<RelaxedSeeAnnounced>>(kAll));
  EXPECT_FALSE(Explore<OwnerAndWatcher<RelaxedWriteSpan>>(kAll));
  EXPECT_FALSE(Explore<OwnerAndWatcher<RelaxedReadSpan>>(kAll));
  EXPECT_FALSE(Explore<OwnerAndWatcher<RelaxedSetDepth>>(kAll));
  EXPECT_FALSE(Explore<OwnerAndWatcher<RelaxedSeeDepth>>(kAll));
}

}  // namespace
}  // namespace weft::model
