// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/scale/prices/prices.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
namespace weft::scale {
namespace {

constexpr double kMostNanoseconds = 1e9;

}  // namespace

Prices ParsePrices(std::string_view text, const std::string& file) {
  Prices prices;
  std::set<std::string> seen;
  int number = 0;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const std::string where = file + ":" + std::to_string(number) + ": ";
    const std::size_t tab = std::min(line.find('\t'), line.size());
    const std::string name = line.substr(0, tab);
    const char* const begin = line.c_str() + tab;
    char* end = nullptr;
    const double nanoseconds = std::strtod(begin, &end);
    if (end == begin || (*end != '\0' && *end != '\t') ||
        !(nanoseconds >= 0 && nanoseconds <= kMostNanoseconds)) {
      throw std::invalid_argument(
          where + "\"" + line +
          "\" is no price: a name, a tab, and nanoseconds from 0 to 1e9 are "
          "expected");
    }
    bool known = false;
    ForEachPrice(prices, [&](const char* one, Picoseconds& price) {
      if (name != one) return;
      known = true;
      price = std::llround(nanoseconds * kNanosecond);
    });
    if (!known) {
      throw std::invalid_argument(where + "\"" + name +
                                  "\" is the name of no price");
    }
    if (!seen.insert(name).second) {
      throw std::invalid_argument(where + "\"" + name + "\" is given twice");
    }
  }
  ForEachPrice(prices, [&](const char* name, Picoseconds) {
    if (!seen.contains(name)) {
      throw std::invalid_argument(file + ": the price \"" + name +
                                  "\" is missing");
    }
  });
  return prices;
}

Prices ReadPrices(const std::string& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) {
    throw std::runtime_error("the price list \"" + file + "\" cannot be read");
  }
  return ParsePrices(text.str(), file);
}

}  // namespace weft::scale
