// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a task costs, from its submission to its end, without a context, with
// one, and with one and a hook. Wall time: other threads do the work.

#include <optional>

#include "benchmark/benchmark.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

constexpr int kTasks = 10'000;

const AsyncLocalStorage<int>& Storage() {
  static const auto* const storage = new AsyncLocalStorage<int>;
  return *storage;
}

enum Mode { kNoContext = 0, kContext = 1, kContextAndHook = 2 };

// Runs `body` in the context, and beside the hook, that the benchmark asks for.
template <typename Body>
void InMode(const benchmark::State& state, Body body) {
  std::optional<AsyncHook> hook;
  if (state.range(1) == kContextAndHook) {
    hook = CreateHook({.init = [](const InitEvent&) {},
                       .before = [](const BeforeEvent&) {},
                       .after = [](const AfterEvent&) {},
                       .destroy = [](const DestroyEvent&) {}})
               .Enable();
  }
  if (state.range(1) == kNoContext) return body();
  Storage().Run(1, body);
}

void Arguments(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"workers", "mode"})->UseRealTime();
  for (const int workers : {1, 2}) {
    for (const int mode : {kNoContext, kContext, kContextAndHook}) {
      benchmark->Args({workers, mode});
    }
  }
}

// From outside, 10,000 detached tasks until all have run.
void BM_Post(benchmark::State& state) {
  Executor executor({.concurrency = static_cast<int>(state.range(0))});
  InMode(state, [&] {
    for (auto _ : state) {
      for (int i = 0; i < kTasks; ++i) executor.Post([] {});
      executor.Drain();
    }
  });
  state.SetItemsProcessed(state.iterations() * kTasks);
}
BENCHMARK(BM_Post)->Apply(Arguments);

// One at a time: submission, run, wake-up of who waits.
void BM_SubmitAndGet(benchmark::State& state) {
  Executor executor({.concurrency = static_cast<int>(state.range(0))});
  InMode(state, [&] {
    for (auto _ : state) executor.Submit([] {}).Get();
  });
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_SubmitAndGet)->Apply(Arguments);

int Fib(Executor& executor, int n) {
  if (n < 2) return n;
  int left = 0;
  TaskGroup group(executor);
  group.Run([&] { left = Fib(executor, n - 1); });
  const int right = Fib(executor, n - 2);
  group.Wait();
  return left + right;
}

// Fork and join: 2,583 forks a call.
void BM_Fib(benchmark::State& state) {
  Executor executor({.concurrency = static_cast<int>(state.range(0))});
  InMode(state, [&] {
    for (auto _ : state) {
      const int result =
          executor.Submit([&] { return Fib(executor, 17); }).Get();
      if (result != 1597) state.SkipWithError("wrong result");
    }
  });
  state.SetItemsProcessed(state.iterations() * 2583);
}
BENCHMARK(BM_Fib)->Apply(Arguments);

}  // namespace
}  // namespace weft
