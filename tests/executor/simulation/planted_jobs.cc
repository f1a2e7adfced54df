// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "weft/executor/coroutine.h"
#include "weft/executor/future.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/simulation/scheduling_point.h"
#include "weft/executor/simulation/simulated_executor.h"
#include "weft/jobs/in_process.h"
#include "weft/jobs/job_queue.h"
#include "weft/jobs/job_type.h"
#include "weft/jobs/job_worker.h"
#include "weft/propagation/propagator.h"
#include "weft/tests/executor/simulation/planted_bugs.h"

namespace weft {
namespace {

using jobs::JobWorker;

constexpr jobs::JobType<std::string, std::string> kWork("work");

// An engine with a queue of jobs.
struct Jobs {
  explicit Jobs(SimulatedExecutor& executor)
      : engine(executor), queue(engine, executor, propagator) {}
  const Propagator propagator;
  jobs::InProcess engine;
  jobs::JobQueue queue;
};

// A worker is stopped, and the next one begins the job again.
void BegunAgain(SimulatedExecutor& executor, Variant variant) {
  Jobs jobs(executor);
  int charged = 0;
  const auto charge = [&](std::string account) -> Task<std::string> {
    if (charged == 0 || variant == Variant::kPlanted) ++charged;
    co_await executor.Schedule();
    co_return account;
  };
  JobWorker first(jobs.engine, executor, jobs.propagator);
  first.Handle(kWork, charge);
  first.Start();
  Future<std::string> result = jobs.queue.Submit(kWork, "ada");
  first.Stop(OnShutdown::kStop);
  JobWorker second(jobs.engine, executor, jobs.propagator);
  second.Handle(kWork, charge);
  second.Start();
  result.Get();
  second.Stop();
  Expect(charged == 1, "charged twice");
}

void JobsInOrder(SimulatedExecutor& executor, Variant variant) {
  constexpr std::size_t kJobs = 3;
  Jobs jobs(executor);
  std::vector<std::string> order;
  JobWorker worker(jobs.engine, executor, jobs.propagator,
                   {.max_in_flight = variant == Variant::kRight ? 1 : kJobs});
  worker.Handle(kWork, [&order](std::string text) {
    order.push_back(text);
    return text;
  });
  std::vector<Future<std::string>> results;
  for (std::size_t i = 0; i < kJobs; ++i) {
    results.push_back(jobs.queue.Submit(kWork, std::to_string(i)));
  }
  worker.Start();
  for (auto& result : results) result.Get();
  worker.Stop();
  Expect(std::is_sorted(order.begin(), order.end()), "out of order");
}

void SubmittedByTwo(SimulatedExecutor& executor, Variant variant) {
  Jobs jobs(executor);
  int begun = 0;
  JobWorker worker(jobs.engine, executor, jobs.propagator);
  worker.Handle(kWork, [&begun](std::string text) {
    ++begun;
    return text;
  });
  worker.Start();
  bool is_submitted = false;
  std::vector<Future<std::optional<Future<std::string>>>> tasks;
  for (int i = 0; i < 2; ++i) {
    tasks.push_back(executor.Submit([&] {
      std::optional<Future<std::string>> result;
      if (is_submitted) return result;
      SchedulingPoint();
      is_submitted = true;
      result = jobs.queue.Submit(
          kWork, "bill",
          {.dedup_id = variant == Variant::kRight ? "bill-17" : ""});
      return result;
    }));
  }
  for (auto& task : tasks) {
    if (auto result = task.Get()) result->Get();
  }
  worker.Stop();
  Expect(begun == 1, "done twice");
}

constexpr PlantedBug kJobs[] = {
    {"BegunAgain", "a job that is begun again, and has acted before",
     BegunAgain},
    {"JobsInOrder", "jobs that are taken to be done in order", JobsInOrder},
    {"SubmittedByTwo", "a job that two submit, without a dedup id",
     SubmittedByTwo},
};

}  // namespace

std::span<const PlantedBug> PlantedJobs() { return kJobs; }

}  // namespace weft
