// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What awaiting a coroutine costs, beside calling a function, and beside
// awaiting one whose task type knows of no context, ids and hooks.

#include <cstddef>
#include <optional>

#include "benchmark/benchmark.h"
#include "weft/benchmarks/workloads/peers/plain_coroutine.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

constexpr int kChildren = 10'000;

[[gnu::noinline]] int Call(int n) {
  benchmark::DoNotOptimize(n);
  return n;
}

void BM_Call(benchmark::State& state) {
  for (auto _ : state) {
    for (int i = 0; i < kChildren; ++i) benchmark::DoNotOptimize(Call(i));
  }
  state.SetItemsProcessed(state.iterations() * kChildren);
}
BENCHMARK(BM_Call);

template <typename AnyTask>
[[gnu::noinline]] AnyTask Child(int n) {
  co_return n;
}

template <typename AnyTask>
AnyTask Parent() {
  int sum = 0;
  for (int i = 0; i < kChildren; ++i) sum ^= co_await Child<AnyTask>(i);
  co_return sum;
}

void BM_PlainChild(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(Parent<benchmarks::HandWrittenCoroutine>().Run());
  state.SetItemsProcessed(state.iterations() * kChildren);
}
BENCHMARK(BM_PlainChild);

enum Mode { kNoContext = 0, kContext = 1, kContextAndHook = 2 };

// Runs `body` in the context, and beside the hook, that the benchmark asks for.
template <typename Body>
void InMode(const benchmark::State& state, Body body) {
  static const auto& storage = *new AsyncLocalStorage<int>;
  std::optional<AsyncHook> hook;
  if (state.range(0) == kContextAndHook) {
    hook = CreateHook({.init = [](const InitEvent&) {},
                       .before = [](const BeforeEvent&) {},
                       .after = [](const AfterEvent&) {},
                       .destroy = [](const DestroyEvent&) {}})
               .Enable();
  }
  if (state.range(0) == kNoContext) return body();
  storage.Run(1, body);
}

void BM_Child(benchmark::State& state) {
  ManualExecutor executor;
  InMode(state, [&] {
    for (auto _ : state) {
      benchmark::DoNotOptimize(Spawn(executor, Parent<Task<int>>()).Get());
    }
  });
  state.SetItemsProcessed(state.iterations() * kChildren);
}
BENCHMARK(BM_Child)->ArgName("mode")->DenseRange(kNoContext, kContextAndHook);

Task<> Hop(Executor& executor) {
  for (int i = 0; i < kChildren; ++i) co_await executor.Schedule();
}

// To the end of its own worker's queue.
void BM_Hop(benchmark::State& state) {
  Executor executor({.concurrency = 1});
  InMode(state, [&] {
    for (auto _ : state) Spawn(executor, Hop(executor)).Get();
  });
  state.SetItemsProcessed(state.iterations() * kChildren);
}
BENCHMARK(BM_Hop)
    ->ArgName("mode")
    ->DenseRange(kNoContext, kContextAndHook)
    ->UseRealTime();

// The same for tasks: one that submits the next.
void PostNext(Executor& executor, int left) {
  if (left > 0)
    executor.Post([&executor, left] { PostNext(executor, left - 1); });
}
void BM_PostNext(benchmark::State& state) {
  Executor executor({.concurrency = 1});
  InMode(state, [&] {
    for (auto _ : state) {
      PostNext(executor, kChildren);
      executor.Drain();
    }
  });
  state.SetItemsProcessed(state.iterations() * kChildren);
}
BENCHMARK(BM_PostNext)
    ->ArgName("mode")
    ->DenseRange(kNoContext, kContextAndHook)
    ->UseRealTime();

}  // namespace
}  // namespace weft
