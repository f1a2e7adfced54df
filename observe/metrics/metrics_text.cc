// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/metrics/metrics_text.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "weft/observe/metrics/task_counter.h"
#include "weft/observe/metrics/task_stats.h"

namespace weft::observe {
namespace {

using std::chrono::nanoseconds;

// The least and the greatest bound of a histogram, as powers of two
// nanoseconds, and how far one is from the next.
constexpr std::size_t kFirstBound = 10;
constexpr std::size_t kLastBound = 34;
constexpr std::size_t kStep = 2;

std::string Number(double number) {
  std::array<char, 32> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}
std::string Number(std::uint64_t number) { return std::to_string(number); }
double Seconds(nanoseconds time) {
  return static_cast<double>(time.count()) / 1e9;
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

struct Sample {
  std::string executor;  // the label
  ExecutorStats now;
  TaskStats tasks;
};

// Writes one family of metrics after the other.
class Writer {
 public:
  explicit Writer(MetricsFormat format) : format_(format) {}

  // Begins a family. The name of a counter is without its "_total".
  void Begin(std::string_view name, std::string_view type,
             std::string_view help) {
    name_ = "weft_";
    name_ += name;
    suffix_ = type == "counter" ? "_total" : "";
    // Only OpenMetrics has a family apart from its samples.
    const std::string family =
        format_ == MetricsFormat::kOpenMetrics ? name_ : name_ + suffix_;
    text_ += "# HELP " + family + ' ' + std::string(help) + '\n';
    text_ += "# TYPE " + family + ' ' + std::string(type) + '\n';
  }

  template <typename Value>
  void Add(const std::string& labels, Value value) {
    AddLine(suffix_, labels, Number(value));
  }

  void Add(const std::string& labels, const TimeHistogram& times) {
    std::uint64_t count = 0;
    std::size_t place = 0;
    for (std::size_t bound = kFirstBound; bound <= kLastBound; bound += kStep) {
      for (; place <= bound; ++place) count += times.counts[place];
      const nanoseconds at_most(std::int64_t{1} << bound);
      AddBucket(labels, Number(Seconds(at_most)), count);
    }
    for (; place < times.counts.size(); ++place) count += times.counts[place];
    AddBucket(labels, "+Inf", count);
    AddLine("_sum", labels, Number(Seconds(times.sum)));
    AddLine("_count", labels, Number(count));
  }

  std::string Finish() {
    if (format_ == MetricsFormat::kOpenMetrics) text_ += "# EOF\n";
    return std::move(text_);
  }

 private:
  void AddBucket(const std::string& labels, const std::string& bound,
                 std::uint64_t count) {
    AddLine("_bucket", labels + ',' + Label("le", bound), Number(count));
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

void WriteTasks(const std::vector<Sample>& samples, Writer& out) {
  out.Begin("task_runs", "counter", "Tasks that began or went on to run.");
  for (const Sample& one : samples) out.Add(one.executor, one.tasks.runs);
  out.Begin("task_exceptions", "counter", "Functions of tasks that threw.");
  for (const Sample& one : samples) out.Add(one.executor, one.tasks.threw);
  out.Begin("tasks_dropped", "counter", "Tasks that ended unrun.");
  for (const Sample& one : samples) {
    const auto add = [&](std::string_view reason, std::uint64_t count) {
      out.Add(one.executor + ',' + Label("reason", reason), count);
    };
    add("cancelled", one.now.dropped.cancelled);
    add("expired", one.now.dropped.expired);
    add("refused", one.now.dropped.refused);
  }
  out.Begin("tasks_stolen", "counter",
            "Tasks and parts of forks that a worker took from another.");
  for (const Sample& one : samples) out.Add(one.executor, one.tasks.stolen);
  out.Begin("fork_parts_stolen", "counter",
            "Parts of forks that ran on another thread.");
  for (const Sample& one : samples) {
    out.Add(one.executor, one.tasks.stolen_parts);
  }
  out.Begin("task_run_seconds", "histogram", "How long tasks ran at a time.");
  for (const Sample& one : samples) out.Add(one.executor, one.tasks.run_time);
  out.Begin("task_queue_seconds", "histogram",
            "How long a sample of tasks was queued before it ran.");
  for (const Sample& one : samples) out.Add(one.executor, one.tasks.queue_wait);
  out.Begin("oldest_task_wait_seconds", "gauge",
            "How long the oldest of a sample of tasks has been queued.");
  for (const Sample& one : samples) {
    out.Add(one.executor, Seconds(one.tasks.oldest_wait));
  }
}

void WriteExecutors(const std::vector<Sample>& samples, Writer& out) {
  out.Begin("tasks_pending", "gauge", "Tasks that are queued or run.");
  for (const Sample& one : samples) {
    out.Add(one.executor, std::uint64_t{one.now.pending});
  }
  out.Begin("timers_pending", "gauge", "Timers that wait for their time.");
  for (const Sample& one : samples) {
    out.Add(one.executor, std::uint64_t{one.now.timers});
  }
  out.Begin("threads", "gauge", "Threads by what they do.");
  for (const Sample& one : samples) {
    const auto add = [&](std::string_view state, int count) {
      out.Add(one.executor + ',' + Label("state", state),
              static_cast<std::uint64_t>(count));
    };
    add("running", one.now.threads.running);
    add("searching", one.now.threads.searching);
    add("idle", one.now.threads.idle);
    add("blocked", one.now.threads.blocked);
  }
  out.Begin("waits_refused", "counter",
            "Waits inside tasks for which there was no spare thread.");
  for (const Sample& one : samples) {
    out.Add(one.executor, std::uint64_t{one.now.threads.refused_waits});
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
                        const std::vector<NamedStats>& executors) {
  std::vector<Sample> samples;
  samples.reserve(executors.size());
  for (const NamedStats& one : executors) {
    samples.push_back({Label("executor", one.name), one.stats,
                       ReadTaskStats(one.stats.number)});
  }
  Writer out(format);
  WriteTasks(samples, out);
  WriteExecutors(samples, out);
  out.Begin("uncounted_events", "counter", "Events that were not counted.");
  out.Add("", UncountedEvents());
  return out.Finish();
}

}  // namespace weft::observe
