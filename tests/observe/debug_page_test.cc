// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/debug_page.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <source_location>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/manual_executor.h"
#include "weft/observe/internal/page/collect.h"
#include "weft/observe/internal/page/model.h"
#include "weft/observe/internal/page/write.h"
#include "weft/observe/internal/text.h"
#include "weft/observe/level.h"
#include "weft/observe/metrics/task_counter.h"
#include "weft/observe/retention.h"
#include "weft/observe/trace/flight_recorder.h"
#include "weft/observe/trace/recording.h"

namespace weft {
namespace observe_internal {
namespace {

using observe::DebugAnswer;
using observe::DebugFacts;
using observe::DebugPage;
using observe::Level;
using observe::Record;
using observe::RecordedThread;
using observe::Recording;
using observe::RecordKind;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Json = nlohmann::json;

constexpr char kAnswer[] = "<script>alert(1)</script>&\"'\x1b[2J\n\xff";

Record RunOf(AsyncId id, AsyncId trigger, std::size_t site, std::int64_t begin,
             std::int64_t end) {
  return {RecordKind::kRun, id,   trigger, nanoseconds(begin),
          nanoseconds(end), site, 0};
}
Record Moment(RecordKind kind, AsyncId id, AsyncId trigger, std::size_t site,
              std::int64_t time, std::uint64_t detail = 0) {
  return {kind, id,    trigger, nanoseconds(time), nanoseconds(time),
          site, detail};
}

// A task OUTER of main's has submitted three of INNER. One has run beside it,
// one runs, and one waits. The time is 10 us.
Observed TwoThreads() {
  Observed observed;
  observed.title = "shop";
  observed.level = Level::kFlight;
  observed.now = nanoseconds(10'000);
  observed.window = seconds(10);
  ExecutorSample http;
  http.name = "http";
  http.now.number = 3;
  observed.executors = {http};
  Recording& recording = observed.recording;
  recording.sites = {{"", "", 0, ""},
                     {"OUTER", "a/b.cc", 10, "Outer()"},
                     {"INNER", "a/b.cc", 20, "Inner()"}};
  recording.threads.resize(2);
  RecordedThread& first = recording.threads[0];
  first.name = "http-0";
  first.system_id = 70;
  first.worker = {3, 0};
  first.records = {
      Moment(RecordKind::kEnqueue, 16, 8, 2, 2'000, 3),
      Moment(RecordKind::kEnqueue, 24, 8, 2, 2'000, 3),
      Moment(RecordKind::kEnqueue, 32, 8, 2, 3'000, 3),
      {RecordKind::kWait, 8, 1, nanoseconds(3'000), nanoseconds(4'000), 1, 0},
      RunOf(8, 1, 1, 1'000, 6'000)};
  RecordedThread& second = recording.threads[1];
  second.name = "http-1";
  second.system_id = 71;
  second.worker = {3, 1};
  second.records = {Moment(RecordKind::kSteal, 16, 8, 2, 2'500),
                    RunOf(16, 8, 2, 3'000, 5'000),
                    Moment(RecordKind::kThrow, 16, 8, 2, 5'000)};
  second.running = {RunOf(24, 8, 2, 6'000, 10'000)};
  return observed;
}

Json JsonOfPage(const Observed& observed) {
  return Json::parse(PageJson(Collect(observed)));
}

TEST(DebugPageTest, ThreadsSayWhatTheyRun) {
  const Json threads = JsonOfPage(TwoThreads())["threads"];
  ASSERT_EQ(threads.size(), 2U);
  EXPECT_EQ(threads[0]["worker"], "http #0");
  EXPECT_EQ(threads[0]["runs_type"], nullptr);
  // It ran 5 us of 10, and slept 1 of these.
  EXPECT_NEAR(threads[0]["busy"].get<double>(), 0.4, 1e-9);
  EXPECT_NEAR(threads[0]["runs_per_second"].get<double>(), 100'000, 1e-6);
  EXPECT_EQ(threads[1]["runs_type"], "INNER");
  EXPECT_EQ(threads[1]["runs_place"], "a/b.cc:20");
  EXPECT_EQ(threads[1]["runs_id"], 24);
  EXPECT_NEAR(threads[1]["for_seconds"].get<double>(), 4e-6, 1e-12);
  EXPECT_NEAR(threads[1]["busy"].get<double>(), 0.6, 1e-9);
}

TEST(DebugPageTest, SitesHaveRatesAndHistograms) {
  const Json sites = JsonOfPage(TwoThreads())["sites"];
  ASSERT_EQ(sites.size(), 2U);
  EXPECT_EQ(sites[0]["type"], "OUTER");
  EXPECT_EQ(sites[0]["function"], "Outer()");
  EXPECT_EQ(sites[1]["type"], "INNER");
  EXPECT_EQ(sites[1]["runs"], 1);
  EXPECT_EQ(sites[1]["threw"], 1);
  EXPECT_EQ(sites[1]["stolen"], 1);
  EXPECT_NEAR(sites[1]["runs_per_second"].get<double>(), 100'000, 1e-6);
  EXPECT_EQ(sites[1]["run_time"]["count"], 1);
  EXPECT_EQ(sites[1]["run_time"]["below_seconds"]["2.048e-06"], 1);
}

// Each task counts once, however often it was queued and ran.
TEST(DebugPageTest, TheGraphSaysWhoSubmittedWhom) {
  const Page page = Collect(TwoThreads());
  const Json edges = Json::parse(PageJson(page))["submissions"];
  ASSERT_EQ(edges.size(), 2U);
  EXPECT_EQ(edges[0]["from_type"], "OUTER");
  EXPECT_EQ(edges[0]["to_type"], "INNER");
  EXPECT_EQ(edges[0]["tasks"], 3);
  EXPECT_EQ(edges[1]["from_type"], "no task, or not recorded");
  EXPECT_EQ(edges[1]["to_type"], "OUTER");
  ASSERT_EQ(page.graph.nodes.size(), 3U);
  EXPECT_EQ(page.graph.edges.size(), 2U);
  const std::string svg = GraphSvg(page.graph);
  EXPECT_THAT(svg, HasSubstr(">OUTER</text>"));
  EXPECT_THAT(svg, HasSubstr(">b.cc:20</text>"));
}

// Some are submitted in a circle, by none that begins it.
TEST(DebugPageTest, ACircleIsDrawn) {
  const Graph graph{{{"A", "", 1}, {"B", "", 1}, {"C", "", 1}},
                    {{0, 1, 5}, {1, 0, 5}, {2, 2, 7}}};
  const std::string svg = GraphSvg(graph);
  for (const char* const type : {">A<", ">B<", ">C<"}) {
    EXPECT_THAT(svg, HasSubstr(type));
  }
  EXPECT_EQ(GraphSvg({}), "");
}

TEST(DebugPageTest, WhatWaitsHasNeitherRunNorWasItDropped) {
  Observed observed = TwoThreads();
  const Json waiting = JsonOfPage(observed)["waiting"];
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0]["id"], 32);
  EXPECT_EQ(waiting[0]["type"], "INNER");
  EXPECT_EQ(waiting[0]["executor"], "http");
  EXPECT_EQ(waiting[0]["by_type"], "OUTER");
  EXPECT_NEAR(waiting[0]["for_seconds"].get<double>(), 7e-6, 1e-12);
  std::vector<Record>& records = observed.recording.threads[1].records;
  records.push_back(Moment(RecordKind::kDrop, 32, 8, 2, 9'000));
  EXPECT_TRUE(JsonOfPage(observed)["waiting"].empty());
}

// A thread has written over what would say whether the task has run.
TEST(DebugPageTest, WhatMayHaveRunDoesNotWait) {
  Observed observed = TwoThreads();
  RecordedThread& thread = observed.recording.threads[1];
  thread.overwritten = 1;
  thread.records.erase(thread.records.begin(), thread.records.begin() + 2);
  EXPECT_TRUE(JsonOfPage(observed)["waiting"].empty());
  // Its rates are of the time since then only: 5 us.
  EXPECT_NEAR(JsonOfPage(observed)["threads"][1]["busy"].get<double>(), 0.8,
              1e-9);
}

TEST(DebugPageTest, OnlyTheWindowCounts) {
  Observed observed = TwoThreads();
  observed.window = nanoseconds(4'500);
  const Json page = JsonOfPage(observed);
  ASSERT_EQ(page["sites"].size(), 1U);
  EXPECT_EQ(page["sites"][0]["type"], "OUTER");
  // The half microsecond of the run that is in the window.
  EXPECT_NEAR(page["threads"][0]["busy"].get<double>(), 0.5 / 4.5, 1e-9);
}

TEST(DebugPageTest, TablesAndTextsAreCut) {
  Observed observed = TwoThreads();
  observed.reports.assign(1'000, std::string(100'000, 'x'));
  for (int i = 0; i < 1'000; ++i) {
    observed.recording.sites.push_back(
        {std::string(1'000, 't'), std::string(1'000, 'f'), 1, ""});
    observed.recording.threads[0].records.push_back(
        RunOf(100 + static_cast<AsyncId>(i), 8, 3 + static_cast<std::size_t>(i),
              7'000, 8'000));
  }
  const Page page = Collect(observed);
  const Json json = Json::parse(PageJson(page));
  EXPECT_EQ(json["sites"].size(), kMaxRows);
  EXPECT_EQ(json["sites_left_out"], 1'002 - kMaxRows);
  EXPECT_EQ(json["reports"].size(), kMaxRows);
  EXPECT_LE(json["reports"][0]["report"].get<std::string>().size(), kMaxText);
  EXPECT_EQ(page.graph.nodes.size(), kMaxNodes);
  EXPECT_LT(PageHtml(page).size(), 200'000U);
  EXPECT_LT(PageText(page).size(), 200'000U);
  EXPECT_THAT(PageText(page), HasSubstr("and 952 more\n"));
}

TEST(DebugPageTest, AnyTextIsEscaped) {
  Observed observed = TwoThreads();
  observed.title = kAnswer;
  observed.reports = {kAnswer, "two\n  lines\n"};
  observed.executors[0].name = kAnswer;
  observed.recording.threads[0].name = kAnswer;
  observed.recording.sites[2] = {kAnswer, kAnswer, 1, kAnswer};
  const Page page = Collect(observed);
  const std::string html = PageHtml(page);
  EXPECT_THAT(html, Not(HasSubstr("<script>")));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;"
                              "&#39;?[2J"));
  const std::string text = PageText(page);
  for (const std::string& one : {html, text, PageJson(page)}) {
    EXPECT_THAT(one, Not(HasSubstr("\x1b")));
    EXPECT_THAT(one, Not(HasSubstr("alert(1)</script>&\"'\n")));
  }
  // As JSON it is whole.
  EXPECT_EQ(Json::parse(PageJson(page))["reports"][0]["report"],
            "<script>alert(1)</script>&\"'?[2J");
  EXPECT_EQ(Json::parse(PageJson(page))["reports"][3]["report"], "  lines");
}

TEST(DebugPageTest, ARecordingIsCutToItsNewest) {
  Recording recording = TwoThreads().recording;
  KeepNewest(recording, nanoseconds(3'000), 100);
  EXPECT_EQ(recording.threads[0].records.size(), 3U);
  EXPECT_EQ(recording.threads[1].records.size(), 2U);
  KeepNewest(recording, nanoseconds(0), 2);
  // Three ended at the latest two times.
  EXPECT_EQ(recording.threads[0].records.size(), 1U);
  EXPECT_EQ(recording.threads[1].records.size(), 1U);
  KeepNewest(recording, nanoseconds(0), 0);
  EXPECT_TRUE(recording.threads[0].records.empty());
  EXPECT_EQ(recording.threads[1].running.size(), 1U);
}

TEST(TextTest, LettersAreUtf8OrLatin1) {
  const auto letters = [](std::string_view text) {
    std::vector<std::uint32_t> found;
    while (!text.empty()) found.push_back(TakeLetter(text));
    return found;
  };
  using testing::ElementsAre;
  EXPECT_THAT(letters("a\xc3\xa9\xe2\x82\xac\xf0\x9f\xa7\xb5"),
              ElementsAre('a', 0xe9, 0x20ac, 0x1f9f5));
  // Cut, too long, a surrogate, too great, a lone byte.
  EXPECT_THAT(letters("\xe2\x82"), ElementsAre(0xe2, 0x82));
  EXPECT_THAT(letters("\xc0\xaf"), ElementsAre(0xc0, 0xaf));
  EXPECT_THAT(letters("\xe0\x80\xaf"), ElementsAre(0xe0, 0x80, 0xaf));
  EXPECT_THAT(letters("\xed\xa0\x80"), ElementsAre(0xed, 0xa0, 0x80));
  EXPECT_THAT(letters("\xf4\x90\x80\x80"), ElementsAre(0xf4, 0x90, 0x80, 0x80));
  EXPECT_THAT(letters("\xff"), ElementsAre(0xff));
  EXPECT_EQ(JsonQuoted("\"\\\n\xc3\xa9\xf0\x9f\xa7\xb5"),
            "\"\\\"\\\\\\u000a\\u00e9\\ud83e\\uddf5\"");
}

TEST(TextTest, ACleanTextHasNoControls) {
  EXPECT_EQ(CleanText("a\x1b\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\xa8z", 100),
            "a?????z");
  EXPECT_EQ(CleanText("12345", 5), "12345");
  EXPECT_EQ(CleanText("123456", 5), "12\xe2\x80\xa6");
  EXPECT_EQ(CleanText("1\xc3\xa9\xc3\xa9\xc3\xa9", 6), "1\xc3\xa9\xe2\x80\xa6");
  EXPECT_EQ(CleanText("123", 2), "");
}

TEST(CellTest, NumbersHaveThreeDigitsAndAUnit) {
  EXPECT_EQ(CellText(nanoseconds(0)), "0");
  EXPECT_EQ(CellText(nanoseconds(999)), "999 ns");
  EXPECT_EQ(CellText(nanoseconds(1'234'567)), "1.23 ms");
  EXPECT_EQ(CellText(nanoseconds(999'999)), "1 ms");
  EXPECT_EQ(CellText(seconds(90)), "90 s");
  EXPECT_EQ(CellText(seconds(180)), "3 min");
  EXPECT_EQ(CellText(std::uint64_t{1'234'567}), "1 234 567");
  EXPECT_EQ(CellText(Rate{0.1234}), "0.123");
  EXPECT_EQ(CellText(Rate{12'345.6}), "12 346");
  EXPECT_EQ(CellText(Share{0.257}), "26 %");
}

// The page of this process.

DebugAnswer Get(DebugPage& page, std::string_view path, std::string_view query,
                std::string_view accept, const DebugFacts& facts = {}) {
  return page.Handle(
      {.method = "GET", .path = path, .query = query, .accept = accept}, facts);
}

TEST(DebugPageTest, AFormIsChosen) {
  DebugPage page("shop");
  const auto type = [&](std::string_view accept, std::string_view query = "") {
    const DebugAnswer answer = Get(page, "/", query, accept);
    EXPECT_EQ(answer.status, 200);
    return answer.content_type;
  };
  const std::string text = "text/plain; charset=utf-8";
  const std::string html = "text/html; charset=utf-8";
  EXPECT_EQ(type("*/*"), text);
  EXPECT_EQ(type(""), text);
  EXPECT_EQ(type("text/html,application/xhtml+xml,*/*;q=0.8"), html);
  EXPECT_EQ(type("application/json"), "application/json");
  EXPECT_EQ(type("text/html;q=0.2, application/json ; q=0.25"),
            "application/json");
  EXPECT_EQ(type("text/html;q=0"), text);
  EXPECT_EQ(type("text/html", "format=json"), "application/json");
  EXPECT_EQ(type("*/*", "seconds=60&format=html"), html);
  EXPECT_THAT(Get(page, "/", "", "text/html").body,
              StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(Get(page, "/", "", "*/*").body, StartsWith("shop\n"));
}

TEST(DebugPageTest, WhatIsWrongIsNamed) {
  DebugPage page("shop");
  for (const char* const method : {"POST", "HEAD", "get", ""}) {
    const DebugAnswer answer = page.Handle(
        {.method = method, .path = "/", .query = "", .accept = ""}, {});
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.body, "allowed: GET\n");
  }
  for (const char* const path : {"", "//", "/trace/", "/../page.css"}) {
    const DebugAnswer answer = Get(page, path, "", "");
    EXPECT_EQ(answer.status, 404);
    EXPECT_THAT(answer.body,
                HasSubstr("/, /metrics, /trace, /spans and /retention"));
  }
  for (const char* const path : {"/", "/trace"}) {
    for (const char* const query :
         {"seconds=0", "seconds=61", "seconds=-1", "seconds=1x", "seconds",
          "seconds=99999999999999999999"}) {
      const DebugAnswer answer = Get(page, path, query, "");
      EXPECT_EQ(answer.status, 400) << query;
      EXPECT_EQ(answer.body, "seconds: must be 1 to 60\n");
    }
  }
  EXPECT_EQ(Get(page, "/", "format=xml", "").body,
            "format: must be html, json or text\n");
  EXPECT_EQ(Get(page, "/", "colour=red", "").status, 400);
  EXPECT_EQ(Get(page, "/", std::string(10'000, '&'), "").status, 400);
  EXPECT_EQ(Get(page, "/", "&&", "").status, 200);
}

TEST(DebugPageTest, TheRestIsBesideThePage) {
  DebugPage page("shop");
  EXPECT_THAT(Get(page, "/page.css", "", "").content_type,
              StartsWith("text/css"));
  EXPECT_THAT(Get(page, "/page.js", "", "").content_type,
              StartsWith("text/javascript"));
  const DebugAnswer metrics =
      Get(page, "/metrics", "", "application/openmetrics-text", {});
  EXPECT_THAT(metrics.content_type, StartsWith("application/openmetrics-text"));
  EXPECT_THAT(metrics.body, testing::EndsWith("# EOF\n"));
  EXPECT_THAT(Get(page, "/metrics", "", "*/*").content_type,
              StartsWith("text/plain; version=0.0.4"));
}

class DebugPageWorkersTest : public testing::TestWithParam<int> {};

// A task that runs, and one that waits for it, are shown as such.
TEST_P(DebugPageWorkersTest, ShowsWhatRuns) {
  static const bool is_started = [] {
    observe::StartFlightRecorder({.ring_bytes = 1 << 16});
    observe::StartTaskCounter();
    return true;
  }();
  ASSERT_TRUE(is_started);
  observe::SetLevel(Level::kFull);
  DebugPage page("shop");
  std::promise<void> may_end;
  std::promise<void> has_begun;
  Executor executor({.concurrency = GetParam(), .thread_name = "shown"});
  executor.Post([&] {
    for (int i = 0; i < 3; ++i) executor.Post([] {});
    has_begun.set_value();
    may_end.get_future().wait();
  });
  has_begun.get_future().wait();
  const auto facts = [&] {
    return DebugFacts{
        .executors = {{"http", executor.stats()}},
        .reports = {"<slow>"},
        .metrics = {{"shop_orders",
                     MetricKind::kGauge,
                     "Orders.",
                     {{{{"kind", "<b>"}, {"at", "1"}}, 3}, {{}, 0.5}}}}};
  };
  const Json json =
      Json::parse(Get(page, "/", "", "application/json", facts()).body);
  EXPECT_EQ(json["title"], "shop");
  EXPECT_EQ(json["executors"][0]["executor"], "http");
  EXPECT_EQ(json["executors"][0]["runs_per_second"], nullptr);
  EXPECT_EQ(json["reports"][0]["report"], "<slow>");
  EXPECT_EQ(json["metrics"][0]["metric"], "shop_orders");
  EXPECT_EQ(json["metrics"][0]["labels"], "kind=<b>, at=1");
  EXPECT_EQ(json["metrics"][0]["value"], 3);
  EXPECT_EQ(json["metrics"][1]["value"], "0.5");
  EXPECT_THAT(Get(page, "/metrics", "", "", facts()).body,
              HasSubstr("shop_orders{kind=\"<b>\",at=\"1\"} 3\n"));
  EXPECT_EQ(json["recorder"][0]["level"], "full");
  bool is_shown = false;
  for (const Json& thread : json["threads"]) {
    if (thread["runs_type"] == nullptr) continue;
    const std::string place = thread["runs_place"];
    if (place.find("debug_page_test.cc:") == std::string::npos) continue;
    is_shown = thread["busy"].get<double>() > 0;
    EXPECT_EQ(thread["worker"].get<std::string>().substr(0, 6), "http #");
  }
  EXPECT_TRUE(is_shown) << json["threads"];
  // Others take them where there are any.
  EXPECT_LE(json["waiting"].size(), 3U);
  if (GetParam() == 1) {
    EXPECT_EQ(json["waiting"].size(), 3U);
  }
  const std::string trace = Get(page, "/trace", "seconds=60", "").body;
  EXPECT_THAT(trace, HasSubstr("\"running\":true"));
  EXPECT_TRUE(Json::parse(trace)["traceEvents"].is_array());
  EXPECT_TRUE(Json::parse(Get(page, "/spans", "", "").body)["resourceSpans"]
                  .is_array());
  may_end.set_value();
  executor.Drain();
  const Json later =
      Json::parse(Get(page, "/", "", "application/json", facts()).body);
  EXPECT_EQ(later["executors"][0]["runs"], 4);
  EXPECT_GE(later["executors"][0]["runs_per_second"].get<double>(), 0);
  observe::SetLevel(Level::kOff);
}

// What keeps stores is a table, and a text of its own.
TEST(DebugPageTest, SaysWhatKeepsStores) {
  observe::StartRetention();
  observe::SetLevel(Level::kFull);
  const AsyncLocalStorage<std::string> request({.name = "<request>"});
  ManualExecutor executor;
  const std::source_location here = std::source_location::current();
  executor.Post([&] {
    request.Run("hidden", [&] {
      executor.Post([] {}, here);
      executor.PostAfter(std::chrono::hours(1), [] {});
    });
  });
  executor.RunOne();
  DebugPage page("shop");
  const DebugFacts facts{.executors = {{"http", executor.stats()}}};
  const Json json =
      Json::parse(Get(page, "/", "", "application/json", facts).body);
  EXPECT_EQ(json["executors"][0]["timers"], 1);
  EXPECT_EQ(json["executors"][0]["pending"], 1);
  EXPECT_EQ(json["queues"][0]["executor"], "http");
  EXPECT_EQ(json["queues"][0]["accepted"], 2);
  EXPECT_EQ(json["queues"][0]["submitted"], 1);
  EXPECT_EQ(json["queues"][0]["timers"], 1);
  ASSERT_EQ(json["retention"].size(), 2U);
  for (const Json& row : json["retention"]) {
    EXPECT_EQ(row["storage"], "<request>");
    EXPECT_EQ(row["stores"], 1);
    EXPECT_EQ(row["holders"], 1);
    EXPECT_GT(row["oldest_seconds"].get<double>(), 0);
    if (row["holder"] == "timer") {
      EXPECT_EQ(row["type"], "TIMEOUT");
      continue;
    }
    EXPECT_EQ(row["holder"], "queued task");
    EXPECT_EQ(row["type"], "TASK");
    const std::string place = row["place"];
    EXPECT_THAT(place, testing::EndsWith("debug_page_test.cc:" +
                                         std::to_string(here.line())));
  }
  const std::string html = Get(page, "/", "", "text/html", facts).body;
  EXPECT_THAT(html, HasSubstr("&lt;request&gt;"));
  EXPECT_THAT(html, Not(HasSubstr("<request>")));
  EXPECT_EQ(
      Json::parse(
          Get(page, "/retention", "", "application/json").body)["holders"],
      2);
  EXPECT_THAT(Get(page, "/retention", "", "").body,
              HasSubstr("retention: 2 holders keep 1 context; all "));
  observe::SetLevel(Level::kCounters);
  EXPECT_THAT(Get(page, "/", "", "", facts).body,
              HasSubstr("Nothing is known: it takes StartRetention"));
  observe::SetLevel(Level::kOff);
  executor.RunAll();
}

INSTANTIATE_TEST_SUITE_P(Workers, DebugPageWorkersTest,
                         testing::Values(1, 2, 8));

}  // namespace
}  // namespace observe_internal
}  // namespace weft
