// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/compare_report.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string_view>

#include "nlohmann/json.hpp"

namespace weft::benchmarks {
namespace {

// Three digits that count, where that is enough.
std::string Digits(double number) {
  char text[32];
  const double size = std::abs(number);
  const int digits = size < 0.9995  ? 3
                     : size < 9.995 ? 2
                     : size < 99.95 ? 1
                                    : 0;
  std::snprintf(text, sizeof text, "%.*f", digits, number);
  return text;
}

// A line of the table: the two names to the left, numbers to the right.
void PrintLine(std::string_view benchmark, std::string_view threads,
               std::string_view peer, const std::vector<std::string>& numbers,
               std::string_view verdict, std::ostream& out) {
  char text[96];
  const auto print = [&](const char* format, std::string_view field) {
    std::snprintf(text, sizeof text, format, static_cast<int>(field.size()),
                  field.data());
    out << text;
  };
  print("%-24.*s", benchmark);
  print(" %3.*s", threads);
  print("  %-24.*s", peer);
  for (const std::string& number : numbers) print("%12.*s", number);
  print("  %.*s", verdict);
  out << '\n';
}

std::string_view NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNoBudget:
      return "";
    case Verdict::kMet:
      return "met";
    case Verdict::kMissed:
      return "MISSED";
    case Verdict::kUnclear:
      return "unclear";
  }
  return "";
}

// Which of `n` samples, by size and from 0, begins the spread: it and as many
// that are smaller are above the median with a chance of at most half of 5 %,
// if each sample is with equal chance below and above it.
std::size_t FirstOfSpread(std::size_t n) {
  const auto count = static_cast<long double>(n);
  long double chance = std::pow(0.5L, count);  // that i samples are below
  long double sum = 0;
  for (std::size_t i = 0; i < n / 2; ++i) {
    sum += chance;
    if (sum > 0.025L) return i == 0 ? 0 : i - 1;
    chance *=
        (count - static_cast<long double>(i)) / static_cast<long double>(i + 1);
  }
  return 0;
}

}  // namespace

double Samples::Median() const {
  std::vector<double> sorted = values_;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle]
                                : (sorted[middle - 1] + sorted[middle]) / 2;
}

Samples::Interval Samples::Spread() const {
  std::vector<double> sorted = values_;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t first = FirstOfSpread(sorted.size());
  return {sorted[first], sorted[sorted.size() - 1 - first]};
}

Samples Row::Figures() const {
  if (of_peer.values().empty()) return weft;
  Samples ratios;
  for (std::size_t i = 0; i < weft.values().size(); ++i)
    ratios.Add(weft.values()[i] / of_peer.values()[i]);
  return ratios;
}

Verdict Row::VerdictOf() const {
  if (!budget || weft.values().empty()) return Verdict::kNoBudget;
  const auto [low, high] = Figures().Spread();
  return high <= *budget ? Verdict::kMet
         : low > *budget ? Verdict::kMissed
                         : Verdict::kUnclear;
}

void PrintTable(const std::vector<Row>& rows, std::ostream& out) {
  PrintLine("", "", "", {"weft", "peer", "figure", "from", "to"}, "", out);
  PrintLine("benchmark", "thr", "peer",
            {"ns", "ns", "median", "95 %", "95 %", "budget"}, "", out);
  std::string_view last;
  for (const Row& row : rows) {
    if (row.benchmark != last) out << '\n';
    last = row.benchmark;
    std::vector<std::string> numbers(6);
    if (!row.weft.values().empty()) {
      numbers[0] = Digits(row.weft.Median());
      if (!row.of_peer.values().empty())
        numbers[1] = Digits(row.of_peer.Median());
      const Samples figures = row.Figures();
      numbers[2] = Digits(figures.Median());
      numbers[3] = Digits(figures.Spread().low);
      numbers[4] = Digits(figures.Spread().high);
    }
    if (row.budget) numbers[5] = Digits(*row.budget);
    PrintLine(
        row.benchmark, std::to_string(row.threads), row.peer, numbers,
        row.absent.empty() ? NameOf(row.VerdictOf()) : "absent: " + row.absent,
        out);
  }
  out << "\nbudgets: " << Count(rows, Verdict::kMet) << " met, "
      << Count(rows, Verdict::kMissed) << " missed, "
      << Count(rows, Verdict::kUnclear) << " unclear\n";
}

void WriteJson(const Setting& setting, const std::vector<Row>& rows,
               std::ostream& out) {
  using Json = nlohmann::ordered_json;
  Json all;
  for (const auto& [name, value] : setting) all["setting"][name] = value;
  all["rows"] = Json::array();
  for (const Row& row : rows) {
    Json object;
    object["benchmark"] = row.benchmark;
    object["threads"] = row.threads;
    object["peer"] = row.peer;
    if (!row.absent.empty()) {
      object["absent"] = row.absent;
    } else {
      const bool alone = row.of_peer.values().empty();
      const Samples figures = row.Figures();
      object["rounds"] = figures.values().size();
      object["weft_ns"] = row.weft.Median();
      object["peer_ns"] = alone ? Json() : Json(row.of_peer.Median());
      object["figure"] = figures.Median();
      object["low"] = figures.Spread().low;
      object["high"] = figures.Spread().high;
      object["budget"] = row.budget ? Json(*row.budget) : Json();
      object["verdict"] = NameOf(row.VerdictOf());
    }
    all["rows"].push_back(object);
  }
  out << all.dump(2) << '\n';
}

int Count(const std::vector<Row>& rows, Verdict verdict) {
  return static_cast<int>(std::count_if(
      rows.begin(), rows.end(),
      [verdict](const Row& row) { return row.VerdictOf() == verdict; }));
}

}  // namespace weft::benchmarks
