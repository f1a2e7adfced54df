// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A real Executor on a gate that loses wake-ups, which broken_sleep_gate.cc
// has: it is linked in the place of the library's own. The watchdog says so.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/observe/level.h"
#include "weft/observe/watchdog.h"

namespace weft::executor_internal {

// Of broken_sleep_gate.cc: how many wake-ups are yet to be lost.
extern std::atomic<int> wake_ups_to_lose;

}  // namespace weft::executor_internal

namespace weft::observe {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = WatchdogReport::Kind;
using std::chrono::seconds;
using testing::HasSubstr;

// The first report of lost work, and when it came.
class LostWork {
 public:
  void Keep(const WatchdogReport& report) {
    const std::lock_guard lock(mutex_);
    if (report.kind != Kind::kLostWork || report_.has_value()) return;
    report_ = report;
    when_ = Clock::now();
    changed_.notify_all();
  }
  // The work has been found.
  void SetFound() {
    const std::lock_guard lock(mutex_);
    is_found_ = true;
    changed_.notify_all();
  }
  // Waits for a report, or until the work has been found without one.
  std::optional<WatchdogReport> WaitForReportOrRun() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return report_.has_value() || is_found_; });
    if (!report_.has_value()) is_found_ = false;
    return report_;
  }
  bool has_come() {
    const std::lock_guard lock(mutex_);
    return report_.has_value();
  }
  Clock::time_point when() {
    const std::lock_guard lock(mutex_);
    return when_;
  }
  // Waits until the work has been found, and begins anew.
  void Reset() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return is_found_; });
    is_found_ = false;
    report_.reset();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<WatchdogReport> report_;
  Clock::time_point when_;
  bool is_found_ = false;
};

class LostWakeUpTest : public testing::TestWithParam<int> {};

TEST_P(LostWakeUpTest, IsReportedWithinTwoSeconds) {
  SetLevel(Level::kFlight);
  LostWork lost;
  Watchdog watchdog(
      {.on_report = [&](const WatchdogReport& report) { lost.Keep(report); }});
  Executor executor(
      {.concurrency = GetParam(), .linger = std::chrono::hours(1)});
  watchdog.Watch("http", executor);
  // What the gate wakes somebody for runs.
  for (int i = 0; i < 100; ++i) executor.Submit([] {}).Get();
  executor.Drain();
  const auto all_sleep = [&] {
    const ThreadStats threads = executor.stats().threads;
    return threads.idle > 0 && threads.running == 0 && threads.searching == 0;
  };
  // A worker that is counted as idle may be about to look for work once more
  // before it sleeps, and needs no waking then: so it is tried again. It is,
  // too, a few times, if the report is late: a busy machine may hold this
  // thread or the watchdog's up.
  constexpr int kMostLate = 5;
  int late = 0;
  std::optional<WatchdogReport> report;
  while (!report.has_value()) {
    while (!all_sleep()) std::this_thread::yield();
    EXPECT_FALSE(lost.has_come());
    // relaxed: the gate's lock orders it.
    executor_internal::wake_ups_to_lose.store(1, std::memory_order_relaxed);
    const Clock::time_point posted = Clock::now();
    executor.Post([&] { lost.SetFound(); });
    report = lost.WaitForReportOrRun();
    if (report.has_value() && lost.when() - posted > seconds(2) &&
        ++late < kMostLate) {
      report.reset();
      executor.Post([] {});  // The next one to be woken finds it.
      lost.Reset();
    }
  }
  EXPECT_LT(late, kMostLate);
  // relaxed: as above.
  EXPECT_EQ(executor_internal::wake_ups_to_lose.load(std::memory_order_relaxed),
            0);
  EXPECT_EQ(report->executor, "http");
  EXPECT_EQ(report->count, 1u);
  EXPECT_THAT(report->ToString(), HasSubstr("lost work: http"));
  // The next one to be woken finds it.
  executor.Post([] {});
  executor.Drain();
  watchdog.Forget(executor);
  SetLevel(Level::kOff);
}

INSTANTIATE_TEST_SUITE_P(Workers, LostWakeUpTest, testing::Values(1, 2, 8),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace weft::observe
