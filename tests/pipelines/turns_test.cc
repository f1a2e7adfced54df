// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Who is let into a serial stage, and who may ask the source.

#include "weft/pipelines/internal/turns.h"

#include <cstddef>
#include <semaphore>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/stress_rounds.h"
#include "weft/pipelines/internal/source_gate.h"

namespace weft::pipelines_internal {
namespace {

using Token = SourceGate::Token;

TEST(TurnsTest, OneIsInsideAtATimeInOrder) {
  int item[6] = {};
  Turns<int> turns(3);
  EXPECT_FALSE(turns.TryEnter(1));
  EXPECT_FALSE(turns.Enter(1, item[1]));
  EXPECT_FALSE(turns.TryEnter(2));
  EXPECT_TRUE(turns.TryEnter(0));
  EXPECT_FALSE(turns.TryEnter(0)) << "twice";
  EXPECT_EQ(turns.Leave(0), &item[1]);
  EXPECT_EQ(turns.Leave(1), nullptr) << "2 has not come";
  EXPECT_TRUE(turns.Enter(2, item[2]));
  EXPECT_EQ(turns.Leave(2), nullptr);
  // The ring has 4 places, and goes on from the first.
  EXPECT_FALSE(turns.Enter(4, item[4]));
  EXPECT_TRUE(turns.TryEnter(3));
  EXPECT_EQ(turns.Leave(3), &item[4]);
  EXPECT_EQ(turns.Leave(4), nullptr);
  EXPECT_TRUE(turns.TryEnter(5));
}

TEST(TurnsTest, ARingOfOnePlace) {
  Turns<int> turns(1);
  for (std::size_t number = 0; number < 3; ++number) {
    EXPECT_TRUE(turns.TryEnter(number));
    EXPECT_EQ(turns.Leave(number), nullptr);
  }
}

// Each item comes once, is inside once, and sees what those before it did.
TEST(TurnsTest, EveryItemGetsItsTurn) {
  struct Item {
    std::size_t number;
  };
  const auto count = static_cast<std::size_t>(tests::StressRounds(20'000));
  constexpr std::size_t kMost = 4;
  std::vector<Item> items(count + kMost);
  Turns<Item> turns(kMost);
  std::counting_semaphore<> tokens(kMost);
  std::vector<std::size_t> order;
  order.reserve(items.size());
  const auto run = [&] {
    while (true) {
      tokens.acquire();
      const std::size_t number = turns.TakeNumber();
      if (number >= count) break;
      Item* inside = &items[number];
      inside->number = number;
      if (!turns.TryEnter(number) && !turns.Enter(number, *inside)) continue;
      while (inside != nullptr) {
        order.push_back(inside->number);
        inside = turns.Leave(inside->number);
        tokens.release();
      }
    }
    tokens.release();
  };
  {
    std::jthread first(run), second(run), third(run);
  }
  ASSERT_EQ(order.size(), count);
  for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(order[i], i);
}

TEST(SourceGateTest, OneIsInWithAToken) {
  SourceGate gate(2);
  EXPECT_TRUE(gate.Enter(Token::kNone));
  EXPECT_FALSE(gate.Enter(Token::kNone)) << "another asks";
  EXPECT_TRUE(gate.LeaveWithItem()) << "there is another token";
  EXPECT_TRUE(gate.Enter(Token::kNone));
  EXPECT_FALSE(gate.LeaveWithItem()) << "both are taken";
  EXPECT_FALSE(gate.Enter(Token::kNone)) << "both are taken";
  EXPECT_TRUE(gate.Enter(Token::kHeld));
}

TEST(SourceGateTest, OneTaskIsCalledAtATime) {
  SourceGate gate(8);
  EXPECT_TRUE(gate.Free(Token::kNone)) << "the first";
  EXPECT_FALSE(gate.Free(Token::kNone)) << "it is called";
  EXPECT_TRUE(gate.Enter(Token::kNone));
  EXPECT_FALSE(gate.LeaveWithItem()) << "it has not been let in yet";
  EXPECT_TRUE(gate.Enter(Token::kCalled));
  EXPECT_FALSE(gate.Free(Token::kNone)) << "who is in calls when leaving";
  EXPECT_TRUE(gate.LeaveWithItem());
  EXPECT_TRUE(gate.Enter(Token::kNone));
  EXPECT_FALSE(gate.LeaveWithItem()) << "one is called";
}

// Otherwise nobody would take the next item when those that work have blocked.
TEST(SourceGateTest, WhoWasCalledAndGivesUpIsCalledAgain) {
  SourceGate gate(8);
  EXPECT_TRUE(gate.Free(Token::kNone));
  EXPECT_TRUE(gate.Enter(Token::kNone));
  EXPECT_FALSE(gate.Enter(Token::kCalled)) << "another asks";
  EXPECT_TRUE(gate.LeaveWithItem());
  EXPECT_TRUE(gate.Free(Token::kCalled)) << "without asking, for another";
  EXPECT_TRUE(gate.Enter(Token::kCalled));
  gate.LeaveAtEnd();
  EXPECT_FALSE(gate.Free(Token::kNone));
}

TEST(SourceGateTest, WhoGivesUpFreesItsToken) {
  SourceGate gate(2);
  EXPECT_TRUE(gate.Enter(Token::kNone));
  EXPECT_TRUE(gate.LeaveWithItem());
  EXPECT_TRUE(gate.Enter(Token::kCalled));
  EXPECT_FALSE(gate.Enter(Token::kHeld)) << "another asks";
  EXPECT_TRUE(gate.LeaveWithItem()) << "the token that was given up";
}

TEST(SourceGateTest, NobodyIsLetInAtTheEnd) {
  SourceGate ended(4);
  EXPECT_TRUE(ended.Enter(Token::kNone));
  ended.LeaveAtEnd();
  EXPECT_FALSE(ended.Enter(Token::kNone));
  EXPECT_FALSE(ended.Free(Token::kNone));

  SourceGate closed(4);
  EXPECT_TRUE(closed.Enter(Token::kNone));
  closed.Close();
  EXPECT_FALSE(closed.LeaveWithItem());
  EXPECT_FALSE(closed.Enter(Token::kHeld));
}

}  // namespace
}  // namespace weft::pipelines_internal
