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
#include "weft/observe/metrics/metric_families.h"

namespace weft {

// ExecutorCollectable
//
// A prometheus::Collectable. A registry keeps no reference to it, so it is a
// std::shared_ptr of the program's.
//
// Thread-safety: thread-safe, if `read` is: a registry collects on threads of
//   its own.
// Lifetime: the executors that `read` asks must live as long as it is
//   registered.
// Cost: some microseconds for each executor, when it is collected.
class ExecutorCollectable final : public prometheus::Collectable {
 public:
  // Returns the executors, by different names, as they are at the moment.
  using Read = std::function<std::vector<observe::NamedStats>()>;

  // Throws std::invalid_argument if `read` is empty.
  explicit ExecutorCollectable(Read read);
  ExecutorCollectable(const ExecutorCollectable&) = delete;
  ExecutorCollectable& operator=(const ExecutorCollectable&) = delete;

  // Returns the metrics of what `read` returns. Throws std::bad_alloc, and what
  // `read` throws.
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Read read_;
};

}  // namespace weft

#endif  // WEFT_ADAPTERS_PROMETHEUS_EXECUTOR_COLLECTABLE_H_
