// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/prometheus/executor_collectable.h"

#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/metric_family.h"
#include "weft/jobs/job_metrics.h"
#include "weft/observe/level.h"
#include "weft/observe/metrics/metrics_text.h"
#include "weft/observe/metrics/task_counter.h"

namespace weft {
namespace {

using observe::Level;
using observe::NamedStats;
using testing::ElementsAreArray;
using testing::HasSubstr;

class ExecutorCollectableTest : public testing::Test {
 protected:
  ExecutorCollectableTest() {
    observe::StartTaskCounter();
    observe::SetLevel(Level::kFlight);
  }
  ~ExecutorCollectableTest() override { observe::SetLevel(Level::kOff); }
};

// What prometheus-cpp itself makes of it.
std::string Serialized(const prometheus::Collectable& collectable) {
  return prometheus::TextSerializer().Serialize(collectable.Collect());
}

// The lines that tell a value, but for the numbers, which the two write
// differently.
std::multiset<std::string> NamesIn(const std::string& text) {
  std::multiset<std::string> names;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP")) continue;
    const bool is_type = line.starts_with("#");
    std::string name = is_type ? line : line.substr(0, line.rfind(' '));
    // A bound is a number as well.
    if (const std::size_t le = name.find("le=\""); le != name.npos) {
      name.resize(le);
    }
    names.insert(name);
  }
  return names;
}

TEST_F(ExecutorCollectableTest, CountsAreExact) {
  for (const int workers : {1, 2, 8}) {
    Executor executor({.concurrency = workers});
    const auto collectable = std::make_shared<ExecutorCollectable>([&] {
      return std::vector<NamedStats>{{"http \"1\"", executor.stats()}};
    });
    for (int i = 0; i < 1000; ++i) executor.Post([] {});
    executor.PostAfter(std::chrono::hours(1), [] {});
    executor.Drain();
    const std::string text = Serialized(*collectable);
    EXPECT_THAT(text, HasSubstr("# TYPE weft_task_runs_total counter\n"));
    EXPECT_THAT(
        text,
        HasSubstr(
            "\nweft_task_runs_total{executor=\"http \\\"1\\\"\"} 1000\n"));
    EXPECT_THAT(
        text,
        HasSubstr("\nweft_timers_pending{executor=\"http \\\"1\\\"\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("# TYPE weft_task_run_seconds histogram\n"));
    EXPECT_THAT(text, HasSubstr("\nweft_task_run_seconds_count{executor=\"http "
                                "\\\"1\\\"\"} 1000\n"));
    EXPECT_THAT(text,
                HasSubstr("\nweft_task_run_seconds_bucket{executor=\"http "
                          "\\\"1\\\"\",le=\"+Inf\"} 1000\n"));
    EXPECT_THAT(text, HasSubstr(",reason=\"expired\"} 0\n"));
    // It is what Weft's own text has, in the same order.
    EXPECT_THAT(NamesIn(text), ElementsAreArray(NamesIn(observe::MetricsText(
                                   observe::MetricsFormat::kPrometheus,
                                   {{"http \"1\"", executor.stats()}}))));
  }
}

// Its registry's own metrics and those of executors are served together, and
// what is gone is asked no more.
TEST_F(ExecutorCollectableTest, IsCollectedBesideARegistry) {
  Executor executor({.concurrency = 2});
  std::atomic<bool> stops = false;
  auto collectable = std::make_shared<ExecutorCollectable>(
      [&] { return std::vector<NamedStats>{{"http", executor.stats()}}; });
  // As an Exposer does, on its threads.
  std::thread scraper([&] {
    while (!stops.load(std::memory_order_relaxed)) {  // relaxed: a flag
      EXPECT_THAT(Serialized(*collectable), HasSubstr("weft_threads{"));
    }
  });
  for (int i = 0; i < 20'000; ++i) executor.Post([] {});
  executor.Drain();
  stops.store(true, std::memory_order_relaxed);  // relaxed: a flag
  scraper.join();
  EXPECT_THAT(Serialized(*collectable),
              HasSubstr("weft_task_runs_total{executor=\"http\"} 20000\n"));
}

// Jobs, and what a program has of its own, are as in Weft's text.
TEST_F(ExecutorCollectableTest, HasWhatTheProgramAdds) {
  const auto more = [] {
    std::vector<MetricFamily> families =
        jobs::JobMetrics({.queues = {{"mail", {.submitted = 7}}, {"fax", {}}},
                          .workers = {{"mail", {.attempts = 9}}}});
    families.push_back(
        {"shop_orders", MetricKind::kCounter, "Orders.", {{{}, 3}}});
    families.push_back(
        {"shop_seconds",
         MetricKind::kHistogram,
         "Times.",
         {{.labels = {},
           .histogram = {.buckets = {{0.5, 1}, {HUGE_VAL, 4}}, .sum = 6.5}}}});
    families.push_back(
        {"shop_orders", MetricKind::kCounter, "", {{{{"by", "fax"}}, 2}}});
    return families;
  };
  const auto none = [] { return std::vector<NamedStats>{}; };
  const std::string text = Serialized(ExecutorCollectable(none, more));
  EXPECT_THAT(text, HasSubstr("# TYPE weft_job_submissions_total counter\n"));
  EXPECT_THAT(text,
              HasSubstr("\nweft_job_submissions_total{queue=\"mail\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE shop_orders_total counter\n"
                              "shop_orders_total 3\n"
                              "shop_orders_total{by=\"fax\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("shop_seconds_sum 6.5\n"));
  EXPECT_THAT(text, HasSubstr("shop_seconds_bucket{le=\"+Inf\"} 4\n"));
  const std::string own =
      observe::MetricsText(observe::MetricsFormat::kPrometheus, {}, more());
  EXPECT_THAT(NamesIn(text), ElementsAreArray(NamesIn(own)));
  EXPECT_THROW(ExecutorCollectable(none,
                                   [] {
                                     return std::vector<MetricFamily>{
                                         {"a b", MetricKind::kGauge, "", {}}};
                                   })
                   .Collect(),
               std::invalid_argument);
}

TEST_F(ExecutorCollectableTest, WhatReadThrowsIsThrown) {
  const ExecutorCollectable collectable(
      []() -> std::vector<NamedStats> { throw std::runtime_error("gone"); });
  EXPECT_THROW(collectable.Collect(), std::runtime_error);
  EXPECT_THROW(ExecutorCollectable(nullptr), std::invalid_argument);
}

}  // namespace
}  // namespace weft
