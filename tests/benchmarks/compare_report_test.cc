// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/compare_report.h"

#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace weft::benchmarks {
namespace {

Samples Of(const std::vector<double>& values) {
  Samples samples;
  for (const double value : values) samples.Add(value);
  return samples;
}

TEST(SamplesTest, MedianIsTheMiddleOrBetweenTheTwoInIt) {
  EXPECT_EQ(Of({9, 1, 2}).Median(), 2);
  EXPECT_EQ(Of({9, 1, 2, 4}).Median(), 3);
}

TEST(SamplesTest, LeastIsTheSmallest) { EXPECT_EQ(Of({9, 1, 2}).Least(), 1); }

TEST(RowTest, BudgetIsForTheRatioIfThereIsAPeer) {
  Row row = {"fib", 2, "other", Of({30}), Of({100}), 0.3};
  EXPECT_EQ(row.Ratio(), 0.3);
  EXPECT_EQ(row.IsInBudget(), true);
  row.budget = 0.29;
  EXPECT_EQ(row.IsInBudget(), false);
}

TEST(RowTest, BudgetIsForTheTimeIfThereIsNoPeer) {
  Row row = {"fib", 2, "absolute", Of({30}), std::nullopt, 30};
  EXPECT_EQ(row.Ratio(), std::nullopt);
  EXPECT_EQ(row.IsInBudget(), true);
  row.budget = 29;
  EXPECT_EQ(row.IsInBudget(), false);
}

TEST(RowTest, WithoutABudgetIsNeitherInNorOut) {
  const Row row = {"fib", 2, "other", Of({30}), Of({100}), std::nullopt};
  EXPECT_EQ(row.IsInBudget(), std::nullopt);
  EXPECT_EQ(Missed({row}), 0);
}

std::vector<Row> OneMissedAndOneAlone() {
  return {{"fib", 2, "other", Of({50}), Of({100}), 0.3},
          {"get", 1, "absolute", Of({2}), std::nullopt, std::nullopt}};
}

TEST(TableTest, SaysWhichBudgetIsMissed) {
  std::ostringstream table;
  PrintTable(OneMissedAndOneAlone(), table);
  EXPECT_NE(table.str().find("0.500    0.300  MISSED"), std::string::npos)
      << table.str();
  EXPECT_NE(table.str().find("1 of 1 budgets missed"), std::string::npos);
}

TEST(JsonTest, HasAnObjectForEachRowAndNullForWhatThereIsNot) {
  std::ostringstream text;
  WriteJson(OneMissedAndOneAlone(), text);
  EXPECT_EQ(nlohmann::json::parse(text.str()), nlohmann::json::parse(R"([
    {"benchmark": "fib", "threads": 2, "peer": "other", "weft_ns": 50.0,
     "peer_ns": 100.0, "ratio": 0.5, "budget": 0.3, "ok": false},
    {"benchmark": "get", "threads": 1, "peer": "absolute", "weft_ns": 2.0,
     "peer_ns": null, "ratio": null, "budget": null, "ok": null}
  ])"));
}

}  // namespace
}  // namespace weft::benchmarks
