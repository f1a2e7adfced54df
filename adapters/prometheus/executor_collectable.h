// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// adapters/prometheus/executor_collectable.h
// -----------------------------------------------------------------------------
//
// `ExecutorCollectable` gives the metrics of executors to prometheus-cpp, for a
// program that has a registry already, and an Exposer that serves it. Without
// one, observe/metrics/metrics_text.h is enough.
//
// Example:
//
//   prometheus::Exposer exposer("127.0.0.1:8080");
//   auto executors = std::make_shared<weft::ExecutorCollectable>(
//       [&] { return std::vector<weft::observe::NamedStats>{
//                 {"http", executor.stats()}}; });
//   weft::observe::StartTaskCounter();
//   weft::observe::SetLevel(weft::observe::Level::kCounters);
//   exposer.RegisterCollectable(executors);
//
// With a second function it gives those of jobs too, and a program's own:
//
//   weft::ExecutorCollectable(executors, [&] {
//     return weft::jobs::JobMetrics({.queues = {{"mail", queue.stats()}}});
//   });
//
// The metrics are those of metrics_text.h. Tasks write nothing of
// prometheus-cpp: what the threads have counted each for itself is read when
// somebody scrapes.
//
// Node counterpart: none.

#ifndef WEFT_ADAPTERS_PROMETHEUS_EXECUTOR_COLLECTABLE_H_
#define WEFT_ADAPTERS_PROMETHEUS_EXECUTOR_COLLECTABLE_H_

#include <functional>
#include <vector>

#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"
#include "weft/executor/metric_family.h"
#include "weft/observe/metrics/metric_families.h"

namespace weft {

// ExecutorCollectable
//
// A prometheus::Collectable. A registry keeps no reference to it, so it is a
// std::shared_ptr of the program's.
//
// Thread-safety: thread-safe, if `read` and `more` are: a registry collects on
//   threads of its own.
// Lifetime: what `read` and `more` ask must live as long as it is registered.
// Cost: some microseconds for each executor, when it is collected.
class ExecutorCollectable final : public prometheus::Collectable {
 public:
  // Returns the executors, by different names, as they are at the moment.
  using Read = std::function<std::vector<observe::NamedStats>()>;

  // Returns what the program has besides, such as jobs::JobMetrics().
  using ReadMore = std::function<std::vector<MetricFamily>()>;

  // Throws std::invalid_argument if `read` is empty. `more` may be empty.
  explicit ExecutorCollectable(Read read, ReadMore more = {});
  ExecutorCollectable(const ExecutorCollectable&) = delete;
  ExecutorCollectable& operator=(const ExecutorCollectable&) = delete;

  // Returns the metrics of what `read` and `more` return, as
  // `observe::MetricFamilies()` does. Throws what that and the two throw.
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Read read_;
  const ReadMore more_;
};

}  // namespace weft

#endif  // WEFT_ADAPTERS_PROMETHEUS_EXECUTOR_COLLECTABLE_H_
