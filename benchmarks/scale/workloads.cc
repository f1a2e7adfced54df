// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/benchmarks/scale/workloads.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/pipelines/pipeline.h"

namespace weft::scale {
namespace {

constexpr int kMostSlots = 2048;
constexpr std::int64_t kArity = 10;  // of the tree
constexpr int kWorkersPerProducer = 8;
constexpr std::int64_t kChainsPerWorker = 4;  // of the server's requests

// What a thread notes of the tasks that have run on it.
//
// Edges:
//   [BS1] Work() stores `ran` <-> TasksRun() loads it: the times of those
//   tasks'
//         ends are seen. Breaks if weakened: a round seems to end earlier.
//         Test: ScaleTest.EachTaskOfEachWorkloadRunsOnce.
struct alignas(128) Slot {
  std::atomic<std::int64_t> ran{0};
  std::atomic<double> last_end{0};
};

Slot* slots = nullptr;
std::atomic<int> slots_used{0};
thread_local Slot* own_slot = nullptr;

// The work of a task.
void Work(std::int64_t grain) {
  if (grain > 0) Compute(grain);
  if (own_slot == nullptr) {
    // relaxed: a number for each thread.
    own_slot = &slots[slots_used.fetch_add(1, std::memory_order_relaxed)];
  }
  // relaxed: only this thread writes it, and TasksRun() sees the count below.
  own_slot->last_end.store(Now(), std::memory_order_relaxed);
  // [BS1]
  own_slot->ran.store(own_slot->ran.load(std::memory_order_relaxed) + 1,
                      std::memory_order_release);
}

std::int64_t TasksRun() {
  std::int64_t tasks = 0;
  for (int i = 0; i < kMostSlots; ++i) {
    // [BS1]
    tasks += slots[i].ran.load(std::memory_order_acquire);
  }
  return tasks;
}

double LastEnd() {
  double end = 0;
  for (int i = 0; i < kMostSlots; ++i) {
    // relaxed: ordered by [BS1].
    end = std::max(end, slots[i].last_end.load(std::memory_order_relaxed));
  }
  return end;
}

// Fork and join.

void Fib(int n, std::int64_t grain) {
  if (n < 2) return Work(grain);
  Join([=] { Fib(n - 1, grain); }, [=] { Fib(n - 2, grain); });
}

Round RunFib(Executor& executor, const Job& job) {
  // Fib(n) has as many leaves as the number of Fibonacci that comes after n's.
  int n = 1;
  std::int64_t leaves = 1;
  for (std::int64_t before = 1; leaves < job.tasks; ++n) {
    const std::int64_t next = before + leaves;
    before = leaves;
    leaves = next;
  }
  Round round;
  round.expected = leaves;
  round.chain_steps = n;
  executor.Submit([&] { Fib(n, job.grain); }).Get();
  return round;
}

// A tree of groups, ten tasks below each.

void Tree(Executor& executor, std::int64_t leaves, std::int64_t grain) {
  if (leaves == 1) return Work(grain);
  TaskGroup group(executor);
  const std::int64_t parts = std::min(leaves, kArity);
  for (std::int64_t i = 0; i < parts; ++i) {
    const std::int64_t part = leaves * (i + 1) / parts - leaves * i / parts;
    group.Run([&executor, part, grain] { Tree(executor, part, grain); });
  }
  group.Wait();
}

Round RunTree(Executor& executor, const Job& job) {
  Round round;
  round.expected = job.tasks;
  round.chain_steps =
      static_cast<double>(kArity) * std::ceil(std::log10(static_cast<double>(
                                        std::max<std::int64_t>(job.tasks, 2))));
  executor.Submit([&] { Tree(executor, job.tasks, job.grain); }).Get();
  return round;
}

// One group, which one task fills.

Round RunFlat(Executor& executor, const Job& job) {
  Round round;
  round.expected = job.tasks;
  executor
      .Submit([&] {
        TaskGroup group(executor);
        GroupMade(group);
        const double begin = Now();
        for (std::int64_t i = 0; i < job.tasks; ++i) {
          group.Run([grain = job.grain] { Work(grain); });
        }
        round.submitting = Now() - begin;
        group.Wait();
      })
      .Get();
  round.chain_steps = static_cast<double>(job.tasks);
  return round;
}

// Threads that are no workers submit detached tasks.

struct Production {
  Executor* executor;
  std::int64_t tasks;
  std::int64_t grain;
  double submitting = 0;
};

void* Produce(void* production) {
  auto& mine = *static_cast<Production*>(production);
  const double begin = Now();
  for (std::int64_t i = 0; i < mine.tasks; ++i) {
    mine.executor->Post([grain = mine.grain] { Work(grain); });
  }
  mine.submitting = Now() - begin;
  return nullptr;
}

Round RunSubmit(Executor& executor, const Job& job) {
  const int producers = std::max(1, job.workers / kWorkersPerProducer);
  Round round;
  std::vector<Production> productions;
  for (int i = 0; i < producers; ++i) {
    productions.push_back(
        {&executor, job.tasks * (i + 1) / producers - job.tasks * i / producers,
         job.grain});
    round.expected += productions.back().tasks;
  }
  Producers threads;
  for (Production& production : productions) {
    threads.Start(&Produce, &production);
  }
  threads.Join();
  const Production& first = productions.front();
  round.submitting = first.submitting;
  round.chain_steps = static_cast<double>(first.tasks);
  return round;
}

// Three stages: a source, a parallel stage that computes, a sink in order.

Round RunPipeline(Executor& executor, const Job& job) {
  Round round;
  round.expected = job.tasks;
  std::int64_t next = 0;
  std::int64_t in_order = 0;
  Pipeline("source",
           [&]() -> std::optional<std::int64_t> {
             if (next == job.tasks) return std::nullopt;
             return next++;
           })
      .Then(StageMode::kParallel, "work",
            [&](std::int64_t item) {
              Work(job.grain);
              return item;
            })
      .Then(StageMode::kSerialInOrder, "sink",
            [&](std::int64_t item) { in_order += item == in_order ? 1 : 0; })
      .Run(executor, {.tokens = 4 * static_cast<std::size_t>(job.workers)});
  if (in_order != job.tasks) round.expected = -1;
  return round;
}

// Requests that arrive on connections: each is a task, whose last step is to
// submit the next request of its connection.

void Serve(Executor& executor, std::int64_t requests, std::int64_t grain) {
  Work(grain);
  if (requests == 1) return;
  executor.Post(
      [&executor, requests, grain] { Serve(executor, requests - 1, grain); });
}

Round RunServer(Executor& executor, const Job& job) {
  const std::int64_t chains = kChainsPerWorker * job.workers;
  const std::int64_t requests = std::max<std::int64_t>(1, job.tasks / chains);
  Round round;
  round.expected = chains * requests;
  round.chain_tasks = static_cast<double>(requests);
  round.chain_steps = static_cast<double>(chains);
  const double begin = Now();
  for (std::int64_t i = 0; i < chains; ++i) {
    executor.Post([&executor, requests, grain = job.grain] {
      Serve(executor, requests, grain);
    });
  }
  round.submitting = Now() - begin;
  return round;
}

struct Workload {
  const char* name;
  Round (*run)(Executor& executor, const Job& job);
};
constexpr std::array<Workload, 6> kWorkloads{{{"fib", &RunFib},
                                              {"tree", &RunTree},
                                              {"flat", &RunFlat},
                                              {"submit", &RunSubmit},
                                              {"pipeline", &RunPipeline},
                                              {"server", &RunServer}}};

const Workload* Find(const std::string& name) {
  for (const Workload& workload : kWorkloads) {
    if (name == workload.name) return &workload;
  }
  return nullptr;
}

Round Run(const Workload& workload, Executor& executor, const Job& job) {
  const std::int64_t before = TasksRun();
  const double begin = Now();
  Round round = workload.run(executor, job);
  while (TasksRun() - before < round.expected) Pass(20'000);
  round.elapsed = LastEnd() - begin;
  // A task that ran twice may come late.
  Pass(100'000);
  round.tasks = TasksRun() - before;
  return round;
}

// Waits until all workers have a thread and sleep.
bool AllAsleep(const Executor& executor, int workers) {
  return executor.stats().threads.idle >= workers;
}

// Gives each worker a thread: each task goes on until all workers have one.
void WakeAll(Executor& executor, int workers) {
  std::atomic<int> arrived{0};
  TaskGroup group(executor);
  for (int i = 0; i < workers; ++i) {
    group.Run([&arrived, workers] {
      // relaxed: a number; nothing else is looked at.
      arrived.fetch_add(1, std::memory_order_relaxed);
      while (arrived.load(std::memory_order_relaxed) < workers) Compute(1000);
    });
  }
  group.Wait();
}

}  // namespace

const std::vector<std::string>& WorkloadNames() {
  static const auto& names = *new std::vector<std::string>([] {
    std::vector<std::string> all;
    for (const Workload& workload : kWorkloads) all.push_back(workload.name);
    return all;
  }());
  return names;
}

std::string CheckJob(const Job& job) {
  if (Find(job.workload) == nullptr) {
    return "\"" + job.workload + "\" is no workload";
  }
  if (job.workers < 1 || job.workers > ExecutorOptions::kMaxConcurrency) {
    return "the number of workers is " + std::to_string(job.workers) +
           ", must be 1 to " + std::to_string(ExecutorOptions::kMaxConcurrency);
  }
  if (job.tasks < 1) {
    return "the number of tasks is " + std::to_string(job.tasks) +
           ", must be 1 or more";
  }
  if (job.grain < 0) {
    return "the grain is " + std::to_string(job.grain) +
           " ns, must be 0 or more";
  }
  return {};
}

Round RunJob(const Job& job) {
  const Workload& workload = *Find(job.workload);
  if (slots == nullptr) slots = new Slot[kMostSlots];
  ExecutorOptions options;
  options.concurrency = job.workers;
  options.linger = ExecutorOptions::kMaxLinger;
  // The executor stays, as threads of the simulated machine do.
  Executor& executor = *new Executor(options);
  do {
    WakeAll(executor, job.workers);
    Pass(1'000'000);
  } while (!AllAsleep(executor, job.workers));
  Job warm_up = job;
  warm_up.tasks = std::min<std::int64_t>(job.tasks, 20 * job.workers);
  static_cast<void>(Run(workload, executor, warm_up));
  while (!AllAsleep(executor, job.workers)) Pass(1'000'000);
  RoundBegins(executor);
  const Round round = Run(workload, executor, job);
  RoundEnds();
  return round;
}

}  // namespace weft::scale
