// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/metrics/metric_families.h
// -----------------------------------------------------------------------------
//
// The metrics of metrics_text.h as values (executor/metric_family.h), for a
// program that has a registry of its own:
// adapters/prometheus/executor_collectable.h gives them to prometheus-cpp.
//
// Node counterpart: none.

#ifndef WEFT_OBSERVE_METRICS_METRIC_FAMILIES_H_
#define WEFT_OBSERVE_METRICS_METRIC_FAMILIES_H_

#include <string>
#include <vector>

#include "weft/executor/executor_stats.h"
#include "weft/executor/metric_family.h"

namespace weft::observe {

// One executor, by the name that its metrics bear.
struct NamedStats {
  std::string name;     // the label `executor`
  ExecutorStats stats;  // what Executor::stats() has returned
};

// MetricFamilies()
//
// Returns the metrics of `executors`, of different names, at this moment, and
// behind them those of `more`: jobs::JobMetrics(), or a program's own. Families
// of `more` that have one name are made one, with kind and help of the first.
//
// Thread-safety: thread-safe.
// Errors: throws std::bad_alloc, and std::invalid_argument, which says what is
//   allowed, if a family or a label of `more` has another name than
//   metric_family.h says, or a family that of an executor's.
std::vector<MetricFamily> MetricFamilies(
    const std::vector<NamedStats>& executors,
    std::vector<MetricFamily> more = {});

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_METRICS_METRIC_FAMILIES_H_
