// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "weft/adapters/nats/engine.h"
#include "weft/adapters/nats/engine_options.h"
#include "weft/benchmarks/workloads/nats_jobs/nats_jobs.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/jobs/job_queue.h"
#include "weft/jobs/job_type.h"
#include "weft/jobs/job_worker.h"
#include "weft/propagation/propagator.h"

namespace weft::benchmarks::nats_jobs {

double Weft(int threads) {
  constexpr jobs::JobType<std::string, std::string> kReverse("reverse");
  static int queues = 0;
  Executor& executor = WeftExecutor(threads);
  const Propagator propagator;
  nats::EngineOptions options;
  options.servers = ServerUrl();
  options.queue = "weft-" + std::to_string(++queues);
  options.set_up = nats::SetUp::kCreate;
  options.keep_for = std::chrono::minutes(5);
  nats::Engine engine(options);
  jobs::JobWorker worker(engine, executor, propagator,
                         {.max_in_flight = kInFlight});
  worker.Handle(kReverse,
                [](const std::string& payload) { return ResultOf(payload); });
  worker.Start();
  jobs::JobQueue queue(engine, executor, propagator,
                       {.max_unfinished = kUnfinished});
  std::int64_t right = 0;
  const double ns = NsPerOperation(kJobs, [&] {
    std::deque<std::pair<std::string, Future<std::string>>> under_way;
    const auto take = [&] {
      right += under_way.front().second.Get() == under_way.front().first;
      under_way.pop_front();
    };
    for (int i = 0; i < kJobs; ++i) {
      if (under_way.size() == kUnfinished) take();
      const std::string payload = PayloadOf(i);
      under_way.emplace_back(ResultOf(payload),
                             queue.Submit(kReverse, payload));
    }
    while (!under_way.empty()) take();
  });
  CheckAnswer(right, kJobs);
  return ns;
}

}  // namespace weft::benchmarks::nats_jobs
