// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What the flight recorder has of the tasks of executors.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/labels.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/simulation/simulated_executor.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"
#include "weft/observe/trace/flight_recorder.h"
#include "weft/tests/observe/find_records.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft::observe {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::EndsWith;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using tests::StressRounds;

class TaskRecordsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    static const bool started = [] {
      StartFlightRecorder({.ring_bytes = 4096, .max_threads = 64});
      return true;
    }();
    static_cast<void>(started);
  }
  ~TaskRecordsTest() override { SetLevel(Level::kOff); }
};

std::vector<RecordKind> KindsOf(const Recording& recording, AsyncId id) {
  std::vector<RecordKind> kinds;
  for (const Record& record : RecordsOf(recording, id)) {
    kinds.push_back(record.kind);
  }
  return kinds;
}

TEST_F(TaskRecordsTest, TellsWhatRanAndWhere) {
  Executor executor({.concurrency = 1});
  SetLevel(Level::kFlight);
  AsyncId id = kNoAsyncId;
  pid_t worker = 0;
  const auto line = std::source_location::current().line() + 1;
  executor
      .Submit([&] {
        id = ExecutionAsyncId();
        worker = gettid();
      })
      .Get();
  executor.Drain();
  const Recording recording = TakeSnapshot();
  EXPECT_EQ(recording.process_id, static_cast<std::uint32_t>(getpid()));
  const RecordedThread* const thread = FindThread(recording, worker);
  ASSERT_NE(thread, nullptr);
  EXPECT_EQ(thread->worker.worker, 0);
  EXPECT_NE(thread->worker.executor, 0u);
  const auto found = std::find_if(
      thread->records.begin(), thread->records.end(), [&](const Record& one) {
        return one.async_id == id && one.kind == RecordKind::kRun;
      });
  ASSERT_NE(found, thread->records.end());
  EXPECT_EQ(found->trigger_async_id, ExecutionAsyncId());
  EXPECT_LT(found->begin, found->end);
  const RecordedSite& site = recording.sites.at(found->site);
  EXPECT_EQ(site.type, "FUTURE_TASK");
  EXPECT_THAT(site.file, EndsWith("task_records_test.cc"));
  EXPECT_NEAR(site.line, line, 1);
  EXPECT_THAT(site.function, HasSubstr("TestBody"));
}

TEST_F(TaskRecordsTest, TheEndOfATaskIsTheBeginOfTheNext) {
  Executor executor({.concurrency = 1});
  SetLevel(Level::kFlight);
  AsyncId first = kNoAsyncId;
  AsyncId second = kNoAsyncId;
  executor
      .Submit([&] {
        executor.Post([&] { first = ExecutionAsyncId(); });
        executor.Post([&] { second = ExecutionAsyncId(); });
      })
      .Get();
  executor.Drain();
  const Recording recording = TakeSnapshot();
  const std::vector<Record> one = RecordsOf(recording, first);
  const std::vector<Record> other = RecordsOf(recording, second);
  ASSERT_THAT(one, Not(IsEmpty()));
  ASSERT_THAT(other, Not(IsEmpty()));
  EXPECT_EQ(one.back().end, other.back().begin);
}

// Is the one inside the other, or does it end before that begins?
bool Stand(const Record& one, const Record& other) {
  return one.end <= other.begin || other.end <= one.begin ||
         (one.begin <= other.begin && other.end <= one.end) ||
         (other.begin <= one.begin && one.end <= other.end);
}

// Two tasks of a simulation that wait for each other in turn: one ends while
// the other is under way, on the same thread.
TEST_F(TaskRecordsTest, TellsWhatRanInASimulation) {
  int divided = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    AsyncId first = kNoAsyncId;
    AsyncId second = kNoAsyncId;
    SetLevel(Level::kFlight);
    const auto incomplete = [] {
      const Recording recording = TakeSnapshot();
      const RecordedThread* const thread = FindThread(recording, gettid());
      return thread == nullptr ? 0 : thread->incomplete;
    };
    const std::uint64_t incomplete_before = incomplete();
    {
      SimulatedExecutor executor({.seed = seed, .workers = 2});
      Promise<void> begun(executor);
      Promise<void> goes_on(executor);
      Future<void> has_begun = begun.GetFuture();
      Future<void> may_go_on = goes_on.GetFuture();
      executor.Post([&] {
        first = ExecutionAsyncId();
        has_begun.Get();
        goes_on.SetValue();
      });
      executor.Post([&] {
        second = ExecutionAsyncId();
        begun.SetValue();
        may_go_on.Get();
      });
      executor.Drain();
    }
    SetLevel(Level::kOff);
    EXPECT_EQ(incomplete(), incomplete_before) << seed;
    const Recording recording = TakeSnapshot();
    std::vector<Record> runs;
    for (const AsyncId id : {first, second}) {
      std::vector<Record> own;
      for (const Record& record : RecordsOf(recording, id)) {
        if (record.kind == RecordKind::kRun) own.push_back(record);
      }
      ASSERT_THAT(own, Not(IsEmpty())) << seed;
      for (std::size_t i = 1; i < own.size(); ++i) {
        EXPECT_EQ(own[i - 1].end, own[i].begin) << seed;
        ++divided;
      }
      EXPECT_LT(own.front().begin, own.back().end) << seed;
      runs.insert(runs.end(), own.begin(), own.end());
    }
    for (const Record& one : runs) {
      for (const Record& other : runs) EXPECT_TRUE(Stand(one, other)) << seed;
    }
  }
  EXPECT_GT(divided, 0);
}

TEST_F(TaskRecordsTest, ALevelSaysWhatIsRecorded) {
  Executor executor({.concurrency = 1});
  AsyncId task = kNoAsyncId;
  AsyncId part = kNoAsyncId;
  const auto run = [&](Level level) {
    SetLevel(level);
    executor
        .Submit([&] {
          task = ExecutionAsyncId();
          Join([] {}, [&] { part = ExecutionAsyncId(); });
        })
        .Get();
    executor.Drain();
    SetLevel(Level::kOff);
    return TakeSnapshot();
  };
  Recording recording = run(Level::kOff);
  EXPECT_THAT(KindsOf(recording, task), IsEmpty());
  recording = run(Level::kFlight);
  const std::vector<RecordKind> in_flight = KindsOf(recording, task);
  EXPECT_THAT(in_flight, Contains(RecordKind::kRun));
  EXPECT_EQ(
      std::count(in_flight.begin(), in_flight.end(), RecordKind::kEnqueue),
      task % 8 == 0 ? 1 : 0);
  EXPECT_THAT(in_flight, Not(Contains(RecordKind::kInit)));
  EXPECT_THAT(KindsOf(recording, part), IsEmpty());
  recording = run(Level::kFull);
  EXPECT_THAT(KindsOf(recording, task),
              testing::UnorderedElementsAre(
                  RecordKind::kInit, RecordKind::kEnqueue, RecordKind::kSettle,
                  RecordKind::kRun, RecordKind::kDestroy));
  EXPECT_THAT(
      KindsOf(recording, part),
      testing::UnorderedElementsAre(RecordKind::kInit, RecordKind::kRun));
}

TEST_F(TaskRecordsTest, TellsWhatIsThrownAndWhatIsDropped) {
  SetLevel(Level::kFlight);
  ManualExecutor executor;
  AsyncId throws = kNoAsyncId;
  Future<void> thrown = executor.Submit([&] {
    throws = ExecutionAsyncId();
    throw std::runtime_error("on purpose");
  });
  executor.RunAll();
  Future<void> refused = executor.Submit([] {});
  executor.Shutdown(OnShutdown::kStop);
  const Recording recording = TakeSnapshot();
  EXPECT_THAT(KindsOf(recording, throws), Contains(RecordKind::kThrow));
  const RecordedThread* const thread = FindThread(recording, gettid());
  ASSERT_NE(thread, nullptr);
  EXPECT_THAT(thread->records,
              Contains(AllOf(Field(&Record::kind, RecordKind::kDrop),
                             Field(&Record::detail, 2u))));
}

TEST_F(TaskRecordsTest, TellsWhoSleeps) {
  Executor executor({.concurrency = 1});
  SetLevel(Level::kFlight);
  Promise<void> promise(executor);
  Future<void> future = promise.GetFuture();
  AsyncId waiter = kNoAsyncId;
  Future<void> waits = executor.Submit([&] {
    waiter = ExecutionAsyncId();
    future.Wait();
  });
  while (executor.stats().threads.blocked == 0) std::this_thread::yield();
  promise.SetValue();
  waits.Get();
  executor.Drain();
  EXPECT_THAT(KindsOf(TakeSnapshot(), waiter), Contains(RecordKind::kWait));
}

// Spans of a thread are nested, or apart.
void ExpectWhole(const Recording& recording) {
  for (const RecordedThread& thread : recording.threads) {
    EXPECT_EQ(thread.damaged, 0u);
    std::chrono::nanoseconds last{};
    std::vector<Record> open;  // that may hold those before them
    for (const Record& record : thread.records) {
      ASSERT_LE(record.begin, record.end);
      ASSERT_LE(last, record.end) << "records are not in order";
      last = record.end;
      ASSERT_LT(record.site, recording.sites.size());
      ASSERT_LE(record.kind, RecordKind::kReceive);
      if (record.kind > RecordKind::kWait) continue;
      // Those that began inside it are its; the one before these is apart.
      while (!open.empty() && open.back().begin >= record.begin) {
        open.pop_back();
      }
      if (!open.empty()) {
        ASSERT_LE(open.back().end, record.begin);
      }
      open.push_back(record);
    }
  }
}

// The labels of what ran, by its id; nullopt: it is not recorded.
std::optional<std::vector<RecordedLabel>> LabelsOf(const Recording& recording,
                                                   AsyncId id) {
  for (const RecordedThread& thread : recording.threads) {
    for (const Record& record : thread.records) {
      if (record.kind != RecordKind::kRun || record.async_id != id) continue;
      const auto labels = thread.LabelsOf(record);
      return std::vector<RecordedLabel>(labels.begin(), labels.end());
    }
  }
  return std::nullopt;
}

using Labels = std::vector<RecordedLabel>;

TEST_F(TaskRecordsTest, ARunHasTheLabelsForTraces) {
  const AsyncLocalStorage<int> request(
      {.name = "request", .label = Visibility::kTrace});
  const AsyncLocalStorage<std::string> tenant(
      {.name = "tenant", .label = Visibility::kProfiler});
  const AsyncLocalStorage<std::string> user(
      {.name = "user", .label = Visibility::kLog});
  const AsyncLocalStorage<std::string> secret({.name = "secret"});
  Executor executor({.concurrency = 1});
  SetLevel(Level::kFull);
  AsyncId outer = kNoAsyncId, inner = kNoAsyncId, second = kNoAsyncId,
          none = kNoAsyncId;
  const std::string long_name(60, 'x');
  request.Run(1, [&] {
    secret.Run("a", [&] {
      user.Run("b", [&] {
        executor.Post([&] {
          outer = ExecutionAsyncId();
          tenant.Run(long_name, [&] {
            AsyncResource resource("PART");
            inner = resource.async_id();
            resource.RunInAsyncScope([] {});
          });
        });
      });
    });
  });
  request.Run(2, [&] { executor.Post([&] { second = ExecutionAsyncId(); }); });
  executor.Post([&] { none = ExecutionAsyncId(); });
  executor.Drain();
  SetLevel(Level::kOff);
  const Recording recording = TakeSnapshot();
  EXPECT_EQ(LabelsOf(recording, outer), (Labels{{"request", "1"}}));
  EXPECT_EQ(LabelsOf(recording, inner),
            (Labels{{"request", "1"}, {"tenant", long_name}}));
  EXPECT_EQ(LabelsOf(recording, second), (Labels{{"request", "2"}}));
  EXPECT_EQ(LabelsOf(recording, none), Labels());
}

TEST_F(TaskRecordsTest, LabelsAreOfTheLevel) {
  const AsyncLocalStorage<int> request(
      {.name = "request", .label = Visibility::kTrace});
  Executor executor({.concurrency = 1});
  const auto run = [&](Level level, int number) {
    SetLevel(level);
    AsyncId id = kNoAsyncId;
    request.Run(number, [&] {
      executor.Submit([&] { id = ExecutionAsyncId(); }).Get();
    });
    executor.Drain();
    return LabelsOf(TakeSnapshot(), id);
  };
  EXPECT_EQ(run(Level::kFull, 1), (Labels{{"request", "1"}}));
  // That those of before do not hold is noted.
  EXPECT_EQ(run(Level::kFlight, 2), Labels());
  EXPECT_EQ(run(Level::kFull, 1), (Labels{{"request", "1"}}));
  EXPECT_EQ(run(Level::kFull, 1), (Labels{{"request", "1"}}));
  SetLevel(Level::kOff);
  EXPECT_EQ(run(Level::kFlight, 1), Labels());
}

// More runs than a ring has room for, in one context.
TEST_F(TaskRecordsTest, LabelsThatLastAreNotWrittenOver) {
  const AsyncLocalStorage<std::string> request(
      {.name = "request", .label = Visibility::kTrace});
  ManualExecutor executor;
  SetLevel(Level::kFull);
  const std::string number(40, '7');
  AsyncId last = kNoAsyncId;
  request.Run(number, [&] {
    for (int i = 0; i < 500; ++i) {
      executor.Post([&] { last = ExecutionAsyncId(); });
      executor.RunAll();
      if (i % 7 == 0) {
        ASSERT_EQ(LabelsOf(TakeSnapshot(), last),
                  (Labels{{"request", number}}));
      }
    }
  });
}

class WorkersRecordsTest : public TaskRecordsTest,
                           public testing::WithParamInterface<int> {};

TEST_P(WorkersRecordsTest, SnapshotsAreWholeWhileTasksRun) {
  SetLevel(Level::kFull);
  Executor executor({.concurrency = GetParam()});
  std::atomic<bool> stop{false};
  for (int i = 0; i < 4; ++i) {
    executor.Post([&] {
      // relaxed: a flag.
      while (!stop.load(std::memory_order_relaxed)) {
        TaskGroup group(executor);
        for (int n = 0; n < 8; ++n) group.Run([] { Join([] {}, [] {}); });
        group.Wait();
      }
    });
  }
  for (int i = 0, rounds = StressRounds(200); i < rounds; ++i) {
    ExpectWhole(TakeSnapshot());
    if (i % 8 == 0) SetLevel(i % 16 == 0 ? Level::kFlight : Level::kFull);
  }
  // relaxed: a flag.
  stop.store(true, std::memory_order_relaxed);
  executor.Drain();
  SetLevel(Level::kOff);
}

// Each task is labelled with the id of the one that has posted it.
TEST_P(WorkersRecordsTest, LabelsAreOnesOwnOrNotKnown) {
  const AsyncLocalStorage<std::string> poster(
      {.name = "poster", .label = Visibility::kTrace});
  SetLevel(Level::kFull);
  Executor executor({.concurrency = GetParam()});
  std::atomic<bool> stop{false};
  const auto run_group = [&] {
    TaskGroup group(executor);
    // Some take one record, and some three.
    std::string text = std::to_string(ExecutionAsyncId());
    for (int n = 0; n < 8; ++n) {
      poster.Run(text, [&] { group.Run([] {}); });
      if (n == 3) text.insert(0, 30, '0');
    }
    group.Wait();
  };
  for (int i = 0; i < 4; ++i) {
    executor.Post([&] {
      // relaxed: a flag.
      while (!stop.load(std::memory_order_relaxed)) run_group();
    });
  }
  std::size_t known = 0;
  const auto check = [&](const Recording& recording) {
    for (const RecordedThread& thread : recording.threads) {
      for (const Record& record : thread.records) {
        if (record.kind != RecordKind::kRun ||
            recording.sites[record.site].type != "GROUP_TASK") {
          continue;
        }
        for (const RecordedLabel& label : thread.LabelsOf(record)) {
          ASSERT_EQ(label.name, "poster");
          ASSERT_EQ(std::stoull(label.text) << 16 >> 16,
                    record.trigger_async_id);
          ++known;
        }
      }
    }
  };
  for (int i = 0, rounds = StressRounds(200); i < rounds; ++i) {
    check(TakeSnapshot());
    if (i % 8 == 0) SetLevel(i % 16 == 0 ? Level::kFlight : Level::kFull);
  }
  SetLevel(Level::kFull);
  // relaxed: a flag.
  stop.store(true, std::memory_order_relaxed);
  executor.Drain();
  executor.Submit(run_group).Get();
  executor.Drain();
  SetLevel(Level::kOff);
  check(TakeSnapshot());
  EXPECT_GT(known, 0u);
}
INSTANTIATE_TEST_SUITE_P(Workers, WorkersRecordsTest, testing::Values(1, 2, 8));

}  // namespace
}  // namespace weft::observe
