// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/metrics/metrics_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
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
    name_ = family.name;
    suffix_ = family.type == Type::kCounter ? "_total" : "";
    // Only OpenMetrics has a family apart from its samples.
    const std::string title =
        format_ == MetricsFormat::kOpenMetrics ? name_ : name_ + suffix_;
    text_ += "# HELP " + title + ' ' + std::string(family.help) + '\n';
    text_ +=
        "# TYPE " + title + ' ' + std::string(TypeName(family.type)) + '\n';
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
  std::string name_;
  std::string suffix_;
  std::string text_;
};

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
                        const std::vector<NamedStats>& executors) {
  Writer out(format);
  for (const MetricFamily& family : MetricFamilies(executors)) out.Add(family);
  return out.Finish();
}

}  // namespace weft::observe
