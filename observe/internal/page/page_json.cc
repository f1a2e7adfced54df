// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "weft/observe/internal/page/write.h"
#include "weft/observe/internal/text.h"

namespace weft::observe_internal {
namespace {

std::string Number(double number) {
  std::array<char, 32> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

std::string Seconds(std::chrono::nanoseconds time) {
  return Number(static_cast<double>(time.count()) / 1e9);
}

struct JsonOf {
  std::string operator()(std::monostate) const { return "null"; }
  std::string operator()(const std::string& text) const {
    return JsonQuoted(text);
  }
  std::string operator()(Name name) const {
    return std::to_string(name.number);
  }
  std::string operator()(std::uint64_t number) const {
    return std::to_string(number);
  }
  std::string operator()(Rate rate) const { return Number(rate.per_second); }
  std::string operator()(Share share) const { return Number(share.part); }
  std::string operator()(std::chrono::nanoseconds time) const {
    return Seconds(time);
  }
  // Only the places that count something, by their bounds.
  std::string operator()(const observe::TimeHistogram& times) const {
    std::string json = "{\"sum_seconds\":" + Seconds(times.sum) +
                       ",\"count\":" + std::to_string(CountOf(times)) +
                       ",\"below_seconds\":{";
    bool is_first = true;
    for (std::size_t place = 0; place < times.counts.size(); ++place) {
      if (times.counts[place] == 0) continue;
      if (!std::exchange(is_first, false)) json += ',';
      const std::chrono::nanoseconds bound(std::int64_t{1} << place);
      json += JsonQuoted(Seconds(bound)) + ':' +
              std::to_string(times.counts[place]);
    }
    return json + "}}";
  }
};

}  // namespace

std::string PageJson(const Page& page) {
  std::string json = "{\"title\":" + JsonQuoted(page.title);
  for (const Table& table : page.tables) {
    json += ",\n" + JsonQuoted(table.key) + ":[";
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      json += row == 0 ? "\n{" : ",\n{";
      for (std::size_t i = 0; i < table.columns.size(); ++i) {
        if (i != 0) json += ',';
        json += JsonQuoted(table.columns[i].key) + ':' +
                std::visit(JsonOf{}, table.rows[row][i]);
      }
      json += '}';
    }
    json += ']';
    if (table.left_out != 0) {
      json += ',' + JsonQuoted(std::string(table.key) + "_left_out") + ':' +
              std::to_string(table.left_out);
    }
  }
  return json + "\n}\n";
}

}  // namespace weft::observe_internal
