// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/watchdog.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <latch>
#include <list>
#include <memory>
#include <mutex>
#include <source_location>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/deadline.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/executor_stats.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/join.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/execution.h"
#include "weft/observe/internal/watch/native_stack.h"
#include "weft/observe/internal/watch/watch_board.h"
#include "weft/observe/level.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/in_child.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft::observe {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;
using tests::StressRounds;
using Kind = WatchdogReport::Kind;
using Location = std::source_location;

// What a watchdog has reported.
class Reported {
 public:
  std::function<void(const WatchdogReport&)> Keep() {
    return [this](const WatchdogReport& report) {
      const std::lock_guard lock(mutex_);
      reports_.push_back(report);
      changed_.notify_all();
    };
  }
  // Waits for one of which `is_it(report)`, and returns the first.
  template <typename IsIt>
  WatchdogReport WaitFor(const IsIt& is_it) {
    std::unique_lock lock(mutex_);
    for (std::size_t i = 0;; ++i) {
      changed_.wait(lock, [&] { return i < reports_.size(); });
      if (is_it(reports_[i])) return reports_[i];
    }
  }
  // The same of that kind.
  WatchdogReport Wait(Kind kind) {
    return WaitFor(
        [&](const WatchdogReport& report) { return report.kind == kind; });
  }
  WatchdogReport Wait(Kind kind, AsyncId id) {
    return WaitFor([&](const WatchdogReport& report) {
      return report.kind == kind && report.async_id == id;
    });
  }
  // The same of one that `is_complete(report)`: what is reported again may have
  // been reported before all of it had happened. After some it is taken as it
  // is.
  template <typename IsComplete>
  WatchdogReport Wait(Kind kind, AsyncId id, const IsComplete& is_complete) {
    constexpr int kMost = 8;
    int looks = 0;
    return WaitFor([&](const WatchdogReport& report) {
      return report.kind == kind && report.async_id == id &&
             (++looks == kMost || is_complete(report));
    });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<WatchdogReport> reports_;
};

constexpr WatchOptions kNever{.stuck_after = {},
                              .wait_after = {},
                              .queue_after = {},
                              .loop_after = {},
                              .missed_deadlines = 0,
                              .broken_promises = 0,
                              .dropped_continuations = 0};

class WatchdogTest : public testing::Test {
 protected:
  WatchdogTest() { SetLevel(Level::kFlight); }
  ~WatchdogTest() override { SetLevel(Level::kOff); }

  static constexpr Location here_ = Location::current();
  static constexpr nanoseconds kSoon = milliseconds(20);

  Reported reported_;
  Watchdog watchdog_{{.on_report = reported_.Keep(),
                      .reports_per_minute = 1000,
                      .interval = milliseconds(2)}};
};

TEST_F(WatchdogTest, NamesATaskThatDoesNotEnd) {
  const AsyncLocalStorage<int> request(
      {.name = "request", .label = Visibility::kLog});
  const AsyncLocalStorage<std::string> secret({.name = "secret"});
  SetLevel(Level::kFull);
  std::latch gate(1);
  Executor executor({.concurrency = 1});
  WatchOptions options = kNever;
  options.stuck_after = kSoon;
  watchdog_.Watch("http", executor, options);

  std::promise<AsyncId> begins;
  executor.Post([&] {
    request.Run(7, [&] {
      secret.Run("hidden", [&] {
        executor.Post(
            [&] {
              begins.set_value(ExecutionAsyncId());
              executor.Post([] {});
              executor.Post([] {});
              gate.wait();
            },
            here_);
      });
    });
  });
  const AsyncId id = begins.get_future().get();
  const WatchdogReport report = reported_.Wait(
      Kind::kStuckTask, id, [](const auto& one) { return one.count == 2; });
  gate.count_down();
  executor.Drain();
  EXPECT_EQ(report.executor, "http");
  EXPECT_GE(report.duration, kSoon);
  EXPECT_EQ(report.count, 2u);
  EXPECT_THAT(report.thread, Not(IsEmpty()));
  EXPECT_EQ(report.left_out, 0u);
  ASSERT_FALSE(report.backtrace.empty());
  EXPECT_EQ(report.backtrace.site().where.line(), here_.line());
  EXPECT_FALSE(report.backtrace.cause().empty());
  EXPECT_THAT(report.labels, ElementsAre(Pair("request", "7")));
  const std::string text = report.ToString();
  EXPECT_THAT(text, StartsWith("weft: watchdog: stuck task: TASK " +
                               std::to_string(id) + " of http, for "));
  EXPECT_THAT(text, HasSubstr(report.thread + "; 2 tasks are queued there\n" +
                              "  request=7\n  TASK from "));
  EXPECT_THAT(text, Not(HasSubstr("hidden")));
  EXPECT_THAT(watchdog_.Reports(), Not(IsEmpty()));
  watchdog_.Forget(executor);
}

// Functions whose names are looked for in the stack of a thread.
[[gnu::noinline]] void SpinInATask(const std::atomic<bool>& may_end) {
  // relaxed: a flag.
  while (!may_end.load(std::memory_order_relaxed)) {
  }
}
[[gnu::noinline]] void SleepInATask(std::latch& may_end) {
  may_end.wait();
  // Nor is the call the last thing, or it would be a jump.
  EXPECT_TRUE(may_end.try_wait());
}

class NativeStackTest : public WatchdogTest,
                        public testing::WithParamInterface<int> {};

// Its innermost functions may be the system's.
TEST_P(NativeStackTest, NamesTheFunctionThatAStuckTaskIsIn) {
  std::atomic<bool> ends = false;
  std::latch gate(1);
  Executor executor({.concurrency = GetParam()});
  WatchOptions options = kNever;
  options.stuck_after = kSoon;
  Watchdog watchdog({.on_report = reported_.Keep(),
                     .reports_per_minute = 1000,
                     .interval = milliseconds(2),
                     .stack_program = "eu-stack"});
  watchdog.Watch("http", executor, options);
  const auto expect = [&](const std::function<void()>& stuck,
                          const char* function) {
    std::promise<AsyncId> begins;
    executor.Post([&] {
      begins.set_value(ExecutionAsyncId());
      stuck();
    });
    const AsyncId id = begins.get_future().get();
    const WatchdogReport report =
        reported_.Wait(Kind::kStuckTask, id, [&](const auto& one) {
          return one.native_stack.find(function) != std::string::npos;
        });
    EXPECT_THAT(report.native_stack,
                AllOf(StartsWith("#0 "), HasSubstr(function)));
    EXPECT_THAT(report.ToString(), HasSubstr("  its thread is in\n    #0 "));
  };
  expect([&] { SpinInATask(ends); }, "SpinInATask");
  // relaxed: a flag.
  ends.store(true, std::memory_order_relaxed);
  executor.Drain();
  expect([&] { SleepInATask(gate); }, "SleepInATask");
  const std::vector<WatchdogReport> kept = watchdog.Reports();
  EXPECT_FALSE(kept.back().native_stack.empty());
  gate.count_down();
  executor.Drain();
  watchdog.Forget(executor);
}

// A program that ends the task by the file `go`, and prints when it has ended.
TEST_F(WatchdogTest, AStackOfWhatHasEndedIsNotShown) {
  const std::string folder = testing::TempDir();
  const std::string go = folder + "/go";
  const std::string gone = folder + "/gone";
  const std::string program = folder + "/late_stack";
  std::ofstream(program) << "#!/bin/sh\n: >'" << go << "'\nwhile ! [ -e '"
                         << gone
                         << "' ]; do sleep 0.01; done\necho '#0 late'\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  Executor executor({.concurrency = 1});
  WatchOptions options = kNever;
  options.stuck_after = kSoon;
  Watchdog watchdog({.on_report = reported_.Keep(),
                     .interval = milliseconds(2),
                     .stack_program = program});
  watchdog.Watch("http", executor, options);
  executor
      .Submit([&] {
        while (!std::filesystem::exists(go)) std::this_thread::yield();
      })
      .Get();
  executor.Drain();
  std::ofstream(gone) << "";
  EXPECT_THAT(reported_.Wait(Kind::kStuckTask).native_stack, IsEmpty());
  watchdog.Forget(executor);
}

TEST(NativeStackOfTest, SaysWhyThereIsNone) {
  using observe_internal::NativeStackOf;
  const int here = gettid();
  EXPECT_THAT(NativeStackOf(here, "no-such-program", seconds(60)),
              AllOf(StartsWith("no native stack: no-such-program: "),
                    HasSubstr("not found")));
  EXPECT_EQ(NativeStackOf(here, "true", seconds(60)),
            "no native stack: true has printed nothing\n");
  const std::string program = testing::TempDir() + "/never_ends";
  std::ofstream(program) << "#!/bin/sh\nexec sleep 1000\n";
  std::filesystem::permissions(program, std::filesystem::perms::owner_all);
  EXPECT_EQ(NativeStackOf(here, program, milliseconds(30)),
            "no native stack: " + program + " has taken longer than 30 ms\n");
}

// What lasts is reported again when it has lasted twice as long, and not at
// each look.
TEST_F(WatchdogTest, RepeatsWhatGoesOn) {
  std::latch gate(1);
  Executor executor({.concurrency = 1});
  WatchOptions options = kNever;
  options.stuck_after = kSoon;
  watchdog_.Watch("http", executor, options);
  executor.Post([&] { gate.wait(); });
  const WatchdogReport first = reported_.Wait(Kind::kStuckTask);
  std::vector<WatchdogReport> reports;
  while (reports.size() < 3) reports = watchdog_.Reports();
  gate.count_down();
  for (std::size_t i = 1; i < reports.size(); ++i) {
    EXPECT_EQ(reports[i].async_id, first.async_id);
    EXPECT_GE(reports[i].duration, reports[i - 1].duration * 2);
  }
  watchdog_.Forget(executor);
}

// A task that sleeps in a wait is not stuck.
TEST_F(WatchdogTest, NamesATaskThatWaits) {
  Executor executor({.concurrency = 1});
  Executor other({.concurrency = 1});
  WatchOptions options = kNever;
  options.wait_after = kSoon;
  options.stuck_after = hours(1);
  watchdog_.Watch("http", executor, options);
  Promise<void> promise(other);
  Future<void> future = promise.GetFuture();
  executor.Post([&] { future.Wait(); }, here_);
  const WatchdogReport report = reported_.Wait(Kind::kLongWait);
  promise.SetValue();
  executor.Drain();
  EXPECT_EQ(report.backtrace.site().where.line(), here_.line());
  EXPECT_THAT(report.ToString(), HasSubstr("long wait: TASK "));
  EXPECT_EQ(watchdog_.found(), watchdog_.Reports().size());
  watchdog_.Forget(executor);
}

TEST_F(WatchdogTest, NamesAQueueThatStands) {
  std::latch gate(1);
  std::latch begun(1);
  BlockingExecutor executor({.max_threads = 1});
  WatchOptions options = kNever;
  options.queue_after = kSoon;
  watchdog_.Watch("disk", executor, options);
  executor.Post([&] {
    begun.count_down();
    gate.wait();
  });
  begun.wait();
  for (int i = 0; i < 3; ++i) executor.Post([] {});
  const WatchdogReport report = reported_.Wait(
      Kind::kQueueStands, 0, [](const auto& one) { return one.count == 3; });
  gate.count_down();
  executor.Drain();
  EXPECT_EQ(report.executor, "disk");
  EXPECT_EQ(report.count, 3u);
  EXPECT_THAT(report.ToString(),
              StartsWith("weft: watchdog: queue stands: disk, for "));
  watchdog_.Forget(executor);
}

// An engine that wakes no thread when work comes, as if the wake-up were lost.
class LosingEngine final : public executor_internal::Engine,
                           private executor_internal::EngineThreads {
 public:
  LosingEngine() : Engine(ExecutorOptions{}, *this, Forks::kInline) {}

  void RunAll() {
    while (executor_internal::Job* const job = queue_.PopOldest()) {
      RunHere(*job);
    }
  }
  void QueueFork(executor_internal::Job& job) noexcept override {
    queue_.Push(job);
  }
  // The watchdog's thread asks.
  QueuedTasks CountQueued() const noexcept override { return {}; }

 private:
  void Reserve() override {}
  Accepted Accept(executor_internal::QueuePosition) noexcept override {
    return Enter(CallerHere()) ? Accepted::kToQueue : Accepted::kNo;
  }
  void Push(executor_internal::QueuedTask& task,
            executor_internal::QueuePosition) override {
    queue_.Push(task);
  }
  std::size_t DropQueued() noexcept override { return 0; }
  void WaitUntilLeft() noexcept override {}
  int worker() const noexcept override { return -1; }
  int concurrency() const noexcept override { return 1; }
  bool CanGoOn() const noexcept override { return true; }
  void Reconsider() noexcept override {}
  ThreadStats stats() const noexcept override { return {.idle = 1}; }
  [[noreturn]] void ThrowWaitLimit() const override {
    throw std::logic_error("no wait comes here");
  }

  executor_internal::JobQueue queue_;
};
class LosingExecutor : public Executor {
 public:
  LosingExecutor() : Executor(std::make_shared<LosingEngine>()) {}
  void RunAll() { static_cast<LosingEngine&>(engine()).RunAll(); }
};

TEST_F(WatchdogTest, NamesWorkThatIsLost) {
  LosingExecutor executor;
  WatchOptions options = kNever;
  options.queue_after = kSoon;
  watchdog_.Watch("http", executor, options);
  executor.Post([] {});
  const WatchdogReport report = reported_.Wait(Kind::kLostWork);
  executor.RunAll();
  EXPECT_EQ(report.count, 1u);
  EXPECT_THAT(report.ToString(), HasSubstr("; 1 task is queued there\n"));
  watchdog_.Forget(executor);
}

TEST_F(WatchdogTest, NamesTasksThatMissTheirDeadline) {
  ManualExecutor executor;
  WatchOptions options = kNever;
  options.missed_deadlines = 1;
  watchdog_.Watch("http", executor, options);
  {
    const DeadlineScope scope{Deadline::At(executor.now() + milliseconds(1))};
    executor.Post([] {}, here_);
  }
  executor.Stall(seconds(1));
  executor.RunAll();
  const WatchdogReport report = reported_.Wait(Kind::kMissedDeadlines);
  EXPECT_EQ(report.count, 1u);
  ASSERT_FALSE(report.backtrace.empty());
  EXPECT_EQ(report.backtrace.site().where.line(), here_.line());
  EXPECT_THAT(report.ToString(),
              StartsWith("weft: watchdog: missed deadlines: 1 of http\n"));
  watchdog_.Forget(executor);
}

TEST_F(WatchdogTest, NamesATaskThatSubmitsItselfForEver) {
  Executor executor({.concurrency = 1});
  WatchOptions options = kNever;
  options.loop_after = kSoon;
  watchdog_.Watch("http", executor, options);
  std::atomic<bool> ends = false;
  std::function<void()> again = [&] {
    // relaxed: one of the next runs sees it.
    if (!ends.load(std::memory_order_relaxed))
      executor.Post([&] { again(); }, here_);
  };
  executor.Post([&] { again(); });
  const WatchdogReport report = reported_.Wait(Kind::kLoop);
  ends.store(true, std::memory_order_relaxed);  // relaxed: as above
  executor.Drain();
  EXPECT_GE(report.count, 100u);
  EXPECT_TRUE(report.backtrace.site().repeats);
  EXPECT_EQ(report.backtrace.site().where.line(), here_.line());
  EXPECT_THAT(report.ToString(), HasSubstr(" times\n  TASK from "));
  watchdog_.Forget(executor);
}

// What is too much for a minute is counted, and told with the next report.
TEST_F(WatchdogTest, AFewReportsAMinute) {
  Watchdog few({.on_report = [](const WatchdogReport&) {},
                .reports_per_minute = 2,
                .interval = milliseconds(1)});
  std::latch gate(1);
  Executor executor({.concurrency = 1});
  WatchOptions options = kNever;
  options.stuck_after = milliseconds(1);
  few.Watch("http", executor, options);
  executor.Post([&] { gate.wait(); });
  while (few.found() < 4) std::this_thread::yield();
  gate.count_down();
  EXPECT_EQ(few.Reports().size(), 2u);
}

TEST_F(WatchdogTest, APlaceIsUsedAgain) {
  std::list<ManualExecutor> executors(Watchdog::kMaxWatched + 1);
  for (int round = 0; round < 3; ++round) {
    for (auto at = executors.begin(); at != std::prev(executors.end()); ++at) {
      watchdog_.Watch("one", *at, kNever);
    }
    EXPECT_THROW(watchdog_.Watch("one", executors.back(), kNever),
                 std::length_error);
    for (const ManualExecutor& executor : executors) {
      watchdog_.Forget(executor);
    }
  }
  EXPECT_THROW(Watchdog({.interval = nanoseconds(0)}), std::invalid_argument);
}

// In a child there is no thread to look, and the watchdog can be destroyed.
TEST_F(WatchdogTest, AChildIsWithoutIt) {
  auto watchdog = std::make_unique<Watchdog>();
  Executor executor({.concurrency = 1});
  watchdog->Watch("http", executor);
  EXPECT_EQ(tests::InChild([&] { watchdog.reset(); }), 0);
}

TEST_F(WatchdogTest, BelowFlightNothingIsReported) {
  SetLevel(Level::kCounters);
  LosingExecutor executor;
  WatchOptions options = kNever;
  options.queue_after = nanoseconds(1);
  watchdog_.Watch("http", executor, options);
  executor.Post([] {});
  executor.RunAll();
  // What comes at this level, and before a report of the next, is not told.
  SetLevel(Level::kFlight);
  executor.Post([] {});
  EXPECT_EQ(reported_.Wait(Kind::kLostWork).count, 1u);
  executor.RunAll();
  watchdog_.Forget(executor);
}

// A strand, a blocking executor and one with so many workers.
class Load {
 public:
  explicit Load(int workers) : executor({.concurrency = workers}) {}

  // Waits, forks, strands, tasks that block, are dropped, or set a timer.
  void Run() {
    TaskGroup group(executor);
    for (int i = 0; i < 50; ++i) {
      group.Run([&] {
        Join([] {}, [] {});
        strand.Post([] {});
        executor.Defer([] {});
        timers_set_.Add();
        executor.PostAfter(nanoseconds(0), [&] { timers_run_.Add(); });
        disk.Submit([] {}).Then([] {}).Get();
      });
    }
    {
      const DeadlineScope scope{Deadline::At(std::chrono::steady_clock::now())};
      executor.Post([] {});
    }
    {
      TaskGroup cancelled(executor);
      for (int i = 0; i < 10; ++i) cancelled.Run([] {});
      cancelled.Cancel();
      cancelled.Wait();
    }
    group.Wait();
  }
  void Drain() {
    // A timer that is not due yet is not waited for.
    while (timers_run_.get() != timers_set_.get()) std::this_thread::yield();
    executor.Drain();
    strand.Drain();
    disk.Drain();
    executor.Drain();
  }

 private:
  tests::Count timers_set_;
  tests::Count timers_run_;

 public:
  Executor executor;
  SerialExecutor strand{executor};
  BlockingExecutor disk{{.max_threads = 2}};
};

// One that reports promises that are not settled soon.
class UnsettledTest : public WatchdogTest {
 protected:
  // Waits for the report of that promise.
  WatchdogReport WaitFor(AsyncId promise) {
    return settled_.Wait(Kind::kUnsettledFuture, promise);
  }

  Reported settled_;
  Watchdog unsettled_{{.on_report = settled_.Keep(),
                       .reports_per_minute = 1000,
                       .interval = milliseconds(2),
                       .unsettled_after = kSoon}};
};

TEST_F(UnsettledTest, NamesAPromiseAndTheContinuation) {
  ManualExecutor executor;
  Promise<int> promise(executor, here_);
  const Location then = Location::current();
  const Future<void> end = promise.GetFuture().Then([](int) {}, then);
  const WatchdogReport report = WaitFor(promise.async_id());
  EXPECT_EQ(report.executor, "");
  EXPECT_EQ(report.async_id, promise.async_id());
  EXPECT_GE(report.duration, kSoon);
  EXPECT_EQ(report.backtrace.site().where.line(), here_.line());
  EXPECT_EQ(report.waiting, 1u);
  ASSERT_THAT(report.waiters, SizeIs(1));
  EXPECT_EQ(report.waiters[0].site().type, "CONTINUATION");
  EXPECT_EQ(report.waiters[0].site().where.line(), then.line());
  const std::string text = report.ToString();
  EXPECT_THAT(text, StartsWith("weft: watchdog: unsettled future: PROMISE " +
                               std::to_string(promise.async_id()) + ", for "));
  EXPECT_THAT(text, HasSubstr("  1 waits for it:\n    CONTINUATION from "));
  promise.SetValue(1);
  executor.RunAll();
}

TEST_F(UnsettledTest, NamesACoroutineThatAwaitsIt) {
  for (const int workers : {1, 2, 8}) {
    Executor executor({.concurrency = workers});
    Promise<int> promise(executor, here_);
    const auto await = [](Future<int> future) -> Task<int> {
      co_return co_await std::move(future);
    };
    Future<int> end = Spawn(executor, await(promise.GetFuture()));
    const WatchdogReport report = WaitFor(promise.async_id());
    EXPECT_EQ(report.waiting, 1u);
    ASSERT_THAT(report.waiters, SizeIs(1));
    EXPECT_EQ(report.waiters[0].site().type, "COROUTINE");
    promise.SetValue(workers);
    EXPECT_EQ(end.Get(), workers);
  }
}

TEST_F(UnsettledTest, NamesAThreadThatWaitsForIt) {
  for (const int workers : {1, 2, 8}) {
    Executor executor({.concurrency = workers});
    Executor other({.concurrency = 1});
    WatchOptions options = kNever;
    options.wait_after = kSoon;
    watchdog_.Watch("http", executor, options);
    const Location made = Location::current();
    Promise<void> promise(other, made);
    Future<void> future = promise.GetFuture();
    executor.Post([&] { future.Wait(); }, here_);
    const WatchdogReport report = WaitFor(promise.async_id());
    EXPECT_EQ(report.backtrace.site().where.line(), made.line());
    ASSERT_THAT(report.waiters, SizeIs(1));
    EXPECT_EQ(report.waiters[0].site().where.line(), here_.line());
    // The wait is reported with the promise.
    const WatchdogReport wait =
        reported_.WaitFor([&](const WatchdogReport& found) {
          return found.kind == Kind::kLongWait &&
                 found.awaited_id == promise.async_id();
        });
    EXPECT_EQ(wait.awaited.site().where.line(), made.line());
    EXPECT_THAT(
        wait.ToString(),
        HasSubstr("  it waits for " + std::to_string(promise.async_id()) +
                  ", which nobody settles:\n    PROMISE from "));
    promise.SetValue();
    executor.Drain();
    watchdog_.Forget(executor);
  }
}

// What nobody waits for is nobody's loss.
TEST_F(UnsettledTest, APromiseWithoutAWaiterIsNotReported) {
  ManualExecutor executor;
  Promise<int> alone(executor);
  const Future<int> kept = alone.GetFuture();
  Promise<int> awaited(executor);
  const Future<void> end = awaited.GetFuture().Then([](int) {});
  WaitFor(awaited.async_id());
  for (const WatchdogReport& report : unsettled_.Reports()) {
    EXPECT_NE(report.async_id, alone.async_id());
  }
  awaited.SetValue(1);
  alone.SetValue(1);
  executor.RunAll();
}

// A task that runs on is named with what waits for its result.
TEST_F(WatchdogTest, NamesWhatWaitsForATask) {
  std::latch gate(1);
  Executor executor({.concurrency = 1});
  WatchOptions options = kNever;
  options.stuck_after = kSoon;
  Future<void> end;
  end = executor.Submit([&] { gate.wait(); }).Then([] {}, here_);
  watchdog_.Watch("http", executor, options);
  const WatchdogReport report = reported_.Wait(Kind::kStuckTask);
  gate.count_down();
  end.Get();
  EXPECT_EQ(report.waiting, 1u);
  ASSERT_THAT(report.waiters, SizeIs(1));
  EXPECT_EQ(report.waiters[0].site().where.line(), here_.line());
  watchdog_.Forget(executor);
}

TEST_F(WatchdogTest, NamesABrokenPromise) {
  ManualExecutor executor;
  WatchOptions options = kNever;
  options.broken_promises = 1;
  watchdog_.Watch("http", executor, options);
  Future<int> unused;
  {
    Promise<int> nobody_looks(executor);
    Promise<int> without_future(executor);
    static_cast<void>(nobody_looks.GetFuture());
  }
  Future<void> end;
  const Location then = Location::current();
  {
    Promise<int> promise(executor, here_);
    end = promise.GetFuture().Then([](int) {}, then);
  }
  const WatchdogReport report = reported_.Wait(Kind::kBrokenPromise);
  EXPECT_EQ(report.executor, "http");
  EXPECT_EQ(report.count, 1u);
  EXPECT_EQ(report.backtrace.site().type, "PROMISE");
  EXPECT_EQ(report.backtrace.site().where.line(), here_.line());
  ASSERT_THAT(report.waiters, SizeIs(1));
  EXPECT_EQ(report.waiters[0].site().where.line(), then.line());
  EXPECT_THAT(report.ToString(),
              StartsWith("weft: watchdog: broken promise: 1 of http\n"));
  EXPECT_THAT(report.ToString(), HasSubstr("  one that waited:\n"));
  executor.RunAll();
  EXPECT_THROW(end.Get(), BrokenPromiseError);
  watchdog_.Forget(executor);
}

TEST_F(WatchdogTest, NamesADroppedContinuation) {
  auto executor = std::make_unique<Executor>(ExecutorOptions{.concurrency = 1});
  Executor other({.concurrency = 1});
  WatchOptions options = kNever;
  options.dropped_continuations = 1;
  Promise<int> promise(*executor);
  Future<void> end = promise.GetFuture().Then([](int) {}, here_);
  watchdog_.Watch("http", *executor, options);
  executor->Shutdown(OnShutdown::kStop);
  promise.SetValue(1);
  const WatchdogReport report = reported_.Wait(Kind::kDroppedContinuation);
  EXPECT_EQ(report.executor, "http");
  EXPECT_EQ(report.count, 1u);
  EXPECT_EQ(report.backtrace.site().where.line(), here_.line());
  EXPECT_THROW(end.Get(), ShutdownError);
  watchdog_.Forget(*executor);
}

// What is settled, given up, dropped or has run is not open any more.
TEST_F(WatchdogTest, NothingStaysOpen) {
  for (const int workers : {1, 2, 8}) {
    Executor executor({.concurrency = workers});
    const auto await = [](Future<int> future) -> Task<int> {
      co_return co_await std::move(future);
    };
    for (int round = 0; round < StressRounds(100); ++round) {
      TaskGroup group(executor);
      for (int i = 0; i < 20; ++i) {
        group.Run([&] {
          Promise<int> promise(executor);
          Future<int> chained =
              promise.GetFuture().Then([](int value) { return value; });
          Future<int> coroutine = Spawn(executor, await(std::move(chained)));
          {
            Promise<int> broken(executor);
            static_cast<void>(broken.GetFuture().Then([](int) {}));
          }
          promise.SetValue(7);
          EXPECT_EQ(coroutine.Get(), 7);
        });
      }
      group.Wait();
    }
    executor.Drain();
    EXPECT_THAT(observe_internal::ReadWatchedPromises(), SizeIs(0));
    EXPECT_THAT(observe_internal::ReadWatchedWaiters(), SizeIs(0));
  }
}

// What has been queued has begun, or was dropped, when nothing is pending.
TEST_F(WatchdogTest, NothingStaysQueued) {
  observe_internal::StartWatchBoard();
  for (const int workers : {1, 2, 8}) {
    Load load(workers);
    std::vector<std::size_t> places;
    for (const Executor* executor :
         {&load.executor, static_cast<Executor*>(&load.strand),
          static_cast<Executor*>(&load.disk)}) {
      const auto place =
          observe_internal::TakeWatchPlace(executor->stats().number);
      ASSERT_TRUE(place.has_value());
      places.push_back(*place);
    }
    for (int round = 0; round < 20; ++round) load.Run();
    load.Drain();
    for (const std::size_t place : places) {
      const auto queue = observe_internal::ReadWatchedQueue(place);
      EXPECT_GT(queue.begun, 0u);
      EXPECT_EQ(queue.queued, 0u) << workers;
      EXPECT_EQ(queue.oldest, 0u) << workers;
      observe_internal::GiveWatchPlaceBack(place);
    }
  }
}

// Reads all that threads note while they note it, and while levels change.
TEST(WatchdogStressTest, ReadsWhileTasksRun) {
  Reported reported;
  Watchdog watchdog({.on_report = reported.Keep(),
                     .reports_per_minute = 1'000'000,
                     .interval = nanoseconds(1)});
  const AsyncLocalStorage<int> request(
      {.name = "request", .label = Visibility::kLog});
  for (int round = 0; round < StressRounds(10); ++round) {
    Executor executor({.concurrency = 2});
    WatchOptions options;
    options.stuck_after = options.wait_after = options.queue_after =
        options.loop_after = nanoseconds(1);
    watchdog.Watch("http", executor, options);
    SetLevel(round % 3 == 0 ? Level::kFlight : Level::kFull);
    TaskGroup group(executor);
    for (int i = 0; i < 200; ++i) {
      request.Run(i, [&] {
        group.Run([&] {
          executor.Post([] {});
          executor.Submit([] {}).Get();
        });
      });
    }
    group.Wait();
    executor.Drain();
    watchdog.Forget(executor);
    SetLevel(Level::kOff);
  }
  for (const WatchdogReport& report : watchdog.Reports()) {
    EXPECT_EQ(report.executor, "http");
    for (const auto& [name, text] : report.labels) {
      EXPECT_EQ(name, "request");
      EXPECT_LT(std::stoi(text), 200);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Workers, NativeStackTest, testing::Values(1, 2, 8));

}  // namespace
}  // namespace weft::observe
