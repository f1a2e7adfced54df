// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/workloads/profiler/profiler.h"

#include <optional>

#include "weft/adapters/profiler/profiler_records.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/label.h"
#include "weft/propagation/trace_context.h"

namespace weft::benchmarks::profiler {

double MeasureIn(Records records, Measurement workload, int threads) {
  static const AsyncLocalStorage<int>& request = *new AsyncLocalStorage<int>(
      {.name = "request", .label = Visibility::kProfiler});
  std::optional<ProfilerRecords> published;
  if (records == Records::kPublished) published.emplace();
  const auto traced = TraceContext::Storage().WithScope(TraceContext::New());
  const auto labelled = request.WithScope(42);
  return workload(threads);
}

}  // namespace weft::benchmarks::profiler
