// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A healthy load runs while all that observes is on, and the watchdog, with its
// default limits from a minute on, has nothing to report. For how long is a
// flag:
//
//   ./bazelw run -c opt //tests/stress:watchdog_soak_test -- --seconds=600

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <latch>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/deadline.h"
#include "weft/context/label.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/priority_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/task_group.h"
#include "weft/observe/level.h"
#include "weft/observe/metrics/metrics_text.h"
#include "weft/observe/metrics/task_counter.h"
#include "weft/observe/retention.h"
#include "weft/observe/trace/flight_recorder.h"
#include "weft/observe/trace/trace_json.h"
#include "weft/observe/watchdog.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/stress_rounds.h"

ABSL_FLAG(int, seconds, 2, "how long all cases take together");

namespace weft::observe {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using tests::Count;

// What the process has in memory, in bytes.
std::int64_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t all = 0;
  std::int64_t resident = 0;
  file >> all >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

Task<int> AddOne(Executor& executor, Future<int> future) {
  const int value = co_await std::move(future);
  co_await executor.Schedule();
  co_return value + 1;
}

// Executors, and what a server does with them.
class Load {
 public:
  explicit Load(int workers) : executor({.concurrency = workers}) {}

  // Waits, forks, loops, coroutines and timers; tasks on all lanes, that block,
  // are cancelled or miss their deadline.
  void Run(int round) {
    request.Run(round, [&] {
      TaskGroup group(executor);
      for (int i = 0; i < 20; ++i) {
        group.Run([&] {
          Join([&] { Work(); }, [&] { Work(); });
          strand.Post([&] { Work(); });
          first.Post([&] { Work(); });
          bounded.Submit([&] { Work(); }).Get();
          executor.Defer([&] { Work(); });
          executor.PostAfter(microseconds(50), [&] { Work(); });
          disk.Submit([&] { Work(); }).Then([&] { Work(); }).Get();
          ParallelFor(executor, 0, 50, [&](int) { Work(); });
          Promise<int> promise(executor);
          Future<int> sum =
              Spawn(executor, AddOne(executor, promise.GetFuture()));
          promise.SetValue(1);
          EXPECT_EQ(sum.Get(), 2);
        });
      }
      {
        const DeadlineScope scope{Deadline::At(steady_clock::now())};
        executor.Post([] { ADD_FAILURE() << "after its deadline"; });
      }
      TaskGroup cancelled(executor);
      for (int i = 0; i < 10; ++i) cancelled.Run([] {});
      cancelled.Cancel();
      cancelled.Wait();
      group.Wait();
    });
    ++rounds;
  }
  void Drain() {
    executor.Drain();
    for (Executor* const lane : Lanes()) lane->Drain();
    executor.Drain();
  }
  std::vector<Executor*> Lanes() { return {&strand, &first, &bounded, &disk}; }

  const AsyncLocalStorage<int> request{
      {.name = "request", .label = Visibility::kTrace}};
  std::int64_t rounds = 0;
  Executor executor;
  SerialExecutor strand{executor};
  PriorityExecutor priorities{executor};
  Executor& first = priorities.at(Priority::kHigh);
  BoundedExecutor bounded{executor, {.capacity = 64}};
  BlockingExecutor disk{{.max_threads = 2}};

 private:
  void Work() { work_.Add(); }

  Count work_;
};

class SoakTest : public testing::Test {
 protected:
  SoakTest() {
    static const bool is_started = [] {
      StartFlightRecorder();
      StartTaskCounter();
      StartRetention();
      return true;
    }();
    EXPECT_TRUE(is_started);
    SetLevel(Level::kFlight);
  }
  ~SoakTest() override { SetLevel(Level::kOff); }

  void Watch(Load& load, const WatchOptions& options = {}) {
    WatchOptions its = options;
    its.missed_deadlines = 0;  // That some miss it is part of the load.
    watchdog_.Watch("executor", load.executor, its);
    watchdog_.Watch("strand", load.strand, options);
    watchdog_.Watch("first", load.first, options);
    watchdog_.Watch("bounded", load.bounded, options);
    its = options;
    its.stuck_after = {};
    watchdog_.Watch("disk", load.disk, its);
  }
  void Forget(Load& load) {
    watchdog_.Forget(load.executor);
    for (Executor* const lane : load.Lanes()) watchdog_.Forget(*lane);
  }

  std::mutex mutex_;
  std::condition_variable reported_;
  Watchdog watchdog_{{.on_report = [this](const WatchdogReport&) {
    const std::lock_guard lock(mutex_);
    reported_.notify_all();
  }}};
};

// How many workers.
class WatchdogSoakTest : public SoakTest,
                         public testing::WithParamInterface<int> {};

TEST_P(WatchdogSoakTest, NothingHealthyIsReported) {
  Load load(GetParam());
  WatchOptions options;
  // Where tests run, a busy machine may hold any thread up for a second.
  if (absl::GetFlag(FLAGS_seconds) < 60) {
    options.stuck_after = options.queue_after = options.wait_after;
  }
  Watch(load, options);
  const auto begin = steady_clock::now();
  const auto end =
      begin + nanoseconds(seconds(absl::GetFlag(FLAGS_seconds))) / 3;
  std::int64_t resident = 0;
  for (int round = 0; steady_clock::now() < end; ++round) {
    load.Run(round);
    if (round % 16 != 15) continue;
    const Recording recording = TakeSnapshot();
    EXPECT_THAT(MetricsText(MetricsFormat::kOpenMetrics,
                            {{"http", load.executor.stats()}}, {}, recording),
                HasSubstr("weft_task_runs_total{executor=\"http\"}"));
    EXPECT_THAT(TraceJson(recording), HasSubstr("AddOne"));
    const bool is_full = CurrentLevel() == Level::kFull;
    SetLevel(Level::kFull);
    // At the other level one in 64 is known.
    load.request.Run(0, [] {
      const ContextSnapshot snapshot = ContextSnapshot::Capture();
      EXPECT_FALSE(ReadRetention().storages.empty());
    });
    SetLevel(is_full ? Level::kFlight : Level::kFull);
    if (steady_clock::now() < begin + (end - begin) / 4) {
      resident = ResidentBytes();
    }
  }
  load.Drain();
  EXPECT_EQ(watchdog_.found(), 0u);
  for (const WatchdogReport& report : watchdog_.Reports()) {
    ADD_FAILURE() << report.ToString();
  }
  const std::int64_t tasks = load.rounds * 20;
  for (const Executor* const lane : load.Lanes()) {
    // The continuation runs there, too.
    const std::int64_t each = lane == &load.disk ? 2 : 1;
    EXPECT_EQ(lane->stats().ran, static_cast<std::uint64_t>(tasks * each));
  }
  std::uint64_t all = load.executor.stats().ran;
  for (const Executor* const lane : load.Lanes()) all += lane->stats().ran;
  const std::int64_t resident_now = ResidentBytes();
  // No more is kept than after a quarter of the time.
  if (!tests::kSanitized && resident != 0) {
    EXPECT_LT(resident_now, resident + (std::int64_t{64} << 20));
  }
  std::cout << "soak: workers=" << GetParam() << " runs=" << all
            << " reports=" << watchdog_.found()
            << " resident_mib=" << (resident_now >> 20) << std::endl;
  Forget(load);
}

INSTANTIATE_TEST_SUITE_P(Workers, WatchdogSoakTest, testing::Values(1, 2, 8),
                         testing::PrintToStringParamName());

// The same watchdog would have said so.
TEST_F(SoakTest, AStallIsReported) {
  Load load(2);
  Watch(load);
  std::latch gate(1);
  load.executor.Post([&] { gate.wait(); });
  {
    std::unique_lock lock(mutex_);
    reported_.wait(lock, [&] { return watchdog_.found() > 0; });
  }
  gate.count_down();
  load.Drain();
  ASSERT_FALSE(watchdog_.Reports().empty());
  const WatchdogReport report = watchdog_.Reports().front();
  EXPECT_EQ(report.kind, WatchdogReport::Kind::kStuckTask);
  EXPECT_EQ(report.executor, "executor");
  // It looks four times a second, unless the machine is busy.
  EXPECT_GE(report.duration, WatchOptions().stuck_after);
  EXPECT_LT(report.duration, std::chrono::minutes(1));
  Forget(load);
}

}  // namespace
}  // namespace weft::observe

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
