// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs, their queues, workers and the engine in process, under simulated
// schedules, with messages lost, doubled, late and out of order, workers that
// are killed and frozen, an engine that goes, and a wall clock that is set.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/jobs/faulty_engine.h"
#include "tests/jobs/job_fixture.h"
#include "tests/support/stress_rounds.h"
#include "weft/context/deadline.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/promise.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/simulation/explore_schedules.h"
#include "weft/executor/simulation/simulated_executor.h"
#include "weft/executor/simulation/simulation_options.h"
#include "weft/executor/sleep.h"
#include "weft/jobs/engine.h"
#include "weft/jobs/errors.h"
#include "weft/jobs/in_process.h"
#include "weft/jobs/job.h"
#include "weft/jobs/job_queue.h"
#include "weft/jobs/job_stats.h"
#include "weft/jobs/job_type.h"
#include "weft/jobs/job_worker.h"
#include "weft/propagation/propagator.h"
#include "weft/propagation/trace_context.h"

namespace weft::jobs {
namespace {

using namespace std::chrono_literals;

void Expect(bool is_true, const std::string& what) {
  if (!is_true) throw std::logic_error(what);
}

// Lasts as many milliseconds as its payload says, and throws if that begins
// with "poison"; NotWorthRetryingError, if with "fatal".
constexpr JobType<std::string, std::string> kWork("work");

constexpr Duration kLease = 3s;
// More than faults can take from one job.
constexpr int kMaxAttempts = 15;

// What the program of a schedule is given.
struct Plan {
  std::uint64_t seed = 1;
  int most_faults = 8;
  int workers_killed = 0;
  int workers_frozen = 0;
  int engine_down = 0;
  int clocks_set = 0;
};

// A run of a handler.
struct Attempt {
  std::string payload;
  std::string tenant;
  std::string trace;
  bool is_over = false;
};

class Program {
 public:
  Program(SimulatedExecutor& executor, const Plan& plan)
      : executor_(executor),
        plan_(plan),
        random_(plan.seed),
        broker_(executor),
        engine_(broker_, executor,
                {.seed = plan.seed, .most = plan.most_faults}) {
    propagator_.Add(tenant, {.name = "test-tenant",
                             .encode = [](const std::string& t) { return t; },
                             .decode = DecodeTenant});
  }

  void Run() {
    StartWorker();
    StartWorker();
    Plague();
    for (int i = 0; i < 3; ++i) Submit("good", i);
    Submit("poison", 0);
    Submit("fatal", 0);
    Submit("late", 0);
    SubmitAgain();
    for (Submission& submission : submissions_) Await(submission);
    StopWorkers();
    CheckCounts();
    CheckDeadLetters();
    CheckAttempts();
  }

 private:
  struct Submission {
    std::string id;  // the payload too
    TraceContext trace;
    std::optional<std::chrono::steady_clock::time_point> deadline = {};
    Duration delay = 0s;
    Future<std::string> result = {};
  };

  std::string IdOf(std::string_view kind, int i) {
    return std::string(kind) + "-" + std::to_string(i);
  }

  void StartWorker() {
    JobWorkerOptions options;
    options.max_in_flight = 2;
    options.lease = kLease;
    options.retry = {.max_attempts = kMaxAttempts,
                     .first_pause = 100ms,
                     .longest_pause = 1s,
                     .jitter = 0};
    options.trust = Trust::kContinue;
    auto worker =
        std::make_unique<JobWorker>(engine_, executor_, propagator_, options);
    worker->Handle(kWork, [this](std::string payload) {
      return Handle(std::move(payload));
    });
    worker->Start();
    workers_.push_back(std::move(worker));
  }

  Task<std::string> Handle(std::string payload) {
    const std::size_t number = attempts_.size();
    attempts_.push_back({.payload = payload,
                         .tenant = TenantHere(),
                         .trace = TraceContext::Current()->trace_id().ToHex()});
    if (!payload.starts_with("poison")) {
      // Some longer than a lease, so that it must be renewed.
      const auto time = std::chrono::milliseconds(1'000 * (number % 5));
      co_await Sleep(executor_, time);
    }
    Expect(TenantHere() == attempts_[number].tenant, "the tenant has changed");
    attempts_[number].is_over = true;
    if (payload.starts_with("poison"))
      throw std::runtime_error("bad " + payload);
    if (payload.starts_with("fatal")) throw NotWorthRetryingError(payload);
    if (payload.starts_with("late")) {
      // As long as anything could be.
      co_await Sleep(executor_, 1h);
    }
    co_return payload + " by " + std::to_string(number);
  }

  void Submit(std::string_view kind, int i) {
    Submission submission{.id = IdOf(kind, i), .trace = TraceContext::New()};
    if (kind == "late") submission.deadline = executor_.now() + 20s;
    if (i == 1) submission.delay = 2s;
    Submit(std::move(submission));
  }
  void Submit(Submission submission) {
    tenant.Run("tenant of " + submission.id, [&] {
      TraceContext::Storage().Run(submission.trace, [&] {
        const DeadlineScope limited(submission.deadline
                                        ? Deadline::At(*submission.deadline)
                                        : Deadline::Never());
        submission.result = queue_.Submit(
            kWork, submission.id,
            {.dedup_id = submission.id, .delay = submission.delay});
      });
    });
    submissions_.push_back(std::move(submission));
  }

  // The first job once more, by somebody who does not know.
  void SubmitAgain() {
    Submit(
        {.id = submissions_.front().id, .trace = submissions_.front().trace});
  }

  // Does to them what the plan says, at times of its own.
  void Plague() {
    const auto at_some_time = [&](int times,
                                  const std::function<void()>& what) {
      for (int i = 0; i < times; ++i) {
        const auto delay = std::chrono::milliseconds(random_() % 12'000);
        executor_.PostAfter(delay, [this, what] {
          if (!is_stopping_) what();
        });
      }
    };
    at_some_time(plan_.workers_killed, [this] {
      engine_.CutOffSubscribers();
      StartWorker();
    });
    at_some_time(plan_.workers_frozen,
                 [this] { engine_.FreezeSubscribers(7s); });
    at_some_time(plan_.engine_down, [this] { engine_.GoDown(5s); });
    at_some_time(plan_.clocks_set, [this] {
      executor_.MoveWallClock(random_() % 2 == 0 ? Duration(1h)
                                                 : Duration(-1h));
    });
  }

  void Await(Submission& submission) {
    try {
      const std::string result = submission.result.Get();
      Expect(result.starts_with(submission.id + " by "),
             submission.id + " has the result " + result);
      const auto [known, is_new] = results_.emplace(submission.id, result);
      Expect(known->second == result,
             submission.id + " has two results: " + result);
      Expect(submission.id.starts_with("good"),
             submission.id + " has a result");
    } catch (const JobFailedError& error) {
      Expect(submission.id.starts_with("poison") ||
                 submission.id.starts_with("fatal"),
             std::string(error.what()));
      reasons_.emplace(submission.id, error.reason());
      if (submission.id.starts_with("poison")) {
        Expect(error.attempts() == kMaxAttempts, "given up too early");
      }
    } catch (const DeadlineExceededError&) {
      Expect(submission.deadline.has_value(),
             submission.id + " had no deadline");
      // It crosses in milliseconds, rounded down, on the wall clock.
      Expect(
          executor_.now() > *submission.deadline - 1ms || plan_.clocks_set > 0,
          "late too early");
      ++expired_;
    }
  }

  void StopWorkers() {
    is_stopping_ = true;
    for (const auto& worker : workers_) {
      worker->Stop(plan_.seed % 2 == 0 ? OnShutdown::kStop
                                       : OnShutdown::kDrain);
      const JobWorkerStats stats = worker->stats();
      Expect(stats.in_flight == 0, "a worker that has stopped has jobs");
      Expect(stats.attempts == stats.succeeded + stats.retried +
                                   stats.given_up + stats.expired +
                                   stats.returned + stats.refused,
             "attempts of a worker are missing");
    }
    workers_.clear();
  }

  void CheckCounts() {
    const JobCounts counts = broker_.counts();
    Expect(counts.submitted == 6,
           "submitted " + std::to_string(counts.submitted));
    Expect(counts.succeeded == 3,
           "succeeded " + std::to_string(counts.succeeded));
    Expect(counts.failed == 2, "failed " + std::to_string(counts.failed));
    Expect(counts.expired == 1, "expired " + std::to_string(counts.expired));
    Expect(counts.lost == 0 && counts.pending == 0, "jobs are left");
    Expect(expired_ == 1, "the late one was not told");
    const JobQueueStats stats = queue_.stats();
    Expect(stats.submitted == 7 && stats.succeeded == 4 && stats.failed == 2 &&
               stats.expired == 1 && stats.lost == 0 && stats.unfinished == 0,
           "the queue has counted otherwise");
  }

  void CheckDeadLetters() {
    const std::vector<DeadLetter> letters = broker_.TakeDeadLetters(10);
    Expect(letters.size() == 2, "dead letters");
    for (const DeadLetter& letter : letters) {
      Expect(letter.reason == reasons_[letter.job.id], "another reason");
      Expect(letter.job.payload == letter.job.id, "another payload");
      const bool is_poison = letter.job.id.starts_with("poison");
      const std::string own = is_poison
                                  ? "std::runtime_error: bad " + letter.job.id
                                  : letter.job.id;
      Expect(letter.reason.ends_with(own) ||
                 (is_poison && letter.reason == "its lease ran out"),
             "the reason " + letter.reason);
    }
  }

  void CheckAttempts() {
    std::map<std::string, int> times;
    for (const Attempt& attempt : attempts_) {
      ++times[attempt.payload];
      Expect(attempt.tenant == "tenant of " + attempt.payload,
             attempt.payload + " for " + attempt.tenant);
      const auto submission = std::find_if(
          submissions_.begin(), submissions_.end(),
          [&](const Submission& s) { return s.id == attempt.payload; });
      Expect(submission != submissions_.end(), "an attempt of no job");
      Expect(attempt.trace == submission->trace.trace_id().ToHex(),
             "another trace");
    }
    if (engine_.faults() > 0 || plan_.workers_killed > 0 ||
        plan_.workers_frozen > 0) {
      return;
    }
    // Without faults none is begun again but for its own failure.
    for (const auto& [payload, count] : times) {
      Expect(count == (payload.starts_with("poison") ? kMaxAttempts : 1),
             payload + " was begun " + std::to_string(count) + " times");
    }
    Expect(broker_.counts().refused == 0, "a good lease was refused");
  }

  SimulatedExecutor& executor_;
  const Plan plan_;
  std::mt19937_64 random_;
  Propagator propagator_;
  InProcess broker_;
  FaultyEngine engine_;
  JobQueue queue_{engine_, executor_, propagator_};
  std::vector<Attempt> attempts_;
  std::vector<Submission> submissions_;
  std::map<std::string, std::string> results_;
  std::map<std::string, std::string> reasons_;
  int expired_ = 0;
  bool is_stopping_ = false;
  std::vector<std::unique_ptr<JobWorker>> workers_;
};

// How many schedules there are of each seed of faults.
constexpr std::size_t kSchedules = 10;

void Explore(const Plan& base, ScheduleStrategy strategy) {
  std::size_t schedules = 0;
  const auto seeds = static_cast<std::uint64_t>(tests::StressRounds(5));
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    for (const int workers : {1, 2, 8}) {
      Plan plan = base;
      plan.seed = seed;
      const Exploration exploration = ExploreSchedules(
          {.schedules = kSchedules,
           .seed = seed * 1'000,
           .strategy = strategy,
           .workers = workers},
          [&](SimulatedExecutor& executor) { Program(executor, plan).Run(); });
      schedules += exploration.schedules();
      ASSERT_FALSE(exploration.failure().has_value())
          << "after " << schedules << " schedules, with " << workers
          << " workers, faults of seed " << seed << ": "
          << exploration.failure()->message;
    }
  }
}

class JobSimulationTest : public testing::TestWithParam<ScheduleStrategy> {};

INSTANTIATE_TEST_SUITE_P(Strategies, JobSimulationTest,
                         testing::Values(ScheduleStrategy::kRandomWalk,
                                         ScheduleStrategy::kPriorities));

TEST_P(JobSimulationTest, WithoutFaultsEachIsBegunOnce) {
  Explore({.most_faults = 0}, GetParam());
}

TEST_P(JobSimulationTest, MessagesAreLostDoubledAndLate) {
  Explore({.most_faults = 8}, GetParam());
}

TEST_P(JobSimulationTest, WorkersAreKilledAndFrozen) {
  Explore({.most_faults = 3, .workers_killed = 2, .workers_frozen = 1},
          GetParam());
}

TEST_P(JobSimulationTest, TheEngineIsDownAndClocksAreSet) {
  Explore({.most_faults = 3, .engine_down = 2, .clocks_set = 3}, GetParam());
}

// A job that waits keeps its deadline when the wall clock is set.
TEST_P(JobSimulationTest, AClockThatIsSetMovesNoDeadlineInTheQueue) {
  Propagator propagator;
  for (const Duration jump : {Duration(1h), Duration(-1h)}) {
    const auto body = [&](SimulatedExecutor& executor) {
      InProcess engine(executor);
      JobQueue queue(engine, executor, propagator);
      const auto begun = executor.now();
      Future<std::string> in_time;
      Future<std::string> late;
      {
        const DeadlineScope limited(Deadline::At(begun + 20s));
        in_time = queue.Submit(kWork, "1");
        late = queue.Submit(kWork, "60", {.delay = 1s});
      }
      executor.MoveWallClock(jump);
      JobWorker worker(engine, executor, propagator, {.lease = kLease});
      worker.Handle(kWork, [&](std::string seconds) -> Task<std::string> {
        co_await Sleep(executor, std::chrono::seconds(std::stoi(seconds)));
        co_return "done";
      });
      worker.Start();
      Expect(in_time.Get() == "done", "another result");
      Expect(executor.now() == begun + 1s, "not at once");
      try {
        late.Get();
        Expect(false, "the deadline has not passed");
      } catch (const DeadlineExceededError&) {
      }
      Expect(
          executor.now() > begun + 20s - 1ms && executor.now() <= begun + 20s,
          "the deadline has moved");
    };
    const Exploration exploration =
        ExploreSchedules({.schedules = 20, .strategy = GetParam()}, body);
    EXPECT_FALSE(exploration.failure().has_value());
  }
}

// Who submits lost jobs again gets a result of each.
TEST_P(JobSimulationTest, AnEngineGoes) {
  Propagator propagator;
  for (const int workers : {1, 2, 8}) {
    const auto body = [&](SimulatedExecutor& executor) {
      int lost = 0;
      int done = 0;
      std::vector<std::string> left = {"a", "b", "c", "d"};
      for (int round = 0; round < 3 && !left.empty(); ++round) {
        auto engine = std::make_unique<InProcess>(executor);
        JobQueue queue(*engine, executor, propagator);
        std::vector<Future<std::string>> results;
        for (const std::string& id : left) {
          results.push_back(queue.Submit(kEcho, id, {.dedup_id = id}));
        }
        {
          JobWorker worker(*engine, executor, propagator,
                           {.max_in_flight = 2, .lease = kLease});
          worker.Handle(kEcho, [&](std::string text) -> Task<std::string> {
            co_await Sleep(executor, 1s);
            co_return text;
          });
          worker.Start();
          Promise<void> later(executor);
          executor.PostAfter(1500ms, [&later] { later.SetValue(); });
          later.GetFuture().Get();
          worker.Stop(OnShutdown::kStop);
        }
        engine.reset();
        std::vector<std::string> still;
        for (std::size_t i = 0; i < left.size(); ++i) {
          try {
            Expect(results[i].Get() == left[i], "another result");
            ++done;
          } catch (const JobLostError&) {
            still.push_back(left[i]);
            ++lost;
          }
        }
        const JobQueueStats stats = queue.stats();
        Expect(stats.unfinished == 0 &&
                   stats.submitted == stats.succeeded + stats.lost,
               "the queue has counted otherwise");
        left = std::move(still);
      }
      Expect(done == 4, "only " + std::to_string(done) + " are done, " +
                            std::to_string(lost) + " were lost");
    };
    const Exploration exploration = ExploreSchedules(
        {.schedules = 100, .strategy = GetParam(), .workers = workers}, body);
    EXPECT_FALSE(exploration.failure().has_value());
  }
}

}  // namespace
}  // namespace weft::jobs
