// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/pipelines/internal/in_order_gate.h"

#include <cstddef>
#include <memory>

#include "gtest/gtest.h"

namespace weft::pipelines_internal {
namespace {

using ItemPtr = std::unique_ptr<int>;

ItemPtr Item(int value) { return std::make_unique<int>(value); }

TEST(InOrderGateTest, WhoComesInTimeGoesThrough) {
  InOrderGate<ItemPtr> in_order_gate;
  for (std::size_t ticket = 0; ticket < 3; ++ticket) {
    ItemPtr item = Item(1);
    EXPECT_TRUE(in_order_gate.Enter(ticket, item));
    EXPECT_NE(item, nullptr);
    EXPECT_EQ(in_order_gate.Leave(), nullptr);
  }
}

TEST(InOrderGateTest, WhoComesEarlyIsHandedOutInTurn) {
  InOrderGate<ItemPtr> in_order_gate;
  ItemPtr two = Item(2);
  ItemPtr one = Item(1);
  ItemPtr zero = Item(0);
  EXPECT_FALSE(in_order_gate.Enter(2, two));
  EXPECT_EQ(two, nullptr);
  EXPECT_TRUE(in_order_gate.Enter(0, zero));
  EXPECT_FALSE(in_order_gate.Enter(1, one));
  ItemPtr next = in_order_gate.Leave();
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(*next, 1);
  next = in_order_gate.Leave();
  ASSERT_NE(next, nullptr);
  EXPECT_EQ(*next, 2);
  EXPECT_EQ(in_order_gate.Leave(), nullptr);
}

TEST(InOrderGateTest, WhoLeavesLetsNobodyOutOfTurn) {
  InOrderGate<ItemPtr> in_order_gate;
  ItemPtr two = Item(2);
  ItemPtr one = Item(1);
  ItemPtr zero = Item(0);
  EXPECT_TRUE(in_order_gate.Enter(0, zero));
  EXPECT_FALSE(in_order_gate.Enter(2, two));
  EXPECT_EQ(in_order_gate.Leave(), nullptr);
  EXPECT_TRUE(in_order_gate.Enter(1, one));
  EXPECT_NE(in_order_gate.Leave(), nullptr);
}

TEST(InOrderGateTest, TicketsAreInTheOrderOfArrival) {
  InOrderGate<ItemPtr> in_order_gate;
  EXPECT_EQ(in_order_gate.TakeTicket(), 0u);
  EXPECT_EQ(in_order_gate.TakeTicket(), 1u);
}

}  // namespace
}  // namespace weft::pipelines_internal
