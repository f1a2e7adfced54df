// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// From what is counted and recorded to what the debug page says.

#ifndef WEFT_OBSERVE_INTERNAL_PAGE_COLLECT_H_
#define WEFT_OBSERVE_INTERNAL_PAGE_COLLECT_H_

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "weft/executor/executor_stats.h"
#include "weft/executor/metric_family.h"
#include "weft/observe/internal/page/model.h"
#include "weft/observe/level.h"
#include "weft/observe/metrics/task_stats.h"
#include "weft/observe/retention.h"
#include "weft/observe/trace/recording.h"

namespace weft::observe_internal {

struct ExecutorSample {
  std::string name;
  ExecutorStats now;
  observe::TaskStats tasks;
  std::optional<double> runs_per_second;
};

// All at one moment; times are since the start of the recording.
struct Observed {
  std::string title;
  std::vector<ExecutorSample> executors;
  observe::Recording recording;
  std::chrono::nanoseconds now{};
  std::chrono::nanoseconds window{};  // what rates are of
  observe::Level level{};
  std::vector<std::string> reports = {};
  observe::Retention retention = {};
  std::vector<MetricFamily> metrics = {};
};

// The most rows of a table, and nodes of the graph, that are shown.
inline constexpr std::size_t kMaxRows = 50;
inline constexpr std::size_t kMaxNodes = 24;
// The most bytes of a text.
inline constexpr std::size_t kMaxText = 160;

Page Collect(const Observed& observed);

// Leaves those records that have ended since `since`, and of them the newest
// `max_records`; what is left out is not counted as lost.
void KeepNewest(observe::Recording& recording, std::chrono::nanoseconds since,
                std::size_t max_records);

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_PAGE_COLLECT_H_
