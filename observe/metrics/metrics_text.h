// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/metrics/metrics_text.h
// -----------------------------------------------------------------------------
//
// The statistics of executors as text that Prometheus scrapes:
//
//   const weft::observe::MetricsFormat format =
//       weft::observe::MetricsFormatFor(request["Accept"]);
//   response.set("Content-Type", weft::observe::ContentType(format));
//   response.body() = weft::observe::MetricsText(
//       format, {{"http", http.stats()}, {"disk", disk.stats()}});
//
// What is there of each executor, with the label `executor`:
//
//   weft_task_exceptions_total, weft_tasks_stolen_total,
//   weft_fork_parts_stolen_total           as in task_stats.h
//   weft_task_run_seconds, weft_task_queue_seconds
//                                          the same: histograms, 1 us to 17 s
//   weft_oldest_task_wait_seconds          the same
//   weft_task_runs_total                   `ran` in executor_stats.h
//   weft_tasks_accepted_total, weft_tasks_rejected_total,
//   weft_task_holds_expired_total          as in executor_stats.h: together,
//                                          what was offered
//   weft_tasks_pending                     the same
//   weft_tasks_queued{queue}               forked, taken, submitted, set_aside
//   weft_tasks_held                        the same
//   weft_timers_pending                    the same
//   weft_tasks_dropped_total{reason}       cancelled, expired, refused
//   weft_threads{state}                    running, searching, idle, blocked
//   weft_waits_refused_total               as in executor_stats.h
//
// Besides, without a label, weft_uncounted_events_total (task_counter.h), and
// what the program has of its own: metric_family.h.
//
// Node counterpart: none.

#ifndef WEFT_OBSERVE_METRICS_METRICS_TEXT_H_
#define WEFT_OBSERVE_METRICS_METRICS_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "weft/executor/metric_family.h"
#include "weft/observe/metrics/metric_families.h"
#include "weft/observe/trace/recording.h"

namespace weft::observe {

// The formats that metrics are written in.
enum class MetricsFormat : unsigned char {
  kPrometheus,   // Prometheus' text format, version 0.0.4
  kOpenMetrics,  // OpenMetrics, version 1.0.0
};

// MetricsFormatFor()
//
// Returns the format for a request with the header `Accept: accept`:
// OpenMetrics if it is named there, whatever its weight.
MetricsFormat MetricsFormatFor(std::string_view accept) noexcept;

// ContentType()
//
// Returns what the header Content-Type of the answer says.
std::string_view ContentType(MetricsFormat format) noexcept;

// MetricsText()
//
// Returns what `MetricFamilies(executors, more)` has, as text. The name of an
// executor, and the value of a label, may have any bytes; they are escaped, and
// taken for UTF-8.
//
// In OpenMetrics the buckets of weft_task_run_seconds have exemplars: each the
// last run of `recent`, such as `TakeSnapshot()` returns it, that is of this
// executor and as long, and that has labels which traces may show. Recordings
// have labels at kFull only. Names of labels get a '_' for what a metric's
// label may not have; labels beyond 128 bytes are left out.
//
// Thread-safety: thread-safe. Throws what `MetricFamilies()` throws. The size
// is about 8 KB for each executor.
std::string MetricsText(MetricsFormat format,
                        const std::vector<NamedStats>& executors,
                        const std::vector<MetricFamily>& more = {},
                        const Recording& recent = {});

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_METRICS_METRICS_TEXT_H_
