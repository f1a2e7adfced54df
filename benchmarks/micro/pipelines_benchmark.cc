// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What an item of a pipeline costs, and a job of a graph, beside oneTBB's
// pipeline, without context and with. Stages do nothing. Wall time.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "oneapi/tbb/parallel_pipeline.h"
#include "oneapi/tbb/task_arena.h"
#include "weft/adapters/onetbb/parallel_pipeline.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/pipelines/job_graph.h"
#include "weft/pipelines/pipeline.h"

namespace weft {
namespace {

constexpr int kItems = 10'000;
constexpr std::size_t kTokens = 8;

void Arguments(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("workers")->Arg(1)->Arg(2)->UseRealTime();
}

// A source, a parallel stage, and one in order.
void BM_Pipeline(benchmark::State& state) {
  Executor executor({.concurrency = static_cast<int>(state.range(0))});
  const AsyncLocalStorage<int> number;
  int next = 0;
  auto pipeline =
      Pipeline("source", [&]() -> std::optional<int> {
        if (next == kItems) return std::nullopt;
        number.EnterWith(next);
        return next++;
      }).Then(StageMode::kParallel, "work", [](int item) {
          return item;
        }).Then(StageMode::kSerialInOrder, "collect", [](int) {});
  for (auto _ : state) {
    next = 0;
    pipeline.Run(executor, {.tokens = kTokens});
  }
  state.SetItemsProcessed(state.iterations() * kItems);
}
BENCHMARK(BM_Pipeline)->Apply(Arguments);

// The same as oneTBB's, plain or carried, by `run(next)`.
template <typename Run>
void RunOneTbb(benchmark::State& state, Run run) {
  ::tbb::task_arena arena(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    arena.execute([&] {
      int next = 0;
      run(next);
    });
  }
  state.SetItemsProcessed(state.iterations() * kItems);
}

void BM_OneTbbPipeline(benchmark::State& state) {
  RunOneTbb(state, [](int& next) {
    ::tbb::parallel_pipeline(
        kTokens,
        ::tbb::make_filter<void, int>(::tbb::filter_mode::serial_in_order,
                                      [&](::tbb::flow_control& control) {
                                        if (next == kItems) control.stop();
                                        return next++;
                                      }) &
            ::tbb::make_filter<int, int>(::tbb::filter_mode::parallel,
                                         [](int item) { return item; }) &
            ::tbb::make_filter<int, void>(::tbb::filter_mode::serial_in_order,
                                          [](int) {}));
  });
}
BENCHMARK(BM_OneTbbPipeline)->Apply(Arguments);

void BM_CarriedOneTbbPipeline(benchmark::State& state) {
  const AsyncLocalStorage<int> number;
  RunOneTbb(state, [&](int& next) {
    tbb::parallel_pipeline(
        kTokens, tbb::make_filter<void, int>(tbb::filter_mode::serial_in_order,
                                             [&](tbb::flow_control& control) {
                                               if (next == kItems)
                                                 control.stop();
                                               number.EnterWith(next);
                                               return next++;
                                             }) &
                     tbb::make_filter<int, int>(tbb::filter_mode::parallel,
                                                [](int item) { return item; }) &
                     tbb::make_filter<int, void>(
                         tbb::filter_mode::serial_in_order, [](int) {}));
  });
}
BENCHMARK(BM_CarriedOneTbbPipeline)->Apply(Arguments);

// One job, many that come after it, and one that comes after those.
void BM_JobGraph(benchmark::State& state) {
  constexpr int kJobs = 1'000;
  Executor executor({.concurrency = static_cast<int>(state.range(0))});
  JobGraph graph;
  std::vector<std::string> middle;
  graph.Add("first", [] {});
  for (int i = 0; i < kJobs; ++i) {
    middle.push_back(std::to_string(i));
    graph.Add(middle.back(), {"first"}, [] {});
  }
  graph.Add("last", middle, [] {});
  for (auto _ : state) graph.Run(executor);
  state.SetItemsProcessed(state.iterations() * (kJobs + 2));
}
BENCHMARK(BM_JobGraph)->Apply(Arguments);

}  // namespace
}  // namespace weft
