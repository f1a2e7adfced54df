// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a comparison found: rows, as a table for people and as JSON.

#ifndef WEFT_BENCHMARKS_COMPARE_REPORT_H_
#define WEFT_BENCHMARKS_COMPARE_REPORT_H_

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace weft::benchmarks {

// Nanoseconds an operation, of all rounds.
class Samples {
 public:
  void Add(double ns) { ns_.push_back(ns); }
  // Of at least one.
  double Median() const;
  double Least() const;

 private:
  std::vector<double> ns_;
};

struct Row {
  std::string benchmark;
  int threads;
  std::string peer;
  Samples weft;
  std::optional<Samples> of_peer;
  std::optional<double> budget;

  // Of the medians: below one, Weft is the faster.
  std::optional<double> Ratio() const;
  // Empty if there is no budget.
  std::optional<bool> IsInBudget() const;
};

void PrintTable(const std::vector<Row>& rows, std::ostream& out);
void WriteJson(const std::vector<Row>& rows, std::ostream& out);

// How many rows are out of their budgets.
int Missed(const std::vector<Row>& rows);

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_COMPARE_REPORT_H_
