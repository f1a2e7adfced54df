// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/metrics/metric_families.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "weft/observe/metrics/task_counter.h"
#include "weft/observe/metrics/task_stats.h"

namespace weft::observe {
namespace {

// The least and the greatest bound of a histogram, as powers of two
// nanoseconds, and how far one is from the next.
constexpr std::size_t kFirstBound = 10;
constexpr std::size_t kLastBound = 34;
constexpr std::size_t kStep = 2;

double SecondsOf(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e9;
}

MetricHistogram HistogramOf(const TimeHistogram& times) {
  MetricHistogram histogram;
  std::uint64_t count = 0;
  std::size_t place = 0;
  for (std::size_t bound = kFirstBound; bound <= kLastBound; bound += kStep) {
    for (; place <= bound; ++place) count += times.counts[place];
    const std::chrono::nanoseconds at_most(std::int64_t{1} << bound);
    histogram.buckets.emplace_back(SecondsOf(at_most), count);
  }
  for (; place < times.counts.size(); ++place) count += times.counts[place];
  histogram.buckets.emplace_back(std::numeric_limits<double>::infinity(),
                                 count);
  histogram.sum = SecondsOf(times.sum);
  return histogram;
}

using Type = MetricKind;

struct OneExecutor {
  const std::string& name;
  const ExecutorStats& now;
  TaskStats tasks;
};

// Makes one family after the other.
class FamilyMaker {
 public:
  explicit FamilyMaker(const std::vector<NamedStats>& executors) {
    for (const NamedStats& one : executors) {
      executors_.push_back(
          {one.name, one.stats, ReadTaskStats(one.stats.number)});
    }
  }

  // Adds what `value(executor)` returns for each.
  template <typename Value>
  void Add(std::string_view name, Type type, std::string_view help,
           const Value& value) {
    MetricFamily& family = Begin(name, type, help);
    for (const OneExecutor& one : executors_) {
      family.samples.push_back(SampleOf({{"executor", one.name}}, value(one)));
    }
  }
  // The same with a sample for each of `values`: its value of the label, and
  // what returns the value.
  template <typename Count>
  void Add(std::string_view name, Type type, std::string_view help,
           const char* label,
           const std::vector<std::pair<const char*, Count>>& values) {
    MetricFamily& family = Begin(name, type, help);
    for (const OneExecutor& one : executors_) {
      for (const auto& [text, count] : values) {
        family.samples.push_back(
            SampleOf({{"executor", one.name}, {label, text}}, count(one)));
      }
    }
  }
  // The same for the process.
  void AddOne(std::string_view name, Type type, std::string_view help,
              std::uint64_t value) {
    Begin(name, type, help).samples.push_back(SampleOf({}, value));
  }

  std::vector<MetricFamily> Take() { return std::move(families_); }

 private:
  MetricFamily& Begin(std::string_view name, Type type, std::string_view help) {
    return families_.emplace_back(
        MetricFamily{std::string(name), type, std::string(help), {}});
  }

  using Labels = std::vector<std::pair<std::string, std::string>>;
  template <typename Number>
  static MetricSample SampleOf(Labels labels, Number value) {
    return {.labels = std::move(labels), .value = static_cast<double>(value)};
  }
  static MetricSample SampleOf(Labels labels, MetricHistogram value) {
    return {.labels = std::move(labels), .histogram = std::move(value)};
  }

  std::vector<OneExecutor> executors_;
  std::vector<MetricFamily> families_;
};

using CountOfExecutor = std::uint64_t (*)(const OneExecutor&);

void AddTasks(FamilyMaker& out) {
  out.Add("weft_task_runs", Type::kCounter,
          "Tasks that have run; coroutines, each time until they waited.",
          [](const OneExecutor& one) { return one.now.ran; });
  out.Add("weft_task_exceptions", Type::kCounter,
          "Functions of tasks that threw.",
          [](const OneExecutor& one) { return one.tasks.threw; });
  out.Add("weft_tasks_accepted", Type::kCounter,
          "Tasks that were accepted, to be run or dropped.",
          [](const OneExecutor& one) { return one.now.accepted; });
  out.Add("weft_tasks_rejected", Type::kCounter,
          "Tasks that were not accepted.",
          [](const OneExecutor& one) { return one.now.rejected; });
  out.Add("weft_task_holds_expired", Type::kCounter,
          "Tasks that got no place in the queue before their deadline.",
          [](const OneExecutor& one) { return one.now.expired_holds; });
  out.Add<CountOfExecutor>("weft_tasks_dropped", Type::kCounter,
                           "Tasks that ended unrun.", "reason",
                           {{"cancelled",
                             [](const OneExecutor& one) {
                               return std::uint64_t{one.now.dropped.cancelled};
                             }},
                            {"expired",
                             [](const OneExecutor& one) {
                               return std::uint64_t{one.now.dropped.expired};
                             }},
                            {"refused", [](const OneExecutor& one) {
                               return std::uint64_t{one.now.dropped.refused};
                             }}});
  out.Add("weft_tasks_stolen", Type::kCounter,
          "Tasks and parts of forks that a worker took from another.",
          [](const OneExecutor& one) { return one.tasks.stolen; });
  out.Add("weft_fork_parts_stolen", Type::kCounter,
          "Parts of forks that ran on another thread.",
          [](const OneExecutor& one) { return one.tasks.stolen_parts; });
  out.Add("weft_task_run_seconds", Type::kHistogram,
          "How long tasks ran at a time.", [](const OneExecutor& one) {
            return HistogramOf(one.tasks.run_time);
          });
  out.Add(
      "weft_task_queue_seconds", Type::kHistogram,
      "How long a sample of tasks was queued before it ran.",
      [](const OneExecutor& one) { return HistogramOf(one.tasks.queue_wait); });
  out.Add(
      "weft_oldest_task_wait_seconds", Type::kGauge,
      "How long the oldest of a sample of tasks has been queued.",
      [](const OneExecutor& one) { return SecondsOf(one.tasks.oldest_wait); });
}

void AddExecutors(FamilyMaker& out) {
  out.Add(
      "weft_tasks_pending", Type::kGauge, "Tasks that are queued or run.",
      [](const OneExecutor& one) { return std::uint64_t{one.now.pending}; });
  out.Add<CountOfExecutor>("weft_tasks_queued", Type::kGauge,
                           "Tasks, and parts of forks, that wait to be run.",
                           "queue",
                           {{"forked",
                             [](const OneExecutor& one) {
                               return std::uint64_t{one.now.queued.forked};
                             }},
                            {"taken",
                             [](const OneExecutor& one) {
                               return std::uint64_t{one.now.queued.taken};
                             }},
                            {"submitted",
                             [](const OneExecutor& one) {
                               return std::uint64_t{one.now.queued.submitted};
                             }},
                            {"set_aside", [](const OneExecutor& one) {
                               return std::uint64_t{one.now.queued.set_aside};
                             }}});
  out.Add("weft_tasks_held", Type::kGauge,
          "Tasks whose submitters wait for a place in the queue.",
          [](const OneExecutor& one) {
            return std::uint64_t{one.now.queued.held};
          });
  out.Add("weft_timers_pending", Type::kGauge,
          "Timers that wait for their time.",
          [](const OneExecutor& one) { return std::uint64_t{one.now.timers}; });
  out.Add<CountOfExecutor>(
      "weft_threads", Type::kGauge, "Threads by what they do.", "state",
      {{"running",
        [](const OneExecutor& one) {
          return static_cast<std::uint64_t>(one.now.threads.running);
        }},
       {"searching",
        [](const OneExecutor& one) {
          return static_cast<std::uint64_t>(one.now.threads.searching);
        }},
       {"idle",
        [](const OneExecutor& one) {
          return static_cast<std::uint64_t>(one.now.threads.idle);
        }},
       {"blocked", [](const OneExecutor& one) {
          return static_cast<std::uint64_t>(one.now.threads.blocked);
        }}});
  out.Add("weft_waits_refused", Type::kCounter,
          "Waits inside tasks for which there was no spare thread.",
          [](const OneExecutor& one) {
            return std::uint64_t{one.now.threads.refused_waits};
          });
}

bool IsMetricName(std::string_view name, bool is_family) {
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  (c >= '0' && c <= '9') || c == '_' || (is_family && c == ':');
         });
}

// Throws std::invalid_argument if a name is not allowed.
void CheckNames(const MetricFamily& family) {
  if (!IsMetricName(family.name, true)) {
    throw std::invalid_argument(
        "MetricFamilies: family '" + family.name +
        "'; a name has letters, digits, '_' and ':', the first no digit");
  }
  for (const MetricSample& sample : family.samples) {
    for (const auto& [name, value] : sample.labels) {
      if (IsMetricName(name, false)) continue;
      throw std::invalid_argument(
          "MetricFamilies: label '" + name + "' of family '" + family.name +
          "'; a label has letters, digits and '_', the first no digit");
    }
  }
}

// Adds them behind those of executors. Families of one name become one, as the
// formats want it.
void AddMore(std::vector<MetricFamily> more,
             std::vector<MetricFamily>& families) {
  const std::size_t own = families.size();
  const auto find = [&](const std::string& name) {
    return std::find_if(
        families.begin(), families.end(),
        [&](const MetricFamily& family) { return family.name == name; });
  };
  for (MetricFamily& family : more) {
    CheckNames(family);
    const auto known = find(family.name);
    if (known == families.end()) {
      families.push_back(std::move(family));
      continue;
    }
    if (static_cast<std::size_t>(known - families.begin()) < own) {
      throw std::invalid_argument("MetricFamilies: family '" + family.name +
                                  "' is one of an executor's");
    }
    std::move(family.samples.begin(), family.samples.end(),
              std::back_inserter(known->samples));
  }
}

}  // namespace

std::vector<MetricFamily> MetricFamilies(
    const std::vector<NamedStats>& executors, std::vector<MetricFamily> more) {
  FamilyMaker out(executors);
  AddTasks(out);
  AddExecutors(out);
  out.AddOne("weft_uncounted_events", Type::kCounter,
             "Events that were not counted.", UncountedEvents());
  std::vector<MetricFamily> families = out.Take();
  AddMore(std::move(more), families);
  return families;
}

}  // namespace weft::observe
