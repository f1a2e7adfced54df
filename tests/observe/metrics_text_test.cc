// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/metrics/metrics_text.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/label.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/metric_family.h"
#include "weft/jobs/job_metrics.h"
#include "weft/jobs/job_stats.h"
#include "weft/observe/level.h"
#include "weft/observe/metrics/task_counter.h"
#include "weft/observe/trace/flight_recorder.h"
#include "weft/observe/trace/recording.h"

namespace weft::observe {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string Write(const std::string& name, const std::string& text) {
  const std::string file = testing::TempDir() + "/" + name;
  std::ofstream(file) << text;
  return file;
}

bool Succeeds(const std::string& command) {
  return std::system(command.c_str()) == 0;
}

// The metrics of an executor that has run 20 tasks, of which one threw.
std::vector<NamedStats> RunTasks() {
  StartTaskCounter();
  Executor executor({.concurrency = 1});
  SetLevel(Level::kFlight);
  for (int i = 0; i < 19; ++i) executor.Submit([] {}).Get();
  executor.Submit([] { throw std::runtime_error("on purpose"); }).Wait();
  executor.Drain();
  // The thread that has run the last one may not have gone on yet.
  while (executor.stats().threads.running != 0) std::this_thread::yield();
  SetLevel(Level::kOff);
  return {{"http", executor.stats()}, {"a\"b\\c\nd", ExecutorStats{}}};
}

TEST(MetricsTextTest, HasWhatIsCounted) {
  const std::string text = MetricsText(MetricsFormat::kPrometheus, RunTasks());
  EXPECT_THAT(text, HasSubstr("# TYPE weft_task_runs_total counter\n"
                              "weft_task_runs_total{executor=\"http\"} 20\n"));
  EXPECT_THAT(text,
              HasSubstr("weft_task_exceptions_total{executor=\"http\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("weft_task_run_seconds_bucket{executor=\"http\","
                              "le=\"+Inf\"} 20\n"));
  EXPECT_THAT(text,
              HasSubstr("weft_task_run_seconds_count{executor=\"http\"} 20\n"));
  EXPECT_THAT(text, HasSubstr("weft_tasks_pending{executor=\"http\"} 0\n"));
  EXPECT_THAT(text,
              HasSubstr("weft_tasks_accepted_total{executor=\"http\"} 20\n"));
  EXPECT_THAT(text,
              HasSubstr("weft_tasks_rejected_total{executor=\"http\"} 0\n"));
  EXPECT_THAT(
      text, HasSubstr("weft_task_holds_expired_total{executor=\"http\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("weft_tasks_queued{executor=\"http\",queue=\""
                              "submitted\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("weft_threads{executor=\"http\",state=\"running"
                              "\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("{executor=\"a\\\"b\\\\c\\nd\"}"));
}

// The buckets of a histogram count what is in those before them, too.
TEST(MetricsTextTest, BucketsAreCumulative) {
  const std::string text = MetricsText(MetricsFormat::kPrometheus, RunTasks());
  const std::string prefix =
      "weft_task_run_seconds_bucket{executor=\"http\",le=\"";
  int last = 0;
  int buckets = 0;
  for (std::size_t at = text.find(prefix); at != std::string::npos;
       at = text.find(prefix, at + 1)) {
    const int count = std::atoi(&text[text.find("\"} ", at) + 3]);
    EXPECT_GE(count, last);
    last = count;
    ++buckets;
  }
  EXPECT_EQ(last, 20);
  EXPECT_EQ(buckets, 14);
}

// Those of jobs, with a number in each.
std::vector<MetricFamily> JobFamilies() {
  jobs::JobQueueStats queue{.max_unfinished = 9, .unfinished = 1};
  queue.total_time = std::chrono::milliseconds(1500);
  return jobs::JobMetrics({.queues = {{"mail", queue}, {"fax", {}}},
                           .workers = {{"mail", {.attempts = 7}}},
                           .engines = {{"nats", {.redelivered = 2}}}});
}

// What a program has of its own.
std::vector<MetricFamily> Families() {
  return {{"shop_orders",
           MetricKind::kCounter,
           "Orders\nthat \\came.",
           {{{{"kind", "a\"b\nc"}}, 3}}},
          {"shop:open_seconds", MetricKind::kGauge, "Time.", {{{}, 0.25}}},
          {"shop_orders", MetricKind::kCounter, "", {{{{"kind", ""}}, 4e9}}}};
}

TEST(MetricsTextTest, HasWhatTheProgramAdds) {
  const std::string text =
      MetricsText(MetricsFormat::kPrometheus, RunTasks(), Families());
  EXPECT_THAT(text, HasSubstr("# HELP shop_orders_total Orders\\nthat "
                              "\\\\came.\n"
                              "# TYPE shop_orders_total counter\n"
                              "shop_orders_total{kind=\"a\\\"b\\nc\"} 3\n"
                              "shop_orders_total{kind=\"\"} 4000000000\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE shop:open_seconds gauge\n"
                              "shop:open_seconds 0.25\n"));
  EXPECT_THAT(MetricsText(MetricsFormat::kOpenMetrics, {}, Families()),
              HasSubstr("# TYPE shop_orders counter\nshop_orders_total{"));
}

TEST(MetricsTextTest, ANameThatIsNotAllowedIsTold) {
  const auto message = [](const MetricFamily& family) -> std::string {
    try {
      MetricsText(MetricsFormat::kPrometheus, {}, {family});
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_EQ(message(Families()[0]), "none");
  for (const char* const name : {"", "9a", "a b", "a-b", "\xc3\xa4"}) {
    EXPECT_THAT(message({name, MetricKind::kGauge, "", {}}),
                HasSubstr("family '" + std::string(name) + "'; a name has"));
    EXPECT_THAT(message({"a", MetricKind::kGauge, "", {{{{name, "x"}}, 1}}}),
                HasSubstr("label '" + std::string(name) + "' of family 'a'"));
  }
  EXPECT_THAT(message({"a", MetricKind::kGauge, "", {{{{"b:c", "x"}}, 1}}}),
              HasSubstr("label 'b:c'"));
  EXPECT_THAT(message({"weft_tasks_pending", MetricKind::kGauge, "", {}}),
              HasSubstr("'weft_tasks_pending' is one of an executor's"));
}

// Runs of executor 7: one of 3 us and two of 100 us, the last without a label;
// one of executor 8.
Recording LabelledRuns() {
  using std::chrono::nanoseconds;
  Recording recording;
  recording.start = std::chrono::system_clock::now() - std::chrono::minutes(1);
  recording.sites.resize(1);
  recording.threads.resize(1);
  RecordedThread& thread = recording.threads[0];
  const auto add = [&](AsyncId id, std::uint64_t executor, std::int64_t begin,
                       std::int64_t time) {
    const nanoseconds at(begin);
    thread.records.push_back(
        {RecordKind::kEnqueue, id, 1, at, at, 0, executor});
    thread.records.push_back(
        {RecordKind::kRun, id, 1, at, at + nanoseconds(time), 0, 0});
  };
  add(2, 7, 1'000'000, 3'000);
  add(3, 7, 2'000'000, 100'000);
  add(4, 8, 3'000'000, 3'000);
  add(5, 7, 4'000'000, 100'000);
  add(6, 7, 5'000'000, 3'500);
  const std::string long_text(100, 'x');
  thread.labels = {
      {nanoseconds(1'000'000), {{"a-b", "\"7\""}, {"a.b", "again"}, {"9", ""}}},
      {nanoseconds(2'000'000), {{"long", long_text}, {"longer", long_text}}},
      {nanoseconds(3'000'000), {{"of", "another"}}},
      {nanoseconds(4'000'000), {}},
      {nanoseconds(5'000'000), {{"newer", "1"}}}};
  return recording;
}

std::vector<NamedStats> Executor7() {
  ExecutorStats stats{};
  stats.number = 7;
  return {{"seven", stats}, {"other", ExecutorStats{}}};
}

TEST(MetricsTextTest, TheLastRunOfEachBucketIsItsExemplar) {
  const std::string text =
      MetricsText(MetricsFormat::kOpenMetrics, Executor7(), {}, LabelledRuns());
  EXPECT_THAT(text,
              testing::ContainsRegex(
                  "run_seconds_bucket.executor=\"seven\",le=\"4.096e-06\". 0 # "
                  ".newer=\"1\". 3.5e-06 [0-9]+([.][0-9]+)?\n"));
  EXPECT_THAT(text, testing::ContainsRegex("le=\"0.000262144\". 0 # "
                                           ".long=\"x+\". 1e-04 [0-9]"));
  EXPECT_THAT(text, Not(HasSubstr("of=\"another\"")));
  EXPECT_THAT(text, Not(HasSubstr("longer")));
  EXPECT_THAT(text, Not(testing::ContainsRegex("queue_seconds.* # .")));
  Recording first = LabelledRuns();
  first.threads[0].records.resize(2);
  EXPECT_THAT(MetricsText(MetricsFormat::kOpenMetrics, Executor7(), {}, first),
              HasSubstr(" # {a_b=\"\\\"7\\\"\",_9=\"\"} 3e-06 "));
  EXPECT_EQ(
      MetricsText(MetricsFormat::kPrometheus, Executor7(), {}, LabelledRuns()),
      MetricsText(MetricsFormat::kPrometheus, Executor7()));
}

// Those that the recorder has of tasks which have run.
TEST(MetricsTextTest, RecordedRunsAreExemplars) {
  StartFlightRecorder({.ring_bytes = 4096, .max_threads = 8});
  StartTaskCounter();
  const AsyncLocalStorage<int> request(
      {.name = "request", .label = Visibility::kTrace});
  Executor executor({.concurrency = 1});
  SetLevel(Level::kFull);
  request.Run(42, [&] { executor.Submit([] {}).Get(); });
  executor.Drain();
  while (executor.stats().threads.running != 0) std::this_thread::yield();
  SetLevel(Level::kOff);
  const Recording recent = TakeSnapshot();
  EXPECT_THAT(MetricsText(MetricsFormat::kOpenMetrics,
                          {{"http", executor.stats()}}, {}, recent),
              testing::ContainsRegex(
                  "run_seconds_bucket.executor=\"http\",le=\"[^\"]+\". 1 # "
                  ".request=\"42\". "));
}

// Prometheus' own tool finds nothing to complain of; it would.
TEST(MetricsTextTest, PromtoolAccepts) {
  const std::string text =
      MetricsText(MetricsFormat::kPrometheus, RunTasks(), JobFamilies());
  EXPECT_THAT(text, Not(HasSubstr("# EOF")));
  const std::string file = Write("metrics.txt", text);
  EXPECT_TRUE(Succeeds("promtool check metrics <" + file));
  const std::string bad = Write("bad.txt", "# TYPE weft_x counter\nweft_x 1\n");
  EXPECT_FALSE(Succeeds("promtool check metrics <" + bad));
}

// A Prometheus that scrapes it has each sample, with its value.
TEST(MetricsTextTest, PrometheusScrapes) {
  const MetricsFormat format = MetricsFormat::kOpenMetrics;
  std::vector<NamedStats> executors = RunTasks();
  executors.push_back(Executor7()[0]);
  const std::string file =
      Write("scraped.txt",
            MetricsText(format, executors, JobFamilies(), LabelledRuns()));
  EXPECT_TRUE(Succeeds("test $(grep -c ' # {' " + file + ") = 2"));
  EXPECT_TRUE(Succeeds("python3 tests/observe/scrape.py " + file + " '" +
                       std::string(ContentType(format)) + "'"));
}

// The same of an executor that runs tasks meanwhile: each sum is exact.
TEST(MetricsTextTest, PrometheusScrapesWhileTasksRun) {
  const std::string file = testing::TempDir() + "/live.txt";
  for (const char* const mark : {".enough", ".last"}) {
    std::filesystem::remove(file + mark);
  }
  StartTaskCounter();
  Executor executor({.concurrency = 2});
  SetLevel(Level::kFlight);
  const MetricsFormat format = MetricsFormat::kOpenMetrics;
  const auto write = [&] {
    const std::string text = MetricsText(format, {{"http", executor.stats()}});
    std::filesystem::rename(Write("next.txt", text), file);
    return text;
  };
  write();
  std::atomic<bool> has_ended{false};
  bool is_good = false;
  std::thread scraper([&] {
    is_good = Succeeds("python3 tests/observe/scrape.py " + file + " '" +
                       std::string(ContentType(format)) + "' live");
    // relaxed: `is_good` is read after the thread has been joined.
    has_ended.store(true, std::memory_order_relaxed);
  });
  int tasks = 0;
  // relaxed: as above.
  while (!has_ended.load(std::memory_order_relaxed) &&
         !std::filesystem::exists(file + ".enough")) {
    for (int i = 0; i < 100; ++i) executor.Post([] {});
    executor.Drain();
    tasks += 100;
    write();
  }
  while (executor.stats().threads.running != 0) std::this_thread::yield();
  EXPECT_THAT(write(), HasSubstr("weft_task_runs_total{executor=\"http\"} " +
                                 std::to_string(tasks) + '\n'));
  Write("live.txt.last", "");
  scraper.join();
  EXPECT_TRUE(is_good);
  SetLevel(Level::kOff);
}

TEST(MetricsTextTest, AFormatIsChosen) {
  EXPECT_EQ(MetricsFormatFor(""), MetricsFormat::kPrometheus);
  EXPECT_EQ(MetricsFormatFor("text/plain"), MetricsFormat::kPrometheus);
  EXPECT_EQ(MetricsFormatFor("application/openmetrics-text;version=1.0.0;q=0.8,"
                             "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            MetricsFormat::kOpenMetrics);
  const std::string text = MetricsText(MetricsFormat::kOpenMetrics, {});
  EXPECT_THAT(text, HasSubstr("# TYPE weft_task_runs counter\n"));
  EXPECT_THAT(text, EndsWith("# EOF\n"));
}

}  // namespace
}  // namespace weft::observe
