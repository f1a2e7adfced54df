// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/pipelines/internal/turnstile.h"

#include <cstddef>
#include <memory>

#include "gtest/gtest.h"

namespace weft::pipelines_internal {
namespace {

using ItemPtr = std::unique_ptr<int>;

ItemPtr Item(int value) { return std::make_unique<int>(value); }

TEST(TurnstileTest, WhoComesInTimeGoesThrough) {
  Turnstile<ItemPtr> turnstile;
  for (std::size_t ticket = 0; ticket < 3; ++ticket) {
    ItemPtr item = Item(1);
    EXPECT_TRUE(turnstile.Enter(ticket, item));
    EXPECT_NE(item, nullptr);
    EXPECT_EQ(turnstile.Leave(), nullptr);
  }
}

TEST(TurnstileTest, WhoComesEarlyIsHandedOutInTurn) {
  Turnstile<ItemPtr> turnstile;
  ItemPtr two = Item(2);
  ItemPtr one = Item(1);
  ItemPtr zero = Item(0);
  EXPECT_FALSE(turnstile.Enter(2, two));
  EXPECT_EQ(two, nullptr);
  EXPECT_TRUE(turnstile.Enter(0, zero));
  EXPECT_FALSE(turnstile.Enter(1, one));
  ItemPtr next = turnstile.Leave();
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(*next, 1);
  next = turnstile.Leave();
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(*next, 2);
  EXPECT_EQ(turnstile.Leave(), nullptr);
}

TEST(TurnstileTest, WhoLeavesLetsNobodyOutOfTurn) {
  Turnstile<ItemPtr> turnstile;
  ItemPtr two = Item(2);
  ItemPtr one = Item(1);
  ItemPtr zero = Item(0);
  EXPECT_TRUE(turnstile.Enter(0, zero));
  EXPECT_FALSE(turnstile.Enter(2, two));
  EXPECT_EQ(turnstile.Leave(), nullptr);
  EXPECT_TRUE(turnstile.Enter(1, one));
  EXPECT_NE(turnstile.Leave(), nullptr);
}

TEST(TurnstileTest, TicketsAreInTheOrderOfArrival) {
  Turnstile<ItemPtr> turnstile;
  EXPECT_EQ(turnstile.TakeTicket(), 0u);
  EXPECT_EQ(turnstile.TakeTicket(), 1u);
}

}  // namespace
}  // namespace weft::pipelines_internal
