// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/comparison.h"

#include <optional>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace weft::benchmarks {
namespace {

TEST(ComparisonTest, NoTwoRowsHaveOneName) {
  std::set<std::string> rows;
  for (const Comparison& comparison : AllComparisons()) {
    for (const Peer& peer : comparison.peers) {
      EXPECT_TRUE(rows.insert(comparison.benchmark + '/' + peer.name).second)
          << comparison.benchmark << '/' << peer.name;
    }
  }
}

TEST(BudgetTest, IsThatOfTheSizeOfThePool) {
  EXPECT_EQ(Budget().Of(1), std::nullopt);
  EXPECT_EQ(Budget(0.5).Of(1), 0.5);
  EXPECT_EQ(Budget(0.5).Of(8), 0.5);
  EXPECT_EQ(Budget(0.5, 0.6).Of(1), 0.5);
  EXPECT_EQ(Budget(0.5, 0.6).Of(2), 0.6);
  EXPECT_EQ(Budget(std::nullopt, 0.6).Of(1), std::nullopt);
}

}  // namespace
}  // namespace weft::benchmarks
