// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A store of a private storage leaves the process by none of the ways in which
// it tells of itself, and that of one for logs by those alone.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <latch>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/labels.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/promise.h"
#include "weft/hooks/async_backtrace.h"
#include "weft/hooks/live_resources.h"
#include "weft/observe/debug_page.h"
#include "weft/observe/level.h"
#include "weft/observe/metrics/metrics_text.h"
#include "weft/observe/metrics/task_counter.h"
#include "weft/observe/retention.h"
#include "weft/observe/trace/flight_recorder.h"
#include "weft/observe/trace/otlp_json.h"
#include "weft/observe/trace/trace_json.h"
#include "weft/observe/watchdog.h"

namespace weft::observe {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kSecret = "canary-of-a-private-store";
constexpr std::string_view kShown = "canary-of-a-store-for-logs";
constexpr std::string_view kTraced = "label-that-traces-may-have";

TEST(PrivateStoresTest, NeverLeaveTheProcess) {
  const AsyncLocalStorage<std::string> secret({.name = "secret"});
  const AsyncLocalStorage<std::string> shown(
      {.name = "shown", .label = Visibility::kLog});
  const AsyncLocalStorage<std::string> traced(
      {.name = "traced", .label = Visibility::kTrace});
  const std::string file = testing::TempDir() + "private_stores_test.weft";
  StartFlightRecorder({.max_threads = 8, .file = file});
  StartTaskCounter();
  SetLevel(Level::kFull);
  std::string report;
  std::mutex mutex;
  std::condition_variable reported;
  Watchdog watchdog({.on_report =
                         [&](const WatchdogReport& what) {
                           const std::lock_guard lock(mutex);
                           report += what.ToString();
                           reported.notify_all();
                         },
                     .interval = milliseconds(1)});
  const LiveResources live;
  StartRetention();
  Executor executor({.concurrency = 1});
  watchdog.Watch("executor", executor, {.stuck_after = milliseconds(1)});

  std::latch gate(1);
  std::string prefix, backtrace, alive, retained, retained_json, holders;
  std::string pages;
  DebugPage page("test");
  Promise<int> promise(executor);
  Future<void> continuation;
  std::optional<ContextSnapshot> snapshot;
  secret.Run(std::string(kSecret), [&] {
    const auto with_all = [&](auto work) {
      shown.Run(std::string(kShown),
                [&] { traced.Run(std::string(kTraced), work); });
    };
    with_all([&] {
      executor.Post([&] {
        executor.Post([] {});
        continuation = promise.GetFuture().Then([](int) {});
        snapshot = ContextSnapshot::Capture();
        prefix = LogPrefix();
        backtrace = AsyncBacktrace::Here().ToString();
        alive = live.Report();
        retained = ReadRetention().ToString();
        retained_json = ReadRetention().ToJson();
        for (const StoreHolder& holder : HoldersOf("secret")) {
          for (const auto& [name, text] : holder.labels) {
            holders.append(name).append("=").append(text).append("\n");
          }
        }
        for (const std::string_view path :
             {"/", "/metrics", "/trace", "/spans", "/retention"}) {
          for (const std::string_view format : {"html", "json", "text"}) {
            const std::string query = "format=" + std::string(format);
            pages +=
                page.Handle({.method = "GET",
                             .path = path,
                             .query = query,
                             .accept = ""},
                            {.executors = {{"executor", executor.stats()}}})
                    .body;
          }
        }
        gate.wait();
      });
    });
  });
  {
    std::unique_lock lock(mutex);
    reported.wait(lock, [&] { return !report.empty(); });
  }
  gate.count_down();
  executor.Drain();
  promise.SetValue(1);
  executor.Drain();
  const std::string trace = TraceJson(TakeSnapshot());
  const std::string spans = OtlpJson(TakeSnapshot());
  const std::string metrics =
      MetricsText(MetricsFormat::kOpenMetrics, {{"executor", executor.stats()}},
                  {}, TakeSnapshot());
  watchdog.Forget(executor);
  SetLevel(Level::kOff);
  std::ifstream stream(file, std::ios::binary);
  const std::string recorded(std::istreambuf_iterator<char>(stream), {});
  ASSERT_THAT(recorded, HasSubstr("private_stores_test.cc"));

  // What tells something at all tells what it may.
  EXPECT_THAT(prefix, HasSubstr(std::string(kShown)));
  EXPECT_THAT(report, HasSubstr(std::string(kShown)));
  EXPECT_THAT(holders, HasSubstr(std::string(kShown)));
  EXPECT_THAT(retained, HasSubstr("  secret: "));
  EXPECT_THAT(pages, HasSubstr("secret"));
  for (const std::string& text : {trace, spans, metrics, pages}) {
    EXPECT_THAT(text, HasSubstr(std::string(kTraced)));
  }
  // A record has 16 bytes.
  const auto parts_recorded = [&](std::string_view text) {
    int parts = 0;
    for (std::size_t at = 0; at + 8 <= text.size(); ++at) {
      parts += recorded.find(text.substr(at, 8)) != std::string::npos;
    }
    return parts;
  };
  EXPECT_GT(parts_recorded(kTraced), 0);
  EXPECT_EQ(parts_recorded(kShown), 0);
  EXPECT_EQ(parts_recorded(kSecret), 0);
  for (const std::string& text : {recorded, trace, spans, metrics, backtrace,
                                  alive, retained, retained_json, pages}) {
    EXPECT_FALSE(text.empty());
    EXPECT_THAT(text, Not(HasSubstr(std::string(kShown))));
  }
  for (const std::string& text :
       {recorded, trace, spans, metrics, backtrace, alive, prefix, report,
        retained, retained_json, holders, pages}) {
    EXPECT_THAT(text, Not(HasSubstr(std::string(kSecret))));
  }
}

}  // namespace
}  // namespace weft::observe
