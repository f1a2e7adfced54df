// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/compare_report.h"

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

TEST(SamplesTest, SpreadOfFewIsAllOfThem) {
  EXPECT_EQ(Of({3}).Spread().low, 3);
  EXPECT_EQ(Of({3}).Spread().high, 3);
  EXPECT_EQ(Of({5, 1, 3, 2, 4}).Spread().low, 1);
  EXPECT_EQ(Of({5, 1, 3, 2, 4}).Spread().high, 5);
}

// The ranks that tables of the sign test give for 95 %.
TEST(SamplesTest, SpreadNarrowsAsSamplesGrowInNumber) {
  const auto spread_of = [](int count) {
    Samples samples;
    for (int i = 1; i <= count; ++i) samples.Add(i);
    return samples.Spread();
  };
  EXPECT_EQ(spread_of(6).low, 1);
  EXPECT_EQ(spread_of(9).low, 2);
  EXPECT_EQ(spread_of(9).high, 8);
  EXPECT_EQ(spread_of(20).low, 6);
  EXPECT_EQ(spread_of(20).high, 15);
  EXPECT_EQ(spread_of(100).low, 40);
  EXPECT_EQ(spread_of(100).high, 61);
  EXPECT_EQ(spread_of(10000).low, 4902);
}

Row WithPeer(double budget) {
  return {.benchmark = "fib",
          .threads = 2,
          .peer = "other",
          .weft = Of({10, 40, 300}),
          .of_peer = Of({100, 100, 1000}),
          .budget = budget};
}

// 0.1, 0.4 and 0.3, whatever the medians of both are.
TEST(RowTest, FigureIsTheMedianOfTheRoundsRatios) {
  EXPECT_EQ(WithPeer(1).Figures().Median(), 0.3);
}

TEST(RowTest, IsClearWhereTheBudgetIsOutsideOfTheSpread) {
  EXPECT_EQ(WithPeer(0.4).VerdictOf(), Verdict::kMet);
  EXPECT_EQ(WithPeer(0.39).VerdictOf(), Verdict::kUnclear);
  EXPECT_EQ(WithPeer(0.1).VerdictOf(), Verdict::kUnclear);
  EXPECT_EQ(WithPeer(0.09).VerdictOf(), Verdict::kMissed);
}

TEST(RowTest, FigureIsWeftsTimeIfThatStandsAlone) {
  Row row = {.benchmark = "wait",
             .threads = 2,
             .peer = "absolute",
             .weft = Of({30}),
             .budget = 30};
  EXPECT_EQ(row.VerdictOf(), Verdict::kMet);
  row.budget = 29;
  EXPECT_EQ(row.VerdictOf(), Verdict::kMissed);
  row.budget.reset();
  EXPECT_EQ(row.VerdictOf(), Verdict::kNoBudget);
}

std::vector<Row> OneOfEach() {
  return {
      {.benchmark = "fib",
       .threads = 2,
       .peer = "other",
       .weft = Of({50}),
       .of_peer = Of({100}),
       .budget = 0.3},
      {.benchmark = "get", .threads = 1, .peer = "absolute", .weft = Of({2})},
      {.benchmark = "get",
       .threads = 1,
       .peer = "another",
       .budget = 1,
       .absent = "needs much"}};
}

TEST(TableTest, SaysWhichBudgetIsMissedAndWhatIsAbsent) {
  std::ostringstream table;
  PrintTable(OneOfEach(), table);
  EXPECT_NE(table.str().find(" 0.300  MISSED"), std::string::npos)
      << table.str();
  EXPECT_NE(table.str().find("1.00  absent: needs much"), std::string::npos)
      << table.str();
  EXPECT_NE(table.str().find("budgets: 0 met, 1 missed, 0 unclear"),
            std::string::npos);
}

TEST(JsonTest, HasTheSettingAndAnObjectForEachRow) {
  std::ostringstream text;
  WriteJson({{"processors", "2"}}, OneOfEach(), text);
  EXPECT_EQ(nlohmann::json::parse(text.str()), nlohmann::json::parse(R"({
    "setting": {"processors": "2"},
    "rows": [
      {"benchmark": "fib", "threads": 2, "peer": "other", "rounds": 1,
       "weft_ns": 50.0, "peer_ns": 100.0, "figure": 0.5, "low": 0.5,
       "high": 0.5, "budget": 0.3, "verdict": "MISSED"},
      {"benchmark": "get", "threads": 1, "peer": "absolute", "rounds": 1,
       "weft_ns": 2.0, "peer_ns": null, "figure": 2.0, "low": 2.0,
       "high": 2.0, "budget": null, "verdict": ""},
      {"benchmark": "get", "threads": 1, "peer": "another",
       "absent": "needs much"}
    ]})"));
}

}  // namespace
}  // namespace weft::benchmarks
