// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/prometheus/executor_collectable.h"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "prometheus/client_metric.h"
#include "prometheus/metric_type.h"

namespace weft {
namespace {

using observe::MetricFamily;
using observe::MetricHistogram;
using observe::MetricSample;
using prometheus::ClientMetric;
using prometheus::MetricType;

MetricType TypeOf(MetricFamily::Type type) {
  switch (type) {
    case MetricFamily::Type::kCounter:
      return MetricType::Counter;
    case MetricFamily::Type::kGauge:
      return MetricType::Gauge;
    case MetricFamily::Type::kHistogram:
      return MetricType::Histogram;
  }
  return MetricType::Untyped;
}

// A registry knows a value by the type of its family.
void SetValue(double value, ClientMetric& out) {
  out.counter.value = value;
  out.gauge.value = value;
}
void SetValue(std::uint64_t value, ClientMetric& out) {
  SetValue(static_cast<double>(value), out);
}
void SetValue(const MetricHistogram& value, ClientMetric& out) {
  ClientMetric::Histogram& histogram = out.histogram;
  for (const auto& [bound, count] : value.buckets) {
    histogram.bucket.push_back({count, bound});
    histogram.sample_count = count;
  }
  histogram.sample_sum = value.sum;
}

ClientMetric MetricOf(const MetricSample& sample) {
  ClientMetric metric;
  for (const auto& [name, value] : sample.labels) {
    metric.label.push_back({name, value});
  }
  std::visit([&](const auto& value) { SetValue(value, metric); }, sample.value);
  return metric;
}

}  // namespace

ExecutorCollectable::ExecutorCollectable(Read read) : read_(std::move(read)) {
  if (read_ == nullptr) {
    throw std::invalid_argument(
        "ExecutorCollectable: read is empty; it must be a function that "
        "returns the executors");
  }
}

std::vector<prometheus::MetricFamily> ExecutorCollectable::Collect() const {
  std::vector<prometheus::MetricFamily> collected;
  for (const MetricFamily& family : observe::MetricFamilies(read_())) {
    prometheus::MetricFamily out;
    // Its own counters are named as they are shown.
    out.name = family.name;
    if (family.type == MetricFamily::Type::kCounter) out.name += "_total";
    out.help = family.help;
    out.type = TypeOf(family.type);
    for (const MetricSample& sample : family.samples) {
      out.metric.push_back(MetricOf(sample));
    }
    collected.push_back(std::move(out));
  }
  return collected;
}

}  // namespace weft
