// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs from their submission to their end, on executors of 1, 2 and 8 workers.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
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

// A value that says how it crosses.
struct Number {
  std::string Encode() const { return std::to_string(value); }
  static Number Decode(std::string_view bytes) {
    if (bytes.empty() ||
        bytes.find_first_not_of("0123456789") != std::string_view::npos) {
      throw NotWorthRetryingError("no number");
    }
    return {std::stoi(std::string(bytes))};
  }
  int value = 0;
};

constexpr JobType<std::string, std::string> kEcho("echo");
constexpr JobType<Number, Number> kDouble("double");
constexpr JobType<void, void> kPing("ping");

const AsyncLocalStorage<std::string> tenant({.name = "tenant"});
const AsyncLocalStorage<std::string> secret({.name = "secret"});

std::string TenantHere() {
  const std::string* const store = tenant.GetStore();
  return store != nullptr ? *store : "nobody";
}

std::optional<std::string> DecodeTenant(std::string_view text) {
  return std::string(text);
}

// Repeats what fails at once.
const JobWorkerOptions kAtOnce{
    .retry = {.max_attempts = 3, .first_pause = 0ns, .longest_pause = 0ns}};

class JobsTest : public testing::TestWithParam<int> {
 protected:
  JobsTest() : executor({.concurrency = GetParam()}), engine(executor) {
    propagator.Add(tenant, {.name = "test-tenant",
                            .encode = [](const std::string& t) { return t; },
                            .decode = DecodeTenant});
  }

  Executor executor;
  Propagator propagator;
  InProcess engine;
};
INSTANTIATE_TEST_SUITE_P(Workers, JobsTest, testing::Values(1, 2, 8),
                         testing::PrintToStringParamName());

TEST_P(JobsTest, AResultComesBack) {
  JobWorker worker(engine, executor, propagator);
  worker.Handle(kEcho, [](std::string text) { return text + "!"; });
  worker.Handle(kDouble, [&](Number number) -> Task<Number> {
    co_await executor.Schedule();
    co_return Number{2 * number.value};
  });
  Count pings;
  worker.Handle(kPing, [&] { pings.Add(); });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  EXPECT_EQ(queue.Submit(kEcho, "hello").Get(), "hello!");
  EXPECT_EQ(queue.Submit(kDouble, Number{21}).Get().value, 42);
  queue.Submit(kPing).Get();
  EXPECT_EQ(pings.get(), 1);
  const auto call = [&]() -> Task<int> {
    const Number doubled = co_await queue.Call(kDouble, Number{4});
    co_return doubled.value;
  };
  EXPECT_EQ(Spawn(executor, call()).Get(), 8);
  const JobCounts counts = engine.counts();
  EXPECT_EQ(counts.submitted, 4);
  EXPECT_EQ(counts.succeeded, 4);
  EXPECT_EQ(counts.pending, 0);
  EXPECT_EQ(queue.unfinished(), 0u);
}

TEST_P(JobsTest, WhatTravelsIsThereAndNothingElse) {
  JobWorker worker(engine, executor, propagator);
  worker.Handle(kEcho, [](const std::string&) {
    return TenantHere() + (secret.GetStore() != nullptr ? " and more" : "");
  });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  secret.Run("pin", [&] {
    std::vector<Future<std::string>> results;
    for (int i = 0; i < 100; ++i) {
      tenant.Run("t" + std::to_string(i),
                 [&] { results.push_back(queue.Submit(kEcho, "")); });
    }
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(results[static_cast<std::size_t>(i)].Get(),
                "t" + std::to_string(i));
    }
    EXPECT_EQ(queue.Submit(kEcho, "").Get(), "nobody");
  });
}

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

TEST_P(JobsTest, AFailureIsTriedAgain) {
  std::vector<int> attempts;
  JobWorker worker(engine, executor, propagator, kAtOnce);
  worker.Handle(kEcho, [&](const std::string&) -> std::string {
    attempts.push_back(static_cast<int>(attempts.size()) + 1);
    if (attempts.size() < 3) throw std::runtime_error("not yet");
    return "done";
  });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  EXPECT_EQ(queue.Submit(kEcho, "").Get(), "done");
  EXPECT_THAT(attempts, ElementsAre(1, 2, 3));
  EXPECT_EQ(engine.counts().redelivered, 2);
  EXPECT_THAT(engine.TakeDeadLetters(10), SizeIs(0));
}

// Returns what the future throws.
JobFailedError FailureOf(Future<std::string> result) {
  try {
    ADD_FAILURE() << result.Get();
  } catch (const JobFailedError& error) {
    return error;
  }
  return JobFailedError("", "", 0, "");
}

TEST_P(JobsTest, TheLastFailureIsADeadLetterAndIsTold) {
  JobWorker worker(engine, executor, propagator, kAtOnce);
  worker.Handle(kEcho, [](const std::string& text) -> std::string {
    if (text == "poison") throw NotWorthRetryingError("never");
    throw std::runtime_error("no " + text);
  });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  const JobFailedError tried =
      FailureOf(queue.Submit(kEcho, "luck", {.dedup_id = "a"}));
  EXPECT_EQ(tried.job_id(), "a");
  EXPECT_EQ(tried.attempts(), 3);
  EXPECT_EQ(tried.reason(), "std::runtime_error: no luck");
  const JobFailedError poisoned = FailureOf(queue.Submit(kEcho, "poison"));
  EXPECT_EQ(poisoned.attempts(), 1);
  const std::vector<DeadLetter> dead = engine.TakeDeadLetters(10);
  ASSERT_THAT(dead, SizeIs(2));
  EXPECT_EQ(dead[0].job.id, "a");
  EXPECT_EQ(dead[0].job.payload, "luck");
  EXPECT_EQ(dead[0].job.attempt, 3);
  EXPECT_THAT(dead[1].reason, HasSubstr("never"));
  EXPECT_THAT(engine.TakeDeadLetters(10), SizeIs(0));
  EXPECT_EQ(engine.counts().failed, 2);
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

TEST_P(JobsTest, WhatIsTooLargeIsRefused) {
  InProcess small(executor, {.max_bytes = 3});
  JobWorker worker(small, executor, propagator);
  worker.Handle(kEcho, [](const std::string& text) { return text + text; });
  worker.Start();
  JobQueue queue(small, executor, propagator);
  EXPECT_THROW((void)queue.Submit(kEcho, "four"), JobTooLargeError);
  EXPECT_EQ(queue.unfinished(), 0u);
  EXPECT_EQ(queue.Submit(kEcho, "1").Get(), "11");
  EXPECT_EQ(FailureOf(queue.Submit(kEcho, "two")).reason(),
            "its result has 6 bytes; at most 3 are allowed");
}

TEST_P(JobsTest, AKnownJobIsNotRunAgain) {
  Count runs;
  AsyncEvent go_on(executor);
  JobWorker worker(engine, executor, propagator);
  worker.Handle(kEcho, [&](std::string text) -> Task<std::string> {
    runs.Add();
    co_await go_on.Wait();
    co_return text;
  });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  Future<std::string> first = queue.Submit(kEcho, "1", {.dedup_id = "same"});
  Future<std::string> second = queue.Submit(kEcho, "2", {.dedup_id = "same"});
  go_on.Set();
  EXPECT_EQ(first.Get(), "1");
  EXPECT_EQ(second.Get(), "1");
  EXPECT_EQ(queue.Submit(kEcho, "3", {.dedup_id = "same"}).Get(), "1");
  EXPECT_EQ(queue.Submit(kEcho, "4", {.dedup_id = "other"}).Get(), "4");
  EXPECT_EQ(runs.get(), 2);
  EXPECT_EQ(engine.counts().submitted, 2);
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

TEST_P(JobsTest, ADelayedJobBeginsLater) {
  JobWorker worker(engine, executor, propagator);
  std::chrono::steady_clock::time_point begun;
  worker.Handle(kPing, [&] { begun = std::chrono::steady_clock::now(); });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  const auto submitted = std::chrono::steady_clock::now();
  queue.Submit(kPing, {.delay = 30ms}).Get();
  EXPECT_GE(begun - submitted, 30ms);
}

TEST_P(JobsTest, ADeadlineCountsWhileAJobWaits) {
  JobQueue queue(engine, executor, propagator);
  std::optional<Future<std::string>> late;
  std::optional<Future<std::string>> early;
  {
    const DeadlineScope scope(Deadline::In(1ms));
    late = queue.Submit(kEcho, "late");
    while (!Deadline::Current().has_passed()) std::this_thread::yield();
  }
  {
    const DeadlineScope scope(Deadline::In(1h));
    early = queue.Submit(kEcho, "early");
  }
  std::vector<std::string> begun;
  JobWorker worker(engine, executor, propagator, {.max_in_flight = 1});
  worker.Handle(kEcho, [&](const std::string& text) {
    begun.push_back(text);
    const auto left = Deadline::Current().remaining();
    return left > 50min && left <= 1h ? "an hour" : "what?";
  });
  worker.Start();
  EXPECT_EQ(early->Get(), "an hour");
  EXPECT_THROW(late->Get(), DeadlineExceededError);
  EXPECT_THAT(begun, ElementsAre("early"));
  EXPECT_EQ(engine.counts().expired, 1);
}

// Nobody takes it.
TEST_P(JobsTest, AJobThatIsLateInTheQueueIsTold) {
  JobQueue queue(engine, executor, propagator);
  std::vector<Future<std::string>> results;
  {
    const DeadlineScope scope(Deadline::In(10ms));
    results.push_back(queue.Submit(kEcho, "queued"));
    results.push_back(queue.Submit(kEcho, "delayed", {.delay = 1h}));
  }
  for (auto& result : results) {
    EXPECT_THROW(result.Get(), DeadlineExceededError);
  }
  EXPECT_EQ(engine.counts().expired, 2);
  EXPECT_EQ(engine.counts().pending, 0);
  EXPECT_EQ(queue.unfinished(), 0u);
}

// It does not look at its deadline.
TEST_P(JobsTest, AJobThatRunsOnPastItsDeadlineIsTold) {
  AsyncEvent go_on(executor);
  JobWorker worker(engine, executor, propagator);
  worker.Handle(kEcho, [&](std::string text) -> Task<std::string> {
    const ShieldScope shield;
    co_await go_on.Wait();
    co_return text;
  });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  std::optional<Future<std::string>> result;
  {
    const DeadlineScope scope(Deadline::In(10ms));
    result = queue.Submit(kEcho, "x");
  }
  EXPECT_THROW(result->Get(), DeadlineExceededError);
  go_on.Set();
  worker.Stop();
  EXPECT_EQ(engine.counts().expired, 1);
  EXPECT_LE(engine.counts().refused, 1);
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

// Takes leases and keeps them.
class Keeper : public Engine::Consumer {
 public:
  void Deliver(std::unique_ptr<Lease> lease) noexcept override {
    const std::lock_guard lock(mutex_);
    leases_.push_back(std::move(lease));
  }
  // Returns the next one when it has come.
  std::unique_ptr<Lease> Next() {
    for (;;) {
      {
        const std::lock_guard lock(mutex_);
        if (next_ < leases_.size()) return std::move(leases_[next_++]);
      }
      std::this_thread::yield();
    }
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Lease>> leases_;
  std::size_t next_ = 0;
};

TEST_P(JobsTest, ALeaseThatHasRunOutChangesNothing) {
  const auto keeper = std::make_shared<Keeper>();
  const auto subscription =
      engine.Subscribe(keeper, {.time = 10ms, .max_attempts = 3});
  subscription->Request(3);
  JobQueue queue(engine, executor, propagator);
  Future<std::string> result = queue.Submit(kEcho, "x");
  const std::unique_ptr<Lease> first = keeper->Next();
  const std::unique_ptr<Lease> second = keeper->Next();
  EXPECT_EQ(first->job().attempt, 1);
  EXPECT_EQ(second->job().attempt, 2);
  EXPECT_EQ(first->job().id, second->job().id);
  EXPECT_FALSE(first->Renew());
  EXPECT_FALSE(first->Succeed("stale"));
  EXPECT_FALSE(first->GiveUp("stale"));
  EXPECT_FALSE(first->Retry(0ns));
  const std::unique_ptr<Lease> last = keeper->Next();
  EXPECT_EQ(last->job().attempt, 3);
  try {
    ADD_FAILURE() << result.Get();
  } catch (const JobFailedError& error) {
    EXPECT_EQ(error.reason(), "its lease ran out");
    EXPECT_EQ(error.attempts(), 3);
  }
  EXPECT_FALSE(last->Expire());
  const JobCounts counts = engine.counts();
  EXPECT_EQ(counts.refused, 3);
  EXPECT_EQ(counts.redelivered, 2);
  EXPECT_EQ(counts.failed, 1);
}

TEST_P(JobsTest, ALeaseLastsAsLongAsItIsRenewed) {
  // Longer than its lease, and on all threads there are.
  JobWorker worker(engine, executor, propagator, {.lease = 60ms});
  Count runs;
  worker.Handle(kPing, [&] {
    runs.Add();
    const auto end = std::chrono::steady_clock::now() + 150ms;
    while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
  });
  worker.Start();
  JobQueue queue(engine, executor, propagator);
  std::vector<Future<void>> results;
  for (int i = 0; i < GetParam(); ++i) results.push_back(queue.Submit(kPing));
  for (auto& result : results) result.Get();
  EXPECT_EQ(runs.get(), GetParam());
  EXPECT_EQ(engine.counts().refused, 0);
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
  Count runs;
  Count cancelled;
  worker.Handle(kPing, [&]() -> Task<> {
    runs.Add();
    if (runs.get() == 1) {
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
  EXPECT_EQ(runs.get(), 2);
  EXPECT_EQ(cancelled.get(), 1);
}

TEST_P(JobsTest, AWorkerThatStopsGivesBackWhatItCancels) {
  JobQueue queue(engine, executor, propagator);
  Future<std::string> result = queue.Submit(kEcho, "x");
  AsyncEvent never(executor);
  Count begun;
  {
    JobWorker worker(engine, executor, propagator,
                     {.retry = {.max_attempts = 1}});
    worker.Handle(kEcho, [&](std::string text) -> Task<std::string> {
      begun.Add();
      co_await never.Wait();
      co_return text;
    });
    worker.Start();
    while (begun.get() == 0) std::this_thread::yield();
    EXPECT_EQ(worker.in_flight(), 1u);
    worker.Stop(OnShutdown::kStop);
    EXPECT_EQ(worker.in_flight(), 0u);
    EXPECT_FALSE(result.IsReady());
  }
  JobWorker other(engine, executor, propagator, {.retry = {.max_attempts = 1}});
  other.Handle(kEcho, [](std::string text) { return text; });
  other.Start();
  EXPECT_EQ(result.Get(), "x");
  EXPECT_EQ(engine.counts().redelivered, 0);
}

TEST_P(JobsTest, AWorkerThatStopsWaitsForItsJobs) {
  JobQueue queue(engine, executor, propagator);
  AsyncEvent go_on(executor);
  Count begun;
  std::optional<JobWorker> worker(std::in_place, engine, executor, propagator);
  worker->Handle(kEcho, [&](std::string text) -> Task<std::string> {
    begun.Add();
    co_await go_on.Wait();
    co_return text;
  });
  worker->Start();
  Future<std::string> first = queue.Submit(kEcho, "1");
  while (begun.get() == 0) std::this_thread::yield();
  const Future<void> end = executor.Submit([&] { go_on.Set(); });
  worker.reset();  // it waits
  EXPECT_TRUE(first.IsReady());
  const Future<std::string> second = queue.Submit(kEcho, "2");
  EXPECT_FALSE(second.IsReady());
  EXPECT_EQ(engine.counts().pending, 1);
}

TEST_P(JobsTest, AJobOfAnExecutorThatWasStoppedGoesToAnother) {
  JobQueue queue(engine, executor, propagator);
  Executor first({.concurrency = GetParam()});
  JobWorker stopped(engine, first, propagator);
  stopped.Handle(kEcho, [](std::string text) { return "first " + text; });
  stopped.Start();
  first.Shutdown(OnShutdown::kStop);
  Future<std::string> result = queue.Submit(kEcho, "x");
  EXPECT_EQ(stopped.in_flight(), 0u);
  JobWorker other(engine, executor, propagator);
  other.Handle(kEcho, [](std::string text) { return "other " + text; });
  other.Start();
  EXPECT_EQ(result.Get(), "other x");
}

TEST_P(JobsTest, AnEngineThatGoesTellsThoseWhoWait) {
  std::optional<InProcess> gone(std::in_place, executor);
  JobQueue queue(*gone, executor, propagator);
  Future<std::string> result = queue.Submit(kEcho, "x");
  Future<std::string> delayed = queue.Submit(kEcho, "x", {.delay = 1h});
  gone.reset();
  EXPECT_THROW(result.Get(), JobLostError);
  EXPECT_THROW(delayed.Get(), JobLostError);
  EXPECT_EQ(queue.unfinished(), 0u);
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

TEST_P(JobsTest, HostileHeadersAreNoDeadline) {
  JobWorker worker(engine, executor, propagator);
  worker.Handle(kEcho, [](const std::string&) {
    return std::string(Deadline::Current().is_never() ? "never" : "some") +
           TenantHere();
  });
  worker.Start();
  for (const char* const text :
       {"", "x", "1e9", "99999999999999999999", "9223372036854775807",
        "18446744073709551616 "}) {
    Promise<std::string> seen(executor);
    Future<std::string> result = seen.GetFuture();
    const auto shared = std::make_shared<Promise<std::string>>(std::move(seen));
    engine.Submit({.id = {},
                   .type = "echo",
                   .payload = {},
                   .headers = {{kDeadlineHeader, text},
                               {"traceparent", "00-zz"},
                               {"tenant", "evil"}}},
                  {}, [shared](JobEnd end) {
                    shared->SetValue(end.failure != nullptr
                                         ? "failed"
                                         : std::move(end.result));
                  });
    EXPECT_EQ(result.Get(), "nevernobody") << text;
  }
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

// Two workers, failures now and then, tenants: each job ends once, as its own.
TEST_P(JobsTest, EachJobEndsOnceAndInItsOwnContext) {
  constexpr int kJobs = 2000;
  Executor other({.concurrency = GetParam()});
  const auto handle = [](const std::string& text) -> std::string {
    if (text != TenantHere()) throw NotWorthRetryingError("mixed");
    thread_local int calls = 0;
    if (++calls % 7 == 0) throw std::runtime_error("now and then");
    return "for " + text;
  };
  JobWorkerOptions options = kAtOnce;
  options.retry.max_attempts = 50;
  JobWorker here(engine, executor, propagator, options);
  here.Handle(kEcho, handle);
  here.Start();
  JobWorker there(engine, other, propagator, options);
  there.Handle(kEcho, handle);
  there.Start();
  JobQueue queue(engine, executor, propagator, {.max_unfinished = 100});
  std::vector<Future<std::string>> results;
  for (int i = 0; i < kJobs; ++i) {
    const std::string name = "t" + std::to_string(i);
    tenant.Run(name, [&] { results.push_back(queue.Submit(kEcho, name)); });
  }
  for (int i = 0; i < kJobs; ++i) {
    EXPECT_EQ(results[static_cast<std::size_t>(i)].Get(),
              "for t" + std::to_string(i));
  }
  const JobCounts counts = engine.counts();
  EXPECT_EQ(counts.submitted, kJobs);
  EXPECT_EQ(counts.succeeded, kJobs);
  EXPECT_EQ(counts.pending, 0);
  EXPECT_GT(counts.redelivered, 0);
  EXPECT_EQ(counts.refused, 0);
}

}  // namespace
}  // namespace weft::jobs
