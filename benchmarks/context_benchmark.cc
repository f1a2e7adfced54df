// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What one operation of a storage costs, by how many storages are bound in the
// flow. Nothing captures the context here; see executor_benchmark for that.

#include <memory>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"

namespace weft {
namespace {

// Binds `n` storages for the life of the object.
class Bound {
 public:
  explicit Bound(benchmark::State& state) {
    for (int i = 0; i < state.range(0); ++i) {
      storages_.push_back(std::make_unique<AsyncLocalStorage<int>>());
      storages_.back()->EnterWith(i);
    }
  }
  // The one that was bound last, or one that is not bound.
  const AsyncLocalStorage<int>& last() const {
    return storages_.empty() ? unbound_ : *storages_.back();
  }

 private:
  const ContextSnapshot before_ = ContextSnapshot::Capture();
  const AsyncLocalStorage<int> unbound_;
  std::vector<std::unique_ptr<AsyncLocalStorage<int>>> storages_;
};

// What the loop itself costs.
void BM_Nothing(benchmark::State& state) {
  int x = 0;
  for (auto _ : state) benchmark::DoNotOptimize(x);
}
BENCHMARK(BM_Nothing);

void BM_GetStore(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const Bound bound(state);
    const AsyncLocalStorage<int>& storage = bound.last();
    for (auto _ : state) benchmark::DoNotOptimize(storage.GetStore());
  });
}
BENCHMARK(BM_GetStore)->ArgName("bound")->Arg(0)->Arg(1)->Arg(16)->Arg(256);

void BM_Run(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const Bound bound(state);
    const AsyncLocalStorage<int>& storage = bound.last();
    for (auto _ : state) {
      storage.Run(1, [&] { benchmark::DoNotOptimize(storage.GetStore()); });
    }
  });
}
BENCHMARK(BM_Run)->ArgName("bound")->Arg(0)->Arg(1)->Arg(16)->Arg(256);

void BM_EnterWith(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const Bound bound(state);
    const AsyncLocalStorage<int>& storage = bound.last();
    for (auto _ : state) storage.EnterWith(1);
  });
}
BENCHMARK(BM_EnterWith)->ArgName("bound")->Arg(0)->Arg(1)->Arg(16);

void BM_Snapshot(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const Bound bound(state);
    for (auto _ : state) {
      benchmark::DoNotOptimize(ContextSnapshot::Capture());
    }
  });
}
BENCHMARK(BM_Snapshot)->ArgName("bound")->Arg(1)->Arg(16);

void BM_Bind(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const Bound bound(state);
    for (auto _ : state) {
      auto function =
          AsyncLocalStorage<int>::Bind([&] { return state.range(0); });
      benchmark::DoNotOptimize(function());
    }
  });
}
BENCHMARK(BM_Bind)->ArgName("bound")->Arg(1)->Arg(16);

void BM_RunSnapshot(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const Bound bound(state);
    const ContextSnapshot snapshot = ContextSnapshot::Capture();
    for (auto _ : state) {
      snapshot.Run([&] { benchmark::DoNotOptimize(bound.last().GetStore()); });
    }
  });
}
BENCHMARK(BM_RunSnapshot)->ArgName("bound")->Arg(1)->Arg(16);

}  // namespace
}  // namespace weft
