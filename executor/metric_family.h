// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/metric_family.h
// -----------------------------------------------------------------------------
//
// `MetricFamily`: numbers of a program or of a part of Weft, as plain values,
// for whoever writes metrics: observe/metrics/metrics_text.h, the debug page,
// and adapters/prometheus/executor_collectable.h.
// observe/metrics/metric_families.h makes those of executors,
// jobs/job_metrics.h those of jobs.
//
// Node counterpart: none.

#ifndef WEFT_EXECUTOR_METRIC_FAMILY_H_
#define WEFT_EXECUTOR_METRIC_FAMILY_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "weft/base/language.h"

namespace weft {

// The ways in which a number may change.
enum class MetricKind : unsigned char {
  kCounter,    // it grows while the process lives
  kGauge,      // it goes up and down
  kHistogram,  // values are counted by their size
};

// A cumulative histogram: how many values were at most as great as each bound.
struct MetricHistogram {
  // The bounds that there are, and how many values are at or below each. The
  // last bound is infinity, which stands for all.
  std::vector<std::pair<double, std::uint64_t>> buckets;
  // The sum of all values.
  double sum = 0;
};

// A number, and what it is of.
struct MetricSample {
  // Names and values, such as {{"queue", "mail"}}. Names are as those of
  // families, without ':'. Values may have any bytes, and are taken for UTF-8.
  std::vector<std::pair<std::string, std::string>> labels;
  // The number of a counter or a gauge, in the unit that the family's name ends
  // with.
  double value = 0;
  // The counts of a histogram.
  MetricHistogram histogram = {};
};

// Numbers of one meaning, with different labels.
struct MetricFamily {
  // Letters, digits, '_' and ':', the first no digit; of a counter without
  // "_total", which is added.
  std::string name;
  // The way in which its numbers may change.
  MetricKind kind;
  // A sentence that says what they are.
  std::string help;
  // The numbers.
  std::vector<MetricSample> samples;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_METRIC_FAMILY_H_
