// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/metrics/metrics_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

namespace weft::observe {
namespace {

// A whole number without an exponent.
std::string PlainNumber(double number) {
  constexpr double kExact = 9007199254740992;  // 2 to the power of 53
  if (number != std::trunc(number) || std::abs(number) >= kExact) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
    std::array<char, 32> text;
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    return {text.data(), end};
  }
  return std::to_string(static_cast<std::int64_t>(number));
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

std::string_view TypeName(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter:
      return "counter";
    case MetricKind::kGauge:
      return "gauge";
    case MetricKind::kHistogram:
      return "histogram";
  }
  return "";
}

// Writes one family of metrics after the other.
class Writer {
 public:
  explicit Writer(MetricsFormat format) : format_(format) {}

  void Add(const MetricFamily& family) {
    Begin(family);
    for (const MetricSample& sample : family.samples) {
      std::string labels;
      for (const auto& [name, value] : sample.labels) {
        if (!labels.empty()) labels += ',';
        labels += Label(name, value);
      }
      if (family.kind == MetricKind::kHistogram) {
        AddHistogram(labels, sample.histogram);
      } else {
        AddLine(suffix_, labels, PlainNumber(sample.value));
      }
    }
  }

  std::string Finish() {
    if (format_ == MetricsFormat::kOpenMetrics) text_ += "# EOF\n";
    return std::move(text_);
  }

 private:
  void Begin(const MetricFamily& family) {
    name_ = family.name;
    suffix_ = family.kind == MetricKind::kCounter ? "_total" : "";
    // Only OpenMetrics has a family apart from its samples.
    const std::string title =
        format_ == MetricsFormat::kOpenMetrics ? name_ : name_ + suffix_;
    text_ += "# HELP " + title + ' ';
    for (const char letter : family.help) {
      if (letter == '\n') {
        text_ += "\\n";
        continue;
      }
      if (letter == '\\') text_ += '\\';
      text_ += letter;
    }
    text_ +=
        "\n# TYPE " + title + ' ' + std::string(TypeName(family.kind)) + '\n';
  }
  void AddHistogram(const std::string& labels,
                    const MetricHistogram& histogram) {
    std::uint64_t all = 0;
    const std::string before = labels.empty() ? "" : labels + ',';
    for (const auto& [bound, count] : histogram.buckets) {
      AddLine("_bucket", before + Label("le", PlainNumber(bound)),
              std::to_string(count));
      all = count;
    }
    AddLine("_sum", labels, PlainNumber(histogram.sum));
    AddLine("_count", labels, std::to_string(all));
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
                        const std::vector<NamedStats>& executors,
                        const std::vector<MetricFamily>& more) {
  Writer out(format);
  for (const MetricFamily& family : MetricFamilies(executors, more)) {
    out.Add(family);
  }
  return out.Finish();
}

}  // namespace weft::observe
