// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/metrics/metrics_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <utility>
#include <variant>

namespace weft::observe {
namespace {

using Type = MetricFamily::Type;

std::string Number(double number) {
  std::array<char, 32> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}
std::string Number(std::uint64_t number) { return std::to_string(number); }

// A whole number without an exponent.
std::string PlainNumber(double number) {
  constexpr double kExact = 9007199254740992;  // 2 to the power of 53
  if (number != std::trunc(number) || std::abs(number) >= kExact) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
    return Number(number);
  }
  return std::to_string(static_cast<std::int64_t>(number));
}

bool IsMetricName(std::string_view name, bool is_family) {
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  (c >= '0' && c <= '9') || c == '_' || (is_family && c == ':');
         });
}

std::string Label(std::string_view name, std::string_view value) {
  std::string label(name);
  label += "=\"";
  for (const char letter : value) {
    if (letter == '\n') {
      label += "\\n";
      continue;
    }
    if (letter == '"' || letter == '\\') label += '\\';
    label += letter;
  }
  return label + '"';
}

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kCounter:
      return "counter";
    case Type::kGauge:
      return "gauge";
    case Type::kHistogram:
      return "histogram";
  }
  return "";
}

// Writes one family of metrics after the other.
class Writer {
 public:
  explicit Writer(MetricsFormat format) : format_(format) {}

  void Add(const MetricFamily& family) {
    Begin(std::string(family.name), family.type, family.help);
    for (const MetricSample& sample : family.samples) {
      std::string labels;
      for (const auto& [name, value] : sample.labels) {
        if (!labels.empty()) labels += ',';
        labels += Label(name, value);
      }
      std::visit([&](const auto& value) { AddValue(labels, value); },
                 sample.value);
    }
  }

  // Begins a family. Throws std::invalid_argument if there is one of that name.
  void Begin(const std::string& name, Type type, std::string_view help) {
    if (!names_.insert(name).second) {
      throw std::invalid_argument("MetricsText: family '" + name +
                                  "' is one of an executor's");
    }
    name_ = name;
    suffix_ = type == Type::kCounter ? "_total" : "";
    // Only OpenMetrics has a family apart from its samples.
    const std::string title =
        format_ == MetricsFormat::kOpenMetrics ? name_ : name_ + suffix_;
    text_ += "# HELP " + title + ' ';
    for (const char letter : help) {
      if (letter == '\n') {
        text_ += "\\n";
        continue;
      }
      if (letter == '\\') text_ += '\\';
      text_ += letter;
    }
    text_ += "\n# TYPE " + title + ' ' + std::string(TypeName(type)) + '\n';
  }

  // Adds a sample of a program's own family.
  void Add(const weft::MetricSample& sample) {
    std::string labels;
    for (const auto& [name, value] : sample.labels) {
      if (!IsMetricName(name, false)) {
        throw std::invalid_argument(
            "MetricsText: label '" + name + "' of family '" + name_ +
            "'; a label has letters, digits and '_', the first no digit");
      }
      labels += (labels.empty() ? "" : ",") + Label(name, value);
    }
    AddLine(suffix_, labels, PlainNumber(sample.value));
  }

  std::string Finish() {
    if (format_ == MetricsFormat::kOpenMetrics) text_ += "# EOF\n";
    return std::move(text_);
  }

 private:
  template <typename Value>
  void AddValue(const std::string& labels, Value value) {
    AddLine(suffix_, labels, Number(value));
  }
  void AddValue(const std::string& labels, const MetricHistogram& histogram) {
    std::uint64_t all = 0;
    for (const auto& [bound, count] : histogram.buckets) {
      const std::string text = std::isinf(bound) ? "+Inf" : Number(bound);
      AddLine("_bucket", labels + ',' + Label("le", text), Number(count));
      all = count;
    }
    AddLine("_sum", labels, Number(histogram.sum));
    AddLine("_count", labels, Number(all));
  }
  void AddLine(std::string_view suffix, const std::string& labels,
               const std::string& value) {
    text_ += name_;
    text_ += suffix;
    if (!labels.empty()) text_ += '{' + labels + '}';
    text_ += ' ' + value + '\n';
  }

  const MetricsFormat format_;
  std::set<std::string> names_;
  std::string name_;
  std::string suffix_;
  std::string text_;
};

// Families of one name are written together, as the formats want it.
void WriteMore(const std::vector<weft::MetricFamily>& families, Writer& out) {
  std::vector<std::vector<const weft::MetricFamily*>> groups;
  for (const weft::MetricFamily& family : families) {
    if (!IsMetricName(family.name, true)) {
      throw std::invalid_argument(
          "MetricsText: family '" + family.name +
          "'; a name has letters, digits, '_' and ':', the first no digit");
    }
    const auto known = std::find_if(
        groups.begin(), groups.end(),
        [&](const auto& group) { return group.front()->name == family.name; });
    if (known == groups.end()) {
      groups.push_back({&family});
    } else {
      known->push_back(&family);
    }
  }
  for (const auto& group : groups) {
    const weft::MetricFamily& first = *group.front();
    out.Begin(
        first.name,
        first.kind == MetricKind::kCounter ? Type::kCounter : Type::kGauge,
        first.help);
    for (const weft::MetricFamily* const family : group) {
      for (const weft::MetricSample& sample : family->samples) out.Add(sample);
    }
  }
}

}  // namespace

MetricsFormat MetricsFormatFor(std::string_view accept) noexcept {
  return accept.find("application/openmetrics-text") != std::string_view::npos
             ? MetricsFormat::kOpenMetrics
             : MetricsFormat::kPrometheus;
}

std::string_view ContentType(MetricsFormat format) noexcept {
  return format == MetricsFormat::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

std::string MetricsText(MetricsFormat format,
                        const std::vector<NamedStats>& executors,
                        const std::vector<weft::MetricFamily>& more) {
  Writer out(format);
  for (const MetricFamily& family : MetricFamilies(executors)) out.Add(family);
  WriteMore(more, out);
  return out.Finish();
}

}  // namespace weft::observe
