// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/internal/page/model.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace weft::observe_internal {
namespace {

using observe::TimeHistogram;
using std::chrono::nanoseconds;

template <typename... Args>
std::string Printed(const char* format, Args... args) {
  std::array<char, 64> text;
  std::snprintf(text.data(), text.size(), format, args...);
  return text.data();
}

// Three digits, with a unit.
std::string TimeText(nanoseconds time) {
  struct Unit {
    double ns;
    const char* name;
  };
  constexpr std::array<Unit, 5> kUnits{
      {{60e9, "min"}, {1e9, "s"}, {1e6, "ms"}, {1e3, "\xc2\xb5s"}, {1, "ns"}}};
  const auto ns = static_cast<double>(time.count());
  if (ns <= 0) return "0";
  for (const Unit& unit : kUnits) {
    // What would be rounded to 1000 has the next unit.
    if (ns < unit.ns * (unit.ns == 60e9 ? 2 : 0.9995)) continue;
    return Printed("%.3g %s", ns / unit.ns, unit.name);
  }
  return Printed("%.3g ns", ns);
}

std::string NumberText(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) {
    digits.insert(at - 3, " ");
  }
  return digits;
}

std::string RateText(double rate) {
  if (rate < 99.95) return Printed("%.3g", rate);
  return NumberText(static_cast<std::uint64_t>(std::llround(rate)));
}

struct TextOf {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(Name name) const {
    return std::to_string(name.number);
  }
  std::string operator()(std::uint64_t number) const {
    return NumberText(number);
  }
  std::string operator()(Rate rate) const { return RateText(rate.per_second); }
  std::string operator()(Share share) const {
    return Printed("%.0f %%", 100 * share.part);
  }
  std::string operator()(nanoseconds time) const { return TimeText(time); }
  std::string operator()(const TimeHistogram& times) const {
    if (CountOf(times) == 0) return "";
    const std::string half = TimeText(Quantile(times, 0.5));
    const std::string most = TimeText(Quantile(times, 0.99));
    return "50% < " + half + ", 99% < " + most;
  }
};

}  // namespace

std::uint64_t CountOf(const TimeHistogram& times) noexcept {
  std::uint64_t count = 0;
  for (const std::uint64_t one : times.counts) count += one;
  return count;
}

nanoseconds Quantile(const TimeHistogram& times, double part) noexcept {
  const auto wanted = part * static_cast<double>(CountOf(times));
  std::uint64_t count = 0;
  for (std::size_t place = 0; place < times.counts.size(); ++place) {
    count += times.counts[place];
    if (count > 0 && static_cast<double>(count) >= wanted) {
      return nanoseconds(std::int64_t{1} << place);
    }
  }
  return nanoseconds(0);
}

std::string CellText(const Cell& cell) { return std::visit(TextOf{}, cell); }

}  // namespace weft::observe_internal
