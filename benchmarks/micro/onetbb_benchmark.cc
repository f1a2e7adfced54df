// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What the bridge adds to oneTBB's own algorithms: each loop and each task as
// oneTBB runs it, through the bridge in no context and in one, as people write
// it by hand with a shared_ptr, and with a hook. Wall time.

#include <memory>
#include <optional>
#include <utility>

#include "benchmark/benchmark.h"
#include "oneapi/tbb/blocked_range.h"
#include "oneapi/tbb/global_control.h"
#include "oneapi/tbb/parallel_for.h"
#include "oneapi/tbb/partitioner.h"
#include "oneapi/tbb/task_arena.h"
#include "oneapi/tbb/task_group.h"
#include "weft/adapters/onetbb/parallel_for.h"
#include "weft/adapters/onetbb/task_group.h"
#include "weft/context/async_local_storage.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

using Range = ::tbb::blocked_range<int>;

enum Mode {
  kRaw = 0,            // oneTBB alone
  kNoContext = 1,      // the bridge
  kContext = 2,        // the bridge, in a context
  kContextAndHook = 3  // and with a hook for all four events
};

const AsyncLocalStorage<int>& Storage() {
  static const auto* const storage = new AsyncLocalStorage<int>;
  return *storage;
}

// Calls `body` in an arena, the context, and beside the hook, that the
// benchmark asks for.
template <typename Body>
void InMode(const benchmark::State& state, Body body) {
  const ::tbb::global_control control(
      ::tbb::global_control::max_allowed_parallelism, 4);
  ::tbb::task_arena arena(static_cast<int>(state.range(0)));
  std::optional<AsyncHook> hook;
  if (state.range(1) == kContextAndHook) {
    hook = CreateHook({.init = [](const InitEvent&) {},
                       .before = [](const BeforeEvent&) {},
                       .after = [](const AfterEvent&) {},
                       .destroy = [](const DestroyEvent&) {}})
               .Enable();
  }
  arena.execute([&] {
    if (state.range(1) < kContext) return body();
    Storage().Run(1, body);
  });
}

void Arguments(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"threads", "mode"})->UseRealTime();
  for (const int threads : {1, 2}) {
    for (const int mode : {kRaw, kNoContext, kContext, kContextAndHook}) {
      benchmark->Args({threads, mode});
    }
  }
}

void Touch(int i) { benchmark::DoNotOptimize(i); }

// 10,000 bodies of one index each: the dearest way to cut a loop.
void BM_ForOneByOne(benchmark::State& state) {
  const Range range(0, 10'000);
  const auto body = [](const Range& part) { Touch(part.begin()); };
  InMode(state, [&] {
    for (auto _ : state) {
      if (state.range(1) == kRaw) {
        ::tbb::parallel_for(range, body, ::tbb::simple_partitioner());
      } else {
        tbb::parallel_for(range, body, ::tbb::simple_partitioner());
      }
    }
  });
  state.SetItemsProcessed(state.iterations() * 10'000);
}
BENCHMARK(BM_ForOneByOne)->Apply(Arguments);

// 100,000 indices, cut as oneTBB likes.
void BM_ForIndex(benchmark::State& state) {
  InMode(state, [&] {
    for (auto _ : state) {
      if (state.range(1) == kRaw) {
        ::tbb::parallel_for(0, 100'000, Touch);
      } else {
        tbb::parallel_for(0, 100'000, Touch);
      }
    }
  });
  state.SetItemsProcessed(state.iterations() * 100'000);
}
BENCHMARK(BM_ForIndex)->Apply(Arguments);

// The same loop as BM_ForOneByOne, with what an AsyncResource costs a run.
void BM_ForOneByOneResource(benchmark::State& state) {
  const Range range(0, 10'000);
  InMode(state, [&] {
    for (auto _ : state) {
      ::tbb::parallel_for(
          range,
          AsyncResource::Bind([](const Range& part) { Touch(part.begin()); },
                              "LOOP"),
          ::tbb::simple_partitioner());
    }
  });
  state.SetItemsProcessed(state.iterations() * 10'000);
}
BENCHMARK(BM_ForOneByOneResource)
    ->ArgNames({"threads", "mode"})
    ->UseRealTime()
    ->Args({1, kContext})
    ->Args({2, kContext});

template <typename Group>
int Fib(int n) {
  if (n < 2) return n;
  int left = 0;
  Group group;
  group.run([&] { left = Fib<Group>(n - 1); });
  const int right = Fib<Group>(n - 2);
  group.wait();
  return left + right;
}

// Fork and join: 2,583 tasks a call.
void BM_Fib(benchmark::State& state) {
  InMode(state, [&] {
    for (auto _ : state) {
      const int result = state.range(1) == kRaw ? Fib<::tbb::task_group>(17)
                                                : Fib<tbb::task_group>(17);
      if (result != 1597) state.SkipWithError("wrong result");
    }
  });
  state.SetItemsProcessed(state.iterations() * 2583);
}
BENCHMARK(BM_Fib)->Apply(Arguments);

thread_local std::shared_ptr<const int> by_hand;

int FibByHand(int n) {
  if (n < 2) return n;
  int left = 0;
  ::tbb::task_group group;
  group.run([&left, n, context = by_hand] {
    const std::shared_ptr<const int> outer = std::exchange(by_hand, context);
    left = FibByHand(n - 1);
    by_hand = outer;
  });
  const int right = FibByHand(n - 2);
  group.wait();
  return left + right;
}

// The same with a shared_ptr that each task captures and installs.
void BM_FibByHand(benchmark::State& state) {
  InMode(state, [&] {
    by_hand = std::make_shared<const int>(1);
    for (auto _ : state) {
      if (FibByHand(17) != 1597) state.SkipWithError("wrong result");
    }
    by_hand.reset();
  });
  state.SetItemsProcessed(state.iterations() * 2583);
}
BENCHMARK(BM_FibByHand)
    ->ArgNames({"threads", "mode"})
    ->UseRealTime()
    ->Args({1, kRaw})
    ->Args({2, kRaw});

}  // namespace
}  // namespace weft
