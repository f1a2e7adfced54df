// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/prometheus/executor_collectable.h"

#include <stdexcept>
#include <string>
#include <utility>

#include "prometheus/client_metric.h"
#include "prometheus/metric_type.h"

namespace weft {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;

MetricType TypeOf(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter:
      return MetricType::Counter;
    case MetricKind::kGauge:
      return MetricType::Gauge;
    case MetricKind::kHistogram:
      return MetricType::Histogram;
  }
  return MetricType::Untyped;
}

// A registry knows a value by the type of its family.
ClientMetric MetricOf(const MetricSample& sample) {
  ClientMetric metric;
  for (const auto& [name, value] : sample.labels) {
    metric.label.push_back({name, value});
  }
  metric.counter.value = sample.value;
  metric.gauge.value = sample.value;
  for (const auto& [bound, count] : sample.histogram.buckets) {
    metric.histogram.bucket.push_back({count, bound});
    metric.histogram.sample_count = count;
  }
  metric.histogram.sample_sum = sample.histogram.sum;
  return metric;
}

}  // namespace

ExecutorCollectable::ExecutorCollectable(Read read, ReadMore more)
    : read_(std::move(read)), more_(std::move(more)) {
  if (read_ == nullptr) {
    throw std::invalid_argument(
        "ExecutorCollectable: read is empty; it must be a function that "
        "returns the executors");
  }
}

std::vector<prometheus::MetricFamily> ExecutorCollectable::Collect() const {
  std::vector<prometheus::MetricFamily> collected;
  std::vector<MetricFamily> more;
  if (more_ != nullptr) more = more_();
  for (const MetricFamily& family :
       observe::MetricFamilies(read_(), std::move(more))) {
    prometheus::MetricFamily out;
    // Its own counters are named as they are shown.
    out.name = family.name;
    if (family.kind == MetricKind::kCounter) out.name += "_total";
    out.help = family.help;
    out.type = TypeOf(family.kind);
    for (const MetricSample& sample : family.samples) {
      out.metric.push_back(MetricOf(sample));
    }
    collected.push_back(std::move(out));
  }
  return collected;
}

}  // namespace weft
