// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/metrics/metrics_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <utility>

#include "weft/hooks/async_id.h"

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

// The name of a label of a metric.
std::string LabelName(std::string_view name) {
  std::string result;
  for (const char letter : name) {
    const bool is_digit = letter >= '0' && letter <= '9';
    const bool is_letter = (letter >= 'a' && letter <= 'z') ||
                           (letter >= 'A' && letter <= 'Z') || letter == '_';
    if (is_digit && result.empty()) result += '_';
    result += is_letter || is_digit ? letter : '_';
  }
  return result;
}

// What bears witness to the time that a task ran.
struct Exemplar {
  std::string labels;
  double seconds;
  std::chrono::nanoseconds when;  // since 1970
};

// The runs of a recording that have labels.
class Exemplars {
 public:
  explicit Exemplars(const Recording& recording) {
    std::unordered_map<AsyncId, std::uint64_t> executors;
    for (const RecordedThread& thread : recording.threads) {
      for (const Record& record : thread.records) {
        if (record.kind != RecordKind::kEnqueue) continue;
        executors[record.async_id] = record.detail;
      }
    }
    for (const RecordedThread& thread : recording.threads) {
      for (const Record& record : thread.records) {
        if (record.kind != RecordKind::kRun) continue;
        const auto executor = executors.find(record.async_id);
        if (executor == executors.end()) continue;
        std::string labels = LabelsOf(thread, record);
        if (labels.empty()) continue;
        runs_.emplace(
            executor->second,
            Exemplar{std::move(labels),
                     std::chrono::duration<double>(record.end - record.begin)
                         .count(),
                     recording.start.time_since_epoch() + record.end});
      }
    }
  }

  // Returns the last run of an executor that took more than `over` and at most
  // `at_most`; null: there is none.
  const Exemplar* Find(std::uint64_t executor, double over,
                       double at_most) const {
    const Exemplar* found = nullptr;
    const auto [first, end] = runs_.equal_range(executor);
    for (auto run = first; run != end; ++run) {
      const Exemplar& one = run->second;
      if (one.seconds <= over || one.seconds > at_most) continue;
      if (found == nullptr || found->when < one.when) found = &one;
    }
    return found;
  }

 private:
  // What OpenMetrics allows.
  static constexpr std::size_t kMaxBytes = 128;

  static std::string LabelsOf(const RecordedThread& thread, const Record& run) {
    std::string labels;
    std::size_t bytes = 0;
    for (const RecordedLabel& label : thread.LabelsOf(run)) {
      const std::string name = LabelName(label.name);
      const std::size_t size = name.size() + label.text.size();
      if (size > kMaxBytes - bytes) continue;
      const std::string begin = name + "=\"";
      if (labels.starts_with(begin) ||
          labels.find(',' + begin) != std::string::npos) {
        continue;
      }
      bytes += size;
      if (!labels.empty()) labels += ',';
      labels += Label(name, label.text);
    }
    return labels;
  }

  std::multimap<std::uint64_t, Exemplar> runs_;
};

// Writes one family of metrics after the other.
class Writer {
 public:
  Writer(MetricsFormat format, const std::vector<NamedStats>& executors,
         const Recording& recent)
      : format_(format),
        executors_(executors),
        exemplars_(format == MetricsFormat::kOpenMetrics ? recent
                                                         : Recording()) {}

  void Add(const MetricFamily& family) {
    Begin(family);
    for (const MetricSample& sample : family.samples) {
      std::string labels;
      for (const auto& [name, value] : sample.labels) {
        if (!labels.empty()) labels += ',';
        labels += Label(name, value);
      }
      if (family.kind == MetricKind::kHistogram) {
        AddHistogram(labels, sample, family.name == "weft_task_run_seconds");
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
  void AddHistogram(const std::string& labels, const MetricSample& sample,
                    bool has_exemplars) {
    const MetricHistogram& histogram = sample.histogram;
    std::uint64_t all = 0;
    double below = -1;
    const std::string before = labels.empty() ? "" : labels + ',';
    for (const auto& [bound, count] : histogram.buckets) {
      AddLine("_bucket", before + Label("le", PlainNumber(bound)),
              std::to_string(count) +
                  (has_exemplars ? ExemplarOf(sample, below, bound) : ""));
      all = count;
      below = bound;
    }
    AddLine("_sum", labels, PlainNumber(histogram.sum));
    AddLine("_count", labels, std::to_string(all));
  }
  // Of the executor that a sample is of.
  std::string ExemplarOf(const MetricSample& sample, double over,
                         double at_most) const {
    const auto executor = std::find_if(
        executors_.begin(), executors_.end(), [&](const NamedStats& one) {
          return one.name == sample.labels.front().second;
        });
    if (executor == executors_.end()) return "";
    const Exemplar* const found =
        exemplars_.Find(executor->stats.number, over, at_most);
    if (found == nullptr) return "";
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(found->when);
    return " # {" + found->labels + "} " + PlainNumber(found->seconds) + ' ' +
           PlainNumber(static_cast<double>(ms.count()) / 1e3);
  }
  void AddLine(std::string_view suffix, const std::string& labels,
               const std::string& value) {
    text_ += name_;
    text_ += suffix;
    if (!labels.empty()) text_ += '{' + labels + '}';
    text_ += ' ' + value + '\n';
  }

  const MetricsFormat format_;
  const std::vector<NamedStats>& executors_;
  const Exemplars exemplars_;
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
                        const std::vector<MetricFamily>& more,
                        const Recording& recent) {
  Writer out(format, executors, recent);
  for (const MetricFamily& family : MetricFamilies(executors, more)) {
    out.Add(family);
  }
  return out.Finish();
}

}  // namespace weft::observe
