// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs, their queues and workers, on executors of 1, 2 and 8 workers, and the
// engine in process.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/jobs/engine_conformance.h"
#include "tests/jobs/job_fixture.h"
#include "tests/support/allocations.h"
#include "tests/support/count.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/context/shield_scope.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/bounded_options.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/sync/async_event.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/errors.h"
#include "weft/jobs/in_process.h"
#include "weft/jobs/job.h"
#include "weft/jobs/job_queue.h"
#include "weft/jobs/job_type.h"
#include "weft/jobs/job_worker.h"
#include "weft/observe/level.h"
#include "weft/observe/trace/flight_recorder.h"
#include "weft/observe/trace/recording.h"
#include "weft/pipelines/job_graph.h"
#include "weft/pipelines/pipeline.h"
#include "weft/pipelines/pipeline_options.h"
#include "weft/pipelines/stage_mode.h"
#include "weft/propagation/propagator.h"
#include "weft/propagation/trace_context.h"

namespace weft::jobs {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using tests::Count;

using namespace std::chrono_literals;

class JobsTest : public JobFixture, public testing::WithParamInterface<int> {
 protected:
  JobsTest() : JobFixture(GetParam()), engine(executor) {}

  InProcess engine;
};
INSTANTIATE_TEST_SUITE_P(Workers, JobsTest, testing::Values(1, 2, 8),
                         testing::PrintToStringParamName());

INSTANTIATE_TEST_SUITE_P(
    InProcess, EngineConformance,
    testing::ValuesIn(CasesOf("in_process",
                              [](Executor& executor) {
                                return std::make_unique<InProcess>(executor);
                              })),
    [](const auto& it) { return it.param.name; });

TEST_P(JobsTest, ATraceGoesOnOrIsLinked) {
  const auto seen = [&](Trust trust) {
    JobWorkerOptions options;
    options.trust = trust;
    JobWorker worker(engine, executor, propagator, options);
    worker.Handle(kEcho, [](const std::string&) {
      std::string text = TraceContext::Current()->trace_id().ToHex();
      const TraceContext* const link = TraceContext::LinkStorage().GetStore();
      return text + (link != nullptr ? " " + link->trace_id().ToHex() : "");
    });
    worker.Start();
    JobQueue queue(engine, executor, propagator);
    return queue.Submit(kEcho, "").Get();
  };
  const TraceContext trace = TraceContext::New();
  const std::string id = trace.trace_id().ToHex();
  TraceContext::Storage().Run(trace, [&] {
    EXPECT_EQ(seen(Trust::kContinue), id);
    const std::string linked = seen(Trust::kLink);
    EXPECT_THAT(linked, HasSubstr(" " + id));
    EXPECT_EQ(linked.find(id), linked.size() - id.size());
  });
}

TEST_P(JobsTest, WhatNobodyCanDoIsGivenUp) {
  JobWorker worker(engine, executor, propagator);
  worker.Handle(kDouble, [](Number number) { return number; });
  worker.Handle(kPing, [] {});
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  EXPECT_THAT(FailureOf(queue.Submit(kEcho, "")).reason(),
              HasSubstr("no handler for jobs of type 'echo'; this worker has "
                        "some for: 'double' 'ping'"));
  constexpr JobType<std::string, std::string> kMalformed("double");
  EXPECT_THAT(FailureOf(queue.Submit(kMalformed, "x")).reason(),
              HasSubstr("no number"));
}

TEST_P(JobsTest, AResultIsForgottenInTime) {
  InProcess forgetful(executor, {.remember_at_most = 1});
  Count runs;
  JobWorker worker(forgetful, executor, propagator);
  worker.Handle(kPing, [&] { runs.Add(); });
  worker.Start();
  JobQueue queue(forgetful, executor, propagator);
  for (const char* const id : {"a", "b", "b", "a"}) {
    queue.Submit(kPing, {.dedup_id = id}).Get();
  }
  EXPECT_EQ(runs.get(), 3);
}

TEST_P(JobsTest, ResultsAreForgottenByTheirBytes) {
  // Room for two of the three, each with an id of a byte.
  InProcess forgetful(executor, {.remember_bytes = 2 * 101});
  Count runs;
  JobWorker worker(forgetful, executor, propagator);
  worker.Handle(kEcho, [&](const std::string& text) {
    runs.Add();
    return text;
  });
  worker.Start();
  JobQueue queue(forgetful, executor, propagator);
  const auto submit = [&](const char* id, std::size_t bytes) {
    queue.Submit(kEcho, std::string(bytes, 'x'), {.dedup_id = id}).Get();
  };
  for (const char* const id : {"a", "b", "c", "b", "c"}) submit(id, 100);
  EXPECT_EQ(runs.get(), 3);
  submit("a", 100);
  EXPECT_EQ(runs.get(), 4);
  // One that alone is too large is not remembered, and the others are.
  submit("d", 300);
  submit("d", 300);
  submit("a", 100);
  EXPECT_EQ(runs.get(), 6);
}

// Gives an engine a place, and keeps the lease that comes.
class OneLease : public Engine::Consumer {
 public:
  void Deliver(std::unique_ptr<Lease> it) noexcept override {
    lease = std::move(it);
  }
  std::unique_ptr<Lease> lease;
};

// Calls `fn(n)` for n = 0, 1, ..., until it returns false: there is no n-th
// allocation that could fail.
void WithEachAllocationFailing(const std::function<bool(int n)>& fn) {
  int failed = 0;
  for (int n = 0; fn(n); ++n) ++failed;
  EXPECT_GT(failed, 0);
}

// Returns whether it threw std::bad_alloc.
bool ThrowsBadAlloc(int n, const std::function<void()>& call) {
  tests::FailAllocation(n);
  try {
    call();
  } catch (const std::bad_alloc&) {
    tests::FailAllocation(-1);
    return true;
  }
  tests::FailAllocation(-1);
  return false;
}

TEST(JobMemoryTest, ASubmissionThatFailsIsNoJob) {
  WithEachAllocationFailing([](int n) {
    int ends = 0;
    ManualExecutor executor;
    InProcess engine(executor);
    const auto consumer = std::make_shared<OneLease>();
    const auto subscription =
        engine.Subscribe(consumer, {.time = 1h, .max_attempts = 3});
    subscription->Request(1);
    const DeadlineScope limited(Deadline::In(10h));
    const Job job{.id = {},
                  .type = "a type that is longer than a small string",
                  .payload = std::string(100, 'x'),
                  .headers = {}};
    const JobOptions options{.dedup_id = "an id that is longer than a string"};
    const bool has_failed = ThrowsBadAlloc(
        n, [&] { engine.Submit(job, options, [&](JobEnd) { ++ends; }); });
    const JobCounts counts = engine.counts();
    EXPECT_EQ(counts.submitted, has_failed ? 0 : 1);
    EXPECT_EQ(counts.pending, has_failed ? 0 : 1);
    if (has_failed) {
      EXPECT_EQ(consumer->lease, nullptr);
      engine.Submit(job, options, [&](JobEnd) { ++ends; });
    }
    // What could not be delivered comes with the next call.
    subscription->Request(0);
    EXPECT_NE(consumer->lease, nullptr);
    if (consumer->lease != nullptr) consumer->lease->Succeed("done");
    EXPECT_EQ(ends, 1);
    return has_failed;
  });
}

TEST(JobMemoryTest, AnEndThatFailsMayBeToldAgain) {
  const std::function<void(Lease&)> ends[] = {
      [](Lease& lease) { lease.Succeed(std::string(100, 'r')); },
      [](Lease& lease) { lease.GiveUp(std::string(100, 'r')); },
      [](Lease& lease) { lease.Expire(); },
      [](Lease& lease) { lease.Retry(0ns); }};
  for (const auto& end : ends) {
    WithEachAllocationFailing([&](int n) {
      int told = 0;
      ManualExecutor executor;
      InProcess engine(executor);
      const auto consumer = std::make_shared<OneLease>();
      const auto subscription =
          engine.Subscribe(consumer, {.time = 1h, .max_attempts = 3});
      subscription->Request(1);
      for (int i = 0; i < 2; ++i) {
        engine.Submit({.id = {}, .type = "t", .payload = {}, .headers = {}},
                      {.dedup_id = "an id that is longer than a string"},
                      [&](JobEnd) { ++told; });
      }
      const auto lease = std::move(consumer->lease);
      const bool has_failed = ThrowsBadAlloc(n, [&] { end(*lease); });
      if (has_failed) {
        EXPECT_EQ(told, 0);
        EXPECT_EQ(engine.counts().pending, 1);
        EXPECT_THAT(engine.TakeDeadLetters(9), SizeIs(0));
        end(*lease);
      }
      const JobCounts counts = engine.counts();
      EXPECT_EQ(counts.refused, 0);
      EXPECT_EQ(counts.submitted, 1);
      EXPECT_EQ(
          counts.succeeded + counts.failed + counts.expired + counts.pending,
          1);
      EXPECT_EQ(told, counts.pending == 1 ? 0 : 2);
      EXPECT_THAT(engine.TakeDeadLetters(9),
                  SizeIs(static_cast<std::size_t>(counts.failed)));
      return has_failed;
    });
  }
}

TEST_P(JobsTest, PriorityThenOrder) {
  JobQueue queue(engine, executor, propagator);
  std::vector<Future<std::string>> results;
  results.push_back(queue.Submit(kEcho, "c", {.priority = 0}));
  results.push_back(queue.Submit(kEcho, "d", {.priority = 0}));
  results.push_back(queue.Submit(kEcho, "e", {.priority = -1}));
  results.push_back(queue.Submit(kEcho, "a", {.priority = 9}));
  results.push_back(queue.Submit(kEcho, "b", {.priority = 9}));
  std::string order;  // by one at a time
  JobWorker worker(engine, executor, propagator, {.max_in_flight = 1});
  worker.Handle(kEcho, [&](const std::string& text) {
    order += text;
    return text;
  });
  worker.Start();
  for (auto& result : results) result.Get();
  EXPECT_EQ(order, "abcde");
}

// The stack does not grow with the queue.
TEST_P(JobsTest, AnExecutorThatRunsThemAtOnceMayDoMany) {
  constexpr int kMany = 20'000;
  std::binary_semaphore hold(0);  // outlives the task that waits for it
  Executor below({.concurrency = 1});
  BoundedExecutor at_once(
      below, {.capacity = 1, .when_full = weft::WhenFull::kRunInCaller});
  below.Post([&] { hold.acquire(); });  // so that it is full
  at_once.Post([] {});
  JobQueue queue(engine, executor, propagator, {.max_unfinished = kMany});
  std::vector<Future<std::string>> results;
  for (int i = 0; i < kMany; ++i) results.push_back(queue.Submit(kEcho, "x"));
  JobWorker worker(engine, at_once, propagator, {.max_in_flight = 1});
  worker.Handle(kEcho, [](std::string text) { return text; });
  worker.Start();
  for (auto& result : results) EXPECT_EQ(result.Get(), "x");
  hold.release();
}

TEST_P(JobsTest, AHandlerThatIsLateIsTold) {
  AsyncEvent never(executor);
  JobWorker worker(engine, executor, propagator);
  worker.Handle(kPing, [&]() -> Task<> { co_await never.Wait(); });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  std::optional<Future<void>> result;
  {
    const DeadlineScope scope(Deadline::In(20ms));
    result = queue.Submit(kPing);
  }
  EXPECT_THROW(result->Get(), DeadlineExceededError);
}

// An engine whose leases can be lost at will.
class Losing : public Engine {
 public:
  explicit Losing(Engine& below) : below_(below) {}
  void Submit(Job job, const JobOptions& options,
              std::function<void(JobEnd)> ended) override {
    below_.Submit(std::move(job), options, std::move(ended));
  }
  std::unique_ptr<Subscription> Subscribe(
      std::shared_ptr<Consumer> consumer,
      const LeaseOptions& options) override {
    return below_.Subscribe(std::make_shared<Between>(std::move(consumer)),
                            options);
  }
  std::size_t max_bytes() const noexcept override { return below_.max_bytes(); }
  JobCounts counts() const override { return below_.counts(); }
  std::vector<DeadLetter> TakeDeadLetters(std::size_t at_most) override {
    return below_.TakeDeadLetters(at_most);
  }

 private:
  struct LostLease : Lease {
    explicit LostLease(std::unique_ptr<Lease> its_lease)
        : lease(std::move(its_lease)) {}
    const Job& job() const noexcept override { return lease->job(); }
    bool Renew() noexcept override {
      return job().attempt > 1 && lease->Renew();
    }
    bool Succeed(std::string result) override {
      return lease->Succeed(std::move(result));
    }
    bool Retry(Duration pause) override { return lease->Retry(pause); }
    bool GiveUp(const std::string& reason) override {
      return lease->GiveUp(reason);
    }
    bool Expire() override { return lease->Expire(); }
    // The engine sees that the time has run out.
    bool Return() noexcept override {
      return lease->Retry(std::chrono::nanoseconds(0)) && false;
    }
    std::unique_ptr<Lease> lease;
  };
  struct Between : Consumer {
    explicit Between(std::shared_ptr<Consumer> its_consumer)
        : consumer(std::move(its_consumer)) {}
    void Deliver(std::unique_ptr<Lease> lease) noexcept override {
      consumer->Deliver(std::make_unique<LostLease>(std::move(lease)));
    }
    std::shared_ptr<Consumer> consumer;
  };

  Engine& below_;
};

TEST_P(JobsTest, AHandlerIsCancelledWhenItsLeaseIsLost) {
  Losing losing(engine);
  AsyncEvent never(executor);
  JobWorker worker(losing, executor, propagator, {.lease = 30ms});
  std::atomic<int> begun{0};
  Count cancelled;
  worker.Handle(kPing, [&]() -> Task<> {
    // relaxed: it only tells the first run from the others.
    if (begun.fetch_add(1, std::memory_order_relaxed) == 0) {
      try {
        co_await never.Wait();
      } catch (const CancelledError&) {
        cancelled.Add();
        throw;
      }
    }
  });
  worker.Start();
  JobQueue queue(losing, executor, propagator);
  queue.Submit(kPing).Get();
  worker.Stop();
  // relaxed: Stop() orders. It is more if a later lease ran out as well.
  EXPECT_GE(begun.load(std::memory_order_relaxed), 2);
  EXPECT_EQ(cancelled.get(), 1);
}

// A job and its end are messages, each sent and received, by the same id.
TEST_P(JobsTest, AJobIsAMessageInATrace) {
  [[maybe_unused]] static const bool is_started = [] {
    observe::StartFlightRecorder({.ring_bytes = 1 << 14});
    return true;
  }();
  JobWorker worker(engine, executor, propagator, kAtOnce);
  int runs = 0;
  worker.Handle(kEcho, [&](const std::string& text) {
    if (text == "twice" && ++runs == 1) throw std::runtime_error("again");
    return text;
  });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  EXPECT_EQ(queue.Submit(kEcho, "unrecorded").Get(), "unrecorded");
  observe::SetLevel(observe::Level::kFlight);
  EXPECT_EQ(queue.Submit(kEcho, "twice").Get(), "twice");
  worker.Stop();
  observe::SetLevel(observe::Level::kOff);
  std::map<std::uint64_t, std::string> seen;  // what is told of each id
  std::vector<const observe::Record*> messages;
  const observe::Recording recording = observe::TakeSnapshot();
  for (const observe::RecordedThread& thread : recording.threads) {
    for (const observe::Record& record : thread.records) {
      if (record.kind == observe::RecordKind::kSend ||
          record.kind == observe::RecordKind::kReceive) {
        messages.push_back(&record);
      }
    }
  }
  std::sort(messages.begin(), messages.end(),
            [](const auto* a, const auto* b) { return a->end < b->end; });
  // Other parameters of this test have left theirs.
  ASSERT_GE(messages.size(), 6u);
  const std::uint64_t id = messages[messages.size() - 6]->detail;
  for (const observe::Record* const record : messages) {
    if (record->detail != id && record->detail != ~id) continue;
    EXPECT_EQ(recording.sites[record->site].type, "JOB");
    seen[record->detail] +=
        record->kind == observe::RecordKind::kSend ? "s" : "r";
  }
  // It was begun twice, and ended twice; its end has come once.
  EXPECT_EQ(seen[id], "srr");
  EXPECT_EQ(seen[~id], "ssr");
}

TEST_P(JobsTest, AFullQueueRejectsOrWaits) {
  JobQueue rejects(engine, executor, propagator,
                   {.max_unfinished = 1, .when_full = WhenQueueFull::kReject});
  JobQueue waits(engine, executor, propagator, {.max_unfinished = 1});
  Future<std::string> first = rejects.Submit(kEcho, "1");
  EXPECT_THROW((void)rejects.Submit(kEcho, "2"), JobQueueFullError);
  Future<std::string> second = waits.Submit(kEcho, "3");
  {
    const DeadlineScope scope(Deadline::In(1ms));
    EXPECT_THROW((void)waits.Submit(kEcho, "4"), DeadlineExceededError);
  }
  Future<std::string> call = Spawn(executor, waits.Call(kEcho, "5"));
  JobWorker worker(engine, executor, propagator);
  worker.Handle(kEcho, [](std::string text) { return text; });
  worker.Start();
  EXPECT_EQ(call.Get(), "5");
  EXPECT_EQ(waits.Submit(kEcho, "6").Get(), "6");
  EXPECT_EQ(first.Get() + second.Get(), "13");
  EXPECT_EQ(engine.counts().submitted, 4);
}

TEST_P(JobsTest, OptionsOutOfRangeAreNamed) {
  const auto message = [](auto make) -> std::string {
    try {
      make();
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_THAT(message([&] { InProcess(executor, {.max_bytes = 0}); }),
              HasSubstr("InProcessOptions::max_bytes"));
  EXPECT_THAT(message([&] {
                JobWorker(engine, executor, propagator, {.max_in_flight = 0});
              }),
              HasSubstr("JobWorkerOptions::max_in_flight"));
  EXPECT_THAT(
      message([&] { JobWorker(engine, executor, propagator, {.lease = 0s}); }),
      HasSubstr("JobWorkerOptions::lease"));
  EXPECT_THAT(message([&] {
                JobQueue(engine, executor, propagator, {.max_unfinished = 0});
              }),
              HasSubstr("JobQueueOptions::max_unfinished"));
  JobQueue queue(engine, executor, propagator);
  EXPECT_THAT(message([&] { (void)queue.Submit(kPing, {.delay = -1s}); }),
              HasSubstr("JobOptions::delay"));
  EXPECT_THAT(message([&] { (void)queue.Submit(kPing, {.dedup_id = "#1"}); }),
              HasSubstr("JobOptions::dedup_id"));
  EXPECT_THAT(message([&] { (void)queue.Submit(kPing, {.dedup_id = "a b"}); }),
              HasSubstr("JobOptions::dedup_id"));
  const std::string name = "a b";
  EXPECT_THAT(message([&] { JobType<void, void> type(name); }),
              HasSubstr("'a b'"));
  JobWorker worker(engine, executor, propagator);
  worker.Handle(kPing, [] {});
  EXPECT_THAT(message([&] { worker.Handle(kPing, [] {}); }),
              HasSubstr("'ping'"));
  worker.Start();
  EXPECT_THROW(worker.Start(), std::logic_error);
  EXPECT_THROW(worker.Handle(kEcho, [](std::string text) { return text; }),
               std::logic_error);
  EXPECT_EQ(engine.counts().submitted, 0);
}

// Stages and nodes that are done elsewhere: in order, and each in the context
// of its item.
TEST_P(JobsTest, APipelineAndAGraphHaveRemoteParts) {
  constexpr int kItems = 200;
  JobWorker worker(engine, executor, propagator, kAtOnce);
  worker.Handle(kEcho, [](const std::string& text) {
    return text + " of " + TenantHere();
  });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  int taken = 0;
  std::vector<std::string> seen;
  auto pipeline =
      Pipeline("read",
               [&]() -> std::optional<std::string> {
                 if (taken == kItems) return std::nullopt;
                 tenant.EnterWith("t" + std::to_string(taken));
                 return std::to_string(taken++);
               })
          .Then(StageMode::kParallel, "echo", Remote(queue, kEcho))
          .Then(StageMode::kSerialInOrder, "keep", [&](std::string text) {
            seen.push_back(text + ", " + TenantHere());
          });
  const PipelineResult result = pipeline.Run(executor, {.tokens = 8});
  EXPECT_EQ(result.items, static_cast<std::size_t>(kItems));
  ASSERT_THAT(seen, SizeIs(kItems));
  for (int i = 0; i < kItems; ++i) {
    const std::string number = std::to_string(i);
    EXPECT_EQ(seen[static_cast<std::size_t>(i)],
              number + " of t" + number + ", t" + number);
  }

  std::string first;
  std::string second;
  JobGraph graph;
  graph.Add("first", [&] { first = queue.Submit(kEcho, "a").Get(); });
  graph.Add("second", {"first"},
            [&] { second = queue.Submit(kEcho, first).Get(); });
  tenant.Run("ada", [&] { graph.Run(executor); });
  EXPECT_EQ(second, "a of ada of ada");
}

}  // namespace
}  // namespace weft::jobs
