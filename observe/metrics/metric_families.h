// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/metrics/metric_families.h
// -----------------------------------------------------------------------------
//
// The metrics of metrics_text.h as values, for a program that has a registry of
// its own: adapters/prometheus/executor_collectable.h gives them to
// prometheus-cpp.
//
// Node counterpart: none.

#ifndef WEFT_OBSERVE_METRICS_METRIC_FAMILIES_H_
#define WEFT_OBSERVE_METRICS_METRIC_FAMILIES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "weft/base/language.h"
#include "weft/executor/executor_stats.h"

namespace weft::observe {

// One executor, by the name that its metrics bear.
struct NamedStats {
  std::string name;     // the label `executor`
  ExecutorStats stats;  // what Executor::stats() has returned
};

// How often a value was at most so much.
struct MetricHistogram {
  // The bounds that there are, and how many values are at or below each. The
  // last bound is infinity, which stands for all.
  std::vector<std::pair<double, std::uint64_t>> buckets;
  // The sum of all values.
  double sum = 0;
};

// One value, with the names and values of its labels.
struct MetricSample {
  // The labels: `executor`, and others that the family has.
  std::vector<std::pair<std::string, std::string>> labels;
  // The value: a count, a number, or a histogram.
  std::variant<std::uint64_t, double, MetricHistogram> value;
};

// Samples of one name.
struct MetricFamily {
  // What the values are.
  enum class Type : unsigned char {
    kCounter,    // a count that never goes down
    kGauge,      // a number as it is now
    kHistogram,  // counts of values by their size
  };

  // The name, such as "weft_task_runs": that of a counter is without the
  // "_total" at its end.
  std::string_view name;
  // Which of these the values are, and what they say.
  Type type{};
  std::string_view help;
  // The values.
  std::vector<MetricSample> samples;
};

// MetricFamilies()
//
// Returns the metrics of `executors`, of different names, at this moment.
//
// Thread-safety: thread-safe.
// Errors: throws std::bad_alloc.
std::vector<MetricFamily> MetricFamilies(
    const std::vector<NamedStats>& executors);

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_METRICS_METRIC_FAMILIES_H_
