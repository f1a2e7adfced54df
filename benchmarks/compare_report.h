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

// Samples
//
// One number a round, in the order of the rounds.
class Samples {
 public:
  void Add(double value) { values_.push_back(value); }
  const std::vector<double>& values() const { return values_; }

  // Of at least one.
  double Median() const;

  // Where the median of all rounds that there might have been lies, with a
  // probability of 95 % or more: between two of the samples, whatever their
  // distribution. Fewer than six samples cannot say: then between the least and
  // the greatest.
  struct Interval {
    double low;
    double high;
  };
  Interval Spread() const;

 private:
  std::vector<double> values_;
};

enum class Verdict {
  kNoBudget,
  kMet,
  kMissed,
  kUnclear,  // the budget is within the spread
};

struct Row {
  std::string benchmark;
  int threads;
  std::string peer;
  // Nanoseconds an operation. Empty if the peer is absent.
  Samples weft = {};
  // Those of the same rounds. Empty if Weft's figure stands alone.
  Samples of_peer = {};
  std::optional<double> budget = {};
  std::string absent = {};

  // Returns the figures that the budget limits: the ratio of each round, Weft's
  // over the peer's; or Weft's nanoseconds where that stands alone.
  Samples Figures() const;
  Verdict VerdictOf() const;
};

void PrintTable(const std::vector<Row>& rows, std::ostream& out);

// Names of the machine, the compiler and the like, each with its description.
using Setting = std::vector<std::pair<std::string, std::string>>;
void WriteJson(const Setting& setting, const std::vector<Row>& rows,
               std::ostream& out);

// Returns how many rows have that verdict.
int Count(const std::vector<Row>& rows, Verdict verdict);

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_COMPARE_REPORT_H_
