// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/comparison.h"

#include <optional>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace weft::benchmarks {
namespace {

TEST(ComparisonTest, EachBudgetBelongsToARow) {
  std::set<std::string> rows;
  for (const Comparison& comparison : AllComparisons()) {
    for (const Peer& peer : comparison.peers) {
      rows.insert(comparison.benchmark + '/' + peer.name);
    }
  }
  for (const BudgetRow& budget : Budgets()) {
    const std::string row =
        std::string(budget.benchmark) + '/' + std::string(budget.peer);
    EXPECT_TRUE(rows.contains(row)) << row;
  }
}

TEST(ComparisonTest, NoTwoRowsHaveOneName) {
  std::set<std::string> rows;
  for (const Comparison& comparison : AllComparisons()) {
    for (const Peer& peer : comparison.peers) {
      EXPECT_TRUE(rows.insert(comparison.benchmark + '/' + peer.name).second)
          << comparison.benchmark << '/' << peer.name;
    }
  }
}

TEST(ComparisonTest, BudgetIsThatOfTheSizeOfThePool) {
  EXPECT_EQ(Budget("fib", 1, "tbb task_group"), 0.12);
  EXPECT_EQ(Budget("fib", 2, "tbb task_group"), 0.15);
  EXPECT_EQ(Budget("fib", 4, "tbb task_group"), std::nullopt);
  EXPECT_EQ(Budget("skynet", 4, "tbb task_group"), 0.5);
}

}  // namespace
}  // namespace weft::benchmarks
