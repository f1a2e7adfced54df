// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/jobs/engine_conformance.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
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
#include "tests/jobs/job_fixture.h"
#include "tests/support/count.h"
#include "weft/context/deadline.h"
#include "weft/context/shield_scope.h"
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
#include "weft/jobs/job.h"
#include "weft/jobs/job_queue.h"
#include "weft/jobs/job_stats.h"
#include "weft/jobs/job_type.h"
#include "weft/jobs/job_worker.h"
#include "weft/propagation/propagator.h"

namespace weft::jobs {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using tests::Count;

using namespace std::chrono_literals;

std::vector<EngineCase> CasesOf(
    const std::string& name,
    const std::function<std::unique_ptr<Engine>(Executor&)>& make) {
  std::vector<EngineCase> cases;
  for (const int workers : {1, 2, 8}) {
    cases.push_back({.name = name + '_' + std::to_string(workers),
                     .workers = workers,
                     .make = make});
  }
  return cases;
}

std::vector<DeadLetter> EngineConformance::TakeDeadLetters(std::size_t count) {
  std::vector<DeadLetter> taken;
  while (taken.size() < count) {
    for (DeadLetter& letter : engine->TakeDeadLetters(count - taken.size())) {
      taken.push_back(std::move(letter));
    }
  }
  return taken;
}

namespace {

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

TEST_P(EngineConformance, AResultComesBack) {
  JobWorker worker(*engine, executor, propagator);
  worker.Handle(kEcho, [](std::string text) { return text + "!"; });
  worker.Handle(kDouble, [&](Number number) -> Task<Number> {
    co_await executor.Schedule();
    co_return Number{2 * number.value};
  });
  Count pings;
  worker.Handle(kPing, [&] { pings.Add(); });
  worker.Start();
  JobQueue queue(*engine, executor, propagator);
  EXPECT_EQ(queue.Submit(kEcho, "hello").Get(), "hello!");
  EXPECT_EQ(queue.Submit(kDouble, Number{21}).Get().value, 42);
  queue.Submit(kPing).Get();
  EXPECT_EQ(pings.get(), 1);
  const auto call = [&]() -> Task<int> {
    const Number doubled = co_await queue.Call(kDouble, Number{4});
    co_return doubled.value;
  };
  EXPECT_EQ(Spawn(executor, call()).Get(), 8);
  const JobCounts counts = engine->counts();
  EXPECT_EQ(counts.submitted, 4);
  EXPECT_EQ(counts.succeeded, 4);
  EXPECT_EQ(counts.pending, 0);
  EXPECT_EQ(queue.unfinished(), 0u);
}

TEST_P(EngineConformance, WhatTravelsIsThereAndNothingElse) {
  JobWorker worker(*engine, executor, propagator);
  worker.Handle(kEcho, [](const std::string&) {
    return TenantHere() + (secret.GetStore() != nullptr ? " and more" : "");
  });
  worker.Start();
  JobQueue queue(*engine, executor, propagator);
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

TEST_P(EngineConformance, AFailureIsTriedAgain) {
  std::vector<int> attempts;
  JobWorker worker(*engine, executor, propagator, kAtOnce);
  worker.Handle(kEcho, [&](const std::string&) -> std::string {
    attempts.push_back(static_cast<int>(attempts.size()) + 1);
    if (attempts.size() < 3) throw std::runtime_error("not yet");
    return "done";
  });
  worker.Start();
  JobQueue queue(*engine, executor, propagator);
  EXPECT_EQ(queue.Submit(kEcho, "").Get(), "done");
  EXPECT_THAT(attempts, ElementsAre(1, 2, 3));
  EXPECT_EQ(engine->counts().redelivered, 2);
  EXPECT_THAT(engine->TakeDeadLetters(10), SizeIs(0));
}

TEST_P(EngineConformance, TheLastFailureIsADeadLetterAndIsTold) {
  JobWorker worker(*engine, executor, propagator, kAtOnce);
  worker.Handle(kEcho, [](const std::string& text) -> std::string {
    if (text == "poison") throw NotWorthRetryingError("never");
    throw std::runtime_error("no " + text);
  });
  worker.Start();
  JobQueue queue(*engine, executor, propagator);
  const JobFailedError tried =
      FailureOf(queue.Submit(kEcho, "luck", {.dedup_id = "a"}));
  EXPECT_EQ(tried.job_id(), "a");
  EXPECT_EQ(tried.attempts(), 3);
  EXPECT_EQ(tried.reason(), "std::runtime_error: no luck");
  const JobFailedError poisoned = FailureOf(queue.Submit(kEcho, "poison"));
  EXPECT_EQ(poisoned.attempts(), 1);
  const std::vector<DeadLetter> dead = TakeDeadLetters(2);
  EXPECT_EQ(dead[0].job.id, "a");
  EXPECT_EQ(dead[0].job.payload, "luck");
  EXPECT_EQ(dead[0].job.attempt, 3);
  EXPECT_THAT(dead[1].reason, HasSubstr("never"));
  EXPECT_THAT(engine->TakeDeadLetters(10), SizeIs(0));
  EXPECT_EQ(engine->counts().failed, 2);
}

TEST_P(EngineConformance, WhatIsTooLargeIsRefused) {
  const std::size_t most = engine->max_bytes();
  JobWorker worker(*engine, executor, propagator);
  worker.Handle(kEcho, [](const std::string& text) {
    return text.size() > 1 ? text + text : text;
  });
  worker.Handle(kDouble, [&](Number number) -> Number {
    EXPECT_EQ(number.value, 7);
    return number;
  });
  worker.Start();
  JobQueue queue(*engine, executor, propagator);
  EXPECT_THROW((void)queue.Submit(kEcho, std::string(most + 1, 'x')),
               JobTooLargeError);
  EXPECT_EQ(queue.unfinished(), 0u);
  EXPECT_EQ(queue.Submit(kEcho, "1").Get(), "1");
  EXPECT_EQ(FailureOf(queue.Submit(kEcho, std::string(most, 'x'))).reason(),
            "its result has " + std::to_string(2 * most) + " bytes; at most " +
                std::to_string(most) + " are allowed");
  // The greatest there are, of a payload, a result and a dead letter.
  constexpr JobType<std::string, std::string> kPadded("double");
  EXPECT_EQ(queue.Submit(kPadded, std::string(most - 1, '0') + '7').Get(), "7");
  std::vector<DeadLetter> dead = TakeDeadLetters(1);
  EXPECT_EQ(dead[0].job.payload.size(), most);
}

TEST_P(EngineConformance, AKnownJobIsNotRunAgain) {
  Count runs;
  AsyncEvent go_on(executor);
  JobWorker worker(*engine, executor, propagator);
  worker.Handle(kEcho, [&](std::string text) -> Task<std::string> {
    runs.Add();
    co_await go_on.Wait();
    co_return text;
  });
  worker.Start();
  JobQueue queue(*engine, executor, propagator);
  Future<std::string> first = queue.Submit(kEcho, "1", {.dedup_id = "same"});
  Future<std::string> second = queue.Submit(kEcho, "2", {.dedup_id = "same"});
  go_on.Set();
  EXPECT_EQ(first.Get(), "1");
  EXPECT_EQ(second.Get(), "1");
  EXPECT_EQ(queue.Submit(kEcho, "3", {.dedup_id = "same"}).Get(), "1");
  EXPECT_EQ(queue.Submit(kEcho, "4", {.dedup_id = "other"}).Get(), "4");
  EXPECT_EQ(runs.get(), 2);
  EXPECT_EQ(engine->counts().submitted, 2);
}

TEST_P(EngineConformance, ADelayedJobBeginsLater) {
  JobWorker worker(*engine, executor, propagator);
  std::chrono::steady_clock::time_point begun;
  worker.Handle(kPing, [&] { begun = std::chrono::steady_clock::now(); });
  worker.Start();
  JobQueue queue(*engine, executor, propagator);
  const auto submitted = std::chrono::steady_clock::now();
  queue.Submit(kPing, {.delay = 30ms}).Get();
  EXPECT_GE(begun - submitted, 30ms);
}

TEST_P(EngineConformance, ADeadlineCountsWhileAJobWaits) {
  JobQueue queue(*engine, executor, propagator);
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
  JobWorker worker(*engine, executor, propagator, {.max_in_flight = 1});
  worker.Handle(kEcho, [&](const std::string& text) {
    begun.push_back(text);
    const auto left = Deadline::Current().remaining();
    return left > 50min && left <= 1h ? "an hour" : "what?";
  });
  worker.Start();
  EXPECT_EQ(early->Get(), "an hour");
  EXPECT_THROW(late->Get(), DeadlineExceededError);
  EXPECT_THAT(begun, ElementsAre("early"));
  EXPECT_EQ(engine->counts().expired, 1);
}

// Nobody takes it.
TEST_P(EngineConformance, AJobThatIsLateInTheQueueIsTold) {
  JobQueue queue(*engine, executor, propagator);
  std::vector<Future<std::string>> results;
  {
    const DeadlineScope scope(Deadline::In(10ms));
    results.push_back(queue.Submit(kEcho, "queued"));
    results.push_back(queue.Submit(kEcho, "delayed", {.delay = 1h}));
  }
  for (auto& result : results) {
    EXPECT_THROW(result.Get(), DeadlineExceededError);
  }
  EXPECT_EQ(engine->counts().expired, 2);
  EXPECT_EQ(engine->counts().pending, 0);
  EXPECT_EQ(queue.unfinished(), 0u);
}

// It does not look at its deadline.
TEST_P(EngineConformance, AJobThatRunsOnPastItsDeadlineIsTold) {
  AsyncEvent go_on(executor);
  JobWorker worker(*engine, executor, propagator);
  worker.Handle(kEcho, [&](std::string text) -> Task<std::string> {
    const ShieldScope shield;
    co_await go_on.Wait();
    co_return text;
  });
  worker.Start();
  JobQueue queue(*engine, executor, propagator);
  std::optional<Future<std::string>> result;
  {
    const DeadlineScope scope(Deadline::In(10ms));
    result = queue.Submit(kEcho, "x");
  }
  EXPECT_THROW(result->Get(), DeadlineExceededError);
  go_on.Set();
  worker.Stop();
  EXPECT_EQ(engine->counts().expired, 1);
  EXPECT_LE(engine->counts().refused, 1);
}

TEST_P(EngineConformance, ALeaseThatHasRunOutChangesNothing) {
  const auto keeper = std::make_shared<Keeper>();
  const auto subscription =
      engine->Subscribe(keeper, {.time = 20ms, .max_attempts = 3});
  subscription->Request(4);
  JobQueue queue(*engine, executor, propagator);
  Future<std::string> result = queue.Submit(kEcho, "x");
  const std::unique_ptr<Lease> first = keeper->Next();
  const auto first_end = std::chrono::steady_clock::now() + 20ms;
  const std::unique_ptr<Lease> second = keeper->Next();
  const std::unique_ptr<Lease> last = keeper->Next();
  // Its holder counts the lease's time from when it received it.
  std::this_thread::sleep_until(first_end);
  EXPECT_EQ(first->job().attempt, 1);
  EXPECT_EQ(second->job().attempt, 2);
  EXPECT_EQ(first->job().id, second->job().id);
  EXPECT_FALSE(first->Renew());
  EXPECT_FALSE(first->Succeed("stale"));
  EXPECT_FALSE(first->GiveUp("stale"));
  EXPECT_FALSE(first->Retry(0ns));
  EXPECT_EQ(last->job().attempt, 3);
  try {
    ADD_FAILURE() << result.Get();
  } catch (const JobFailedError& error) {
    EXPECT_EQ(error.reason(), "its lease ran out");
    EXPECT_EQ(error.attempts(), 3);
  }
  std::this_thread::sleep_for(20ms);  // for the same reason
  EXPECT_FALSE(last->Expire());
  const JobCounts counts = engine->counts();
  EXPECT_EQ(counts.refused, 3);
  EXPECT_EQ(counts.redelivered, 2);
  EXPECT_EQ(counts.failed, 1);
}

TEST_P(EngineConformance, ALeaseLastsAsLongAsItIsRenewed) {
  // A renewal may be late by most of a lease. A machine that holds it up for
  // longer gets a longer lease.
  constexpr std::chrono::milliseconds kLongest = 16s;
  for (std::chrono::milliseconds lease = 1s;; lease *= 4) {
    const std::int64_t refused_before = engine->counts().refused;
    JobWorker worker(*engine, executor, propagator, {.lease = lease});
    Count runs;
    // Longer than its lease, and on all threads there are.
    worker.Handle(kPing, [&] {
      runs.Add();
      const auto end = std::chrono::steady_clock::now() + lease * 3 / 2;
      while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
    });
    worker.Start();
    JobQueue queue(*engine, executor, propagator);
    std::vector<Future<void>> results;
    for (int i = 0; i < GetParam().workers; ++i)
      results.push_back(queue.Submit(kPing));
    for (auto& result : results) result.Get();
    worker.Stop();
    const bool is_lost = worker.stats().leases_lost > 0 ||
                         engine->counts().refused > refused_before ||
                         runs.get() > GetParam().workers;
    if (is_lost && lease < kLongest) continue;
    EXPECT_EQ(runs.get(), GetParam().workers);
    EXPECT_EQ(engine->counts().refused, refused_before);
    EXPECT_GT(worker.stats().leases_renewed, 0);
    EXPECT_EQ(worker.stats().leases_lost, 0);
    break;
  }
}

TEST_P(EngineConformance, AWorkerThatStopsGivesBackWhatItCancels) {
  JobQueue queue(*engine, executor, propagator);
  Future<std::string> result = queue.Submit(kEcho, "x");
  AsyncEvent never(executor);
  Count begun;
  {
    JobWorker worker(*engine, executor, propagator,
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
  JobWorker other(*engine, executor, propagator,
                  {.retry = {.max_attempts = 1}});
  other.Handle(kEcho, [](std::string text) { return text; });
  other.Start();
  EXPECT_EQ(result.Get(), "x");
  EXPECT_EQ(engine->counts().redelivered, 0);
}

TEST_P(EngineConformance, AWorkerThatStopsWaitsForItsJobs) {
  JobQueue queue(*engine, executor, propagator);
  AsyncEvent go_on(executor);
  Count begun;
  Count ended;
  std::optional<JobWorker> worker(std::in_place, *engine, executor, propagator);
  worker->Handle(kEcho, [&](std::string text) -> Task<std::string> {
    begun.Add();
    co_await go_on.Wait();
    ended.Add();
    co_return text;
  });
  worker->Start();
  Future<std::string> first = queue.Submit(kEcho, "1");
  while (begun.get() == 0) std::this_thread::yield();
  const Future<void> end = executor.Submit([&] { go_on.Set(); });
  worker.reset();  // it waits
  EXPECT_EQ(ended.get(), 1);
  EXPECT_EQ(first.Get(), "1");
  const Future<std::string> second = queue.Submit(kEcho, "2");
  EXPECT_FALSE(second.IsReady());
  while (engine->counts().pending != 1) std::this_thread::yield();
}

TEST_P(EngineConformance, AJobOfAnExecutorThatWasStoppedGoesToAnother) {
  JobQueue queue(*engine, executor, propagator);
  Executor first({.concurrency = GetParam().workers});
  JobWorker stopped(*engine, first, propagator);
  stopped.Handle(kEcho, [](std::string text) { return "first " + text; });
  stopped.Start();
  first.Shutdown(OnShutdown::kStop);
  Future<std::string> result = queue.Submit(kEcho, "x");
  JobWorker other(*engine, executor, propagator);
  other.Handle(kEcho, [](std::string text) { return "other " + text; });
  other.Start();
  EXPECT_EQ(result.Get(), "other x");
  EXPECT_EQ(stopped.in_flight(), 0u);
}

TEST_P(EngineConformance, AnEngineThatGoesTellsThoseWhoWait) {
  JobQueue queue(*engine, executor, propagator);
  Future<std::string> result = queue.Submit(kEcho, "x");
  Future<std::string> delayed = queue.Submit(kEcho, "x", {.delay = 1h});
  engine.reset();
  EXPECT_THROW(result.Get(), JobLostError);
  EXPECT_THROW(delayed.Get(), JobLostError);
  EXPECT_EQ(queue.unfinished(), 0u);
}

// One thread may read its own while another releases its own.
TEST_P(EngineConformance, EachWhoWaitsIsToldWithAnExceptionOfItsOwn) {
  constexpr std::size_t kWaiters = 3;
  std::mutex mutex;
  std::vector<std::exception_ptr> failures;
  for (std::size_t i = 0; i < kWaiters; ++i) {
    engine->Submit({.id = {}, .type = "echo", .payload = "x", .headers = {}},
                   {.dedup_id = "one"}, [&](JobEnd end) {
                     const std::lock_guard lock(mutex);
                     failures.push_back(std::move(end.failure));
                   });
  }
  engine.reset();
  const std::lock_guard lock(mutex);
  ASSERT_EQ(failures.size(), kWaiters);
  EXPECT_NE(failures[0], nullptr);
  EXPECT_NE(failures[0], failures[1]);
  EXPECT_NE(failures[0], failures[2]);
  EXPECT_NE(failures[1], failures[2]);
}

TEST_P(EngineConformance, HeadersCrossAsTheyAre) {
  const std::map<std::string, std::string> headers = {
      {"!#$%&'*+-.^_`|~", "x"},
      {"a", ""},
      {"b", "1:2, 3;4 \"5\" \\"},
      {"c", ""},
      {"weft-other", std::string(1000, '~')},
      {"z", ""}};
  const auto keeper = std::make_shared<Keeper>();
  const auto subscription =
      engine->Subscribe(keeper, {.time = 10s, .max_attempts = 3});
  subscription->Request(1);
  engine->Submit({.id = {}, .type = "echo", .payload = {}, .headers = headers},
                 {}, [](JobEnd) {});
  const std::unique_ptr<Lease> lease = keeper->Next();
  EXPECT_EQ(lease->job().headers, headers);
  EXPECT_EQ(lease->job().type, "echo");
  lease->GiveUp("it has been seen");
  EXPECT_EQ(TakeDeadLetters(1)[0].job.headers, headers);
}

TEST_P(EngineConformance, StatsSayWhatBecameOfAll) {
  JobWorkerOptions options = kAtOnce;
  options.max_in_flight = 3;
  AsyncEvent never(executor);
  std::optional<JobWorker> worker(std::in_place, *engine, executor, propagator,
                                  options);
  Count kept;
  worker->Handle(kEcho, [&](std::string text) -> Task<std::string> {
    if (text == "kept") kept.Add();
    if (text == "poison") throw NotWorthRetryingError("never");
    if (text == "bad") throw std::runtime_error("always");
    if (text == "late" || text == "kept") co_await never.Wait();
    co_return text;
  });
  worker->Start();
  JobQueue queue(*engine, executor, propagator,
                 {.max_unfinished = 2, .when_full = WhenQueueFull::kReject});
  EXPECT_EQ(queue.Submit(kEcho, "good").Get(), "good");
  FailureOf(queue.Submit(kEcho, "poison"));
  FailureOf(queue.Submit(kEcho, "bad"));
  EXPECT_THROW(
      (void)queue.Submit(kEcho, std::string(engine->max_bytes() + 1, 'x')),
      JobTooLargeError);
  std::optional<Future<std::string>> late;
  const auto end = std::chrono::steady_clock::now() + 20ms;
  {
    const DeadlineScope scope(Deadline::At(end));
    late = queue.Submit(kEcho, "late");
  }
  const auto is_left = end - std::chrono::steady_clock::now();
  EXPECT_THROW(late->Get(), DeadlineExceededError);
  const Future<std::string> first = queue.Submit(kEcho, "kept");
  const Future<std::string> second = queue.Submit(kEcho, "kept");
  EXPECT_THROW((void)queue.Submit(kEcho, "x"), JobQueueFullError);
  // The late one may still be there.
  while (kept.get() < 2 || worker->stats().in_flight != 2) {
    std::this_thread::yield();
  }
  JobWorkerStats attempts = worker->stats();
  EXPECT_EQ(attempts.max_in_flight, 3u);
  EXPECT_EQ(attempts.succeeded, 1);
  EXPECT_EQ(attempts.retried, 2);
  EXPECT_EQ(attempts.given_up, 2);
  EXPECT_EQ(attempts.redelivered, 2);
  EXPECT_EQ(attempts.returned, 0);
  worker->Stop(OnShutdown::kStop);
  attempts = worker->stats();
  EXPECT_EQ(attempts.in_flight, 0u);
  EXPECT_EQ(attempts.returned, 2);
  EXPECT_EQ(attempts.attempts, attempts.succeeded + attempts.retried +
                                   attempts.given_up + attempts.expired +
                                   attempts.returned + attempts.refused);
  EXPECT_GT(attempts.total_time, 0ns);
  const JobQueueStats stats = queue.stats();
  EXPECT_EQ(stats.max_unfinished, 2u);
  EXPECT_EQ(stats.unfinished, 2u);
  EXPECT_EQ(stats.submitted, 6);
  EXPECT_EQ(stats.succeeded, 1);
  EXPECT_EQ(stats.failed, 2);
  EXPECT_EQ(stats.expired, 1);
  EXPECT_EQ(stats.lost, 0);
  EXPECT_EQ(stats.full, 1);
  // The handler's deadline is rounded down twice, to milliseconds.
  EXPECT_GE(stats.total_time, is_left - 2ms) << "the late one took that long";
  worker.reset();
  engine.reset();
  EXPECT_EQ(queue.stats().lost, 2);
  EXPECT_EQ(queue.stats().unfinished, 0u);
}

TEST_P(EngineConformance, HostileHeadersAreNoDeadline) {
  JobWorker worker(*engine, executor, propagator);
  worker.Handle(kEcho, [](const std::string&) {
    return std::string(Deadline::Current().is_never() ? "never" : "some") +
           TenantHere();
  });
  worker.Start();
  for (const char* const text :
       {"", "x", "1e9", "99999999999999999999", "9223372036854775807",
        "18446744073709551616"}) {
    Promise<std::string> seen(executor);
    Future<std::string> result = seen.GetFuture();
    const auto shared = std::make_shared<Promise<std::string>>(std::move(seen));
    engine->Submit({.id = {},
                    .type = "echo",
                    .payload = {},
                    .headers = {{kDeadlineHeader, text},
                                {"traceparent", "00-zz"},
                                {"weft-message-id", text},
                                {"tenant", "evil"}}},
                   {}, [shared](JobEnd end) {
                     shared->SetValue(end.failure != nullptr
                                          ? "failed"
                                          : std::move(end.result));
                   });
    EXPECT_EQ(result.Get(), "nevernobody") << text;
  }
}

// Two workers, failures now and then, tenants: each job ends once, as its own.
TEST_P(EngineConformance, EachJobEndsOnceAndInItsOwnContext) {
  constexpr int kJobs = 1000;
  Executor other({.concurrency = GetParam().workers});
  const auto handle = [](const std::string& text) -> std::string {
    if (text != TenantHere()) throw NotWorthRetryingError("mixed");
    thread_local int calls = 0;
    if (++calls % 7 == 0) throw std::runtime_error("now and then");
    return "for " + text;
  };
  JobWorkerOptions options = kAtOnce;
  options.retry.max_attempts = 50;
  JobWorker here(*engine, executor, propagator, options);
  here.Handle(kEcho, handle);
  here.Start();
  JobWorker there(*engine, other, propagator, options);
  there.Handle(kEcho, handle);
  there.Start();
  JobQueue queue(*engine, executor, propagator, {.max_unfinished = 100});
  std::vector<Future<std::string>> results;
  for (int i = 0; i < kJobs; ++i) {
    const std::string name = "t" + std::to_string(i);
    tenant.Run(name, [&] { results.push_back(queue.Submit(kEcho, name)); });
  }
  for (int i = 0; i < kJobs; ++i) {
    EXPECT_EQ(results[static_cast<std::size_t>(i)].Get(),
              "for t" + std::to_string(i));
  }
  const JobCounts counts = engine->counts();
  EXPECT_EQ(counts.submitted, kJobs);
  EXPECT_EQ(counts.succeeded, kJobs);
  EXPECT_EQ(counts.pending, 0);
  EXPECT_GT(counts.redelivered, 0);
  EXPECT_EQ(counts.refused, 0);
}

}  // namespace
}  // namespace weft::jobs
