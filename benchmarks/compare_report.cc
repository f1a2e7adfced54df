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

std::string Digits(std::optional<double> number) {
  return number ? Digits(*number) : "";
}

// A line of the table: the two names to the left, numbers to the right.
void PrintLine(std::string_view benchmark, std::string_view threads,
               std::string_view peer, const std::vector<std::string>& numbers,
               std::string_view verdict, std::ostream& out) {
  char text[64];
  const auto print = [&](const char* format, std::string_view field) {
    std::snprintf(text, sizeof text, format, static_cast<int>(field.size()),
                  field.data());
    out << text;
  };
  std::snprintf(text, sizeof text, "%-24.*s %3.*s  %-24.*s",
                static_cast<int>(benchmark.size()), benchmark.data(),
                static_cast<int>(threads.size()), threads.data(),
                static_cast<int>(peer.size()), peer.data());
  out << text;
  for (const std::string& number : numbers) print("%9.*s", number);
  print("  %.*s", verdict);
  out << '\n';
}

}  // namespace

double Samples::Median() const {
  std::vector<double> sorted = ns_;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle]
                                : (sorted[middle - 1] + sorted[middle]) / 2;
}

double Samples::Least() const {
  return *std::min_element(ns_.begin(), ns_.end());
}

std::optional<double> Row::Ratio() const {
  if (!of_peer) return std::nullopt;
  return weft.Median() / of_peer->Median();
}

std::optional<bool> Row::IsInBudget() const {
  if (!budget) return std::nullopt;
  return Ratio().value_or(weft.Median()) <= *budget;
}

void PrintTable(const std::vector<Row>& rows, std::ostream& out) {
  PrintLine("nanoseconds", "", "", {"weft", "", "peer"}, "", out);
  PrintLine("benchmark", "thr", "peer",
            {"median", "least", "median", "least", "ratio", "budget"}, "", out);
  std::string_view last;
  for (const Row& row : rows) {
    if (row.benchmark != last) out << '\n';
    last = row.benchmark;
    const std::optional<Samples>& peer = row.of_peer;
    const std::optional<bool> ok = row.IsInBudget();
    PrintLine(
        row.benchmark, std::to_string(row.threads), row.peer,
        {Digits(row.weft.Median()), Digits(row.weft.Least()),
         peer ? Digits(peer->Median()) : "", peer ? Digits(peer->Least()) : "",
         Digits(row.Ratio()), Digits(row.budget)},
        !ok   ? ""
        : *ok ? "ok"
              : "MISSED",
        out);
  }
  const auto budgets =
      std::count_if(rows.begin(), rows.end(),
                    [](const Row& row) { return row.budget.has_value(); });
  out << '\n' << Missed(rows) << " of " << budgets << " budgets missed\n";
}

void WriteJson(const std::vector<Row>& rows, std::ostream& out) {
  using Json = nlohmann::ordered_json;
  const auto or_null = [](const auto& value) {
    return value ? Json(*value) : Json();
  };
  Json list = Json::array();
  for (const Row& row : rows) {
    Json object;
    object["benchmark"] = row.benchmark;
    object["threads"] = row.threads;
    object["peer"] = row.peer;
    object["weft_ns"] = row.weft.Median();
    object["peer_ns"] = row.of_peer ? Json(row.of_peer->Median()) : Json();
    object["ratio"] = or_null(row.Ratio());
    object["budget"] = or_null(row.budget);
    object["ok"] = or_null(row.IsInBudget());
    list.push_back(object);
  }
  out << list.dump(2) << '\n';
}

int Missed(const std::vector<Row>& rows) {
  return static_cast<int>(std::count_if(
      rows.begin(), rows.end(),
      [](const Row& row) { return !row.IsInBudget().value_or(true); }));
}

}  // namespace weft::benchmarks
