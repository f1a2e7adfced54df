// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What one operation of a storage costs, by how many storages are bound in the
// flow; and what it costs to keep a context, by how many threads do.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/context/internal/frame_cache.h"

namespace weft {
namespace {

// Binds `n` storages for the life of the object.
class Bound {
 public:
  explicit Bound(benchmark::State& state) {
    if (state.range(0) == 0) unbound_.emplace();
    for (int i = 0; i < state.range(0); ++i) {
      storages_.push_back(std::make_unique<AsyncLocalStorage<int>>());
      storages_.back()->EnterWith(i);
    }
  }
  // The one that was bound last, or one that is not bound.
  const AsyncLocalStorage<int>& last() const {
    return storages_.empty() ? *unbound_ : *storages_.back();
  }

 private:
  // Takes no slot from those that are bound.
  std::optional<AsyncLocalStorage<int>> unbound_;
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
BENCHMARK(BM_GetStore)
    ->ArgName("bound")
    ->Arg(0)
    ->Arg(1)
    ->Arg(16)
    ->Arg(256)
    ->Arg(1'000);

// The same where the innermost store is that of a Run().
void BM_GetStoreInRun(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const Bound bound(state);
    const AsyncLocalStorage<int>& storage = bound.last();
    storage.Run(1, [&] {
      for (auto _ : state) benchmark::DoNotOptimize(storage.GetStore());
    });
  });
}
BENCHMARK(BM_GetStoreInRun)->ArgName("bound")->Arg(1)->Arg(16)->Arg(256);

void BM_Run(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const Bound bound(state);
    const AsyncLocalStorage<int>& storage = bound.last();
    int x = 0;
    for (auto _ : state) {
      storage.Run(1, [&] { benchmark::DoNotOptimize(x); });
    }
  });
}
BENCHMARK(BM_Run)->ArgName("bound")->Arg(0)->Arg(1)->Arg(16)->Arg(256)->Arg(
    1'000);

// Three are bound, of so many that there are: neighbours, or far apart.
class FewOfMany {
 public:
  explicit FewOfMany(benchmark::State& state) {
    for (int i = 0; i < state.range(0); ++i) {
      storages_.push_back(std::make_unique<AsyncLocalStorage<int>>());
    }
    const auto step = static_cast<std::size_t>(state.range(1));
    for (std::size_t i = 0; i < 3; ++i) {
      bound_ = storages_[storages_.size() - 1 - i * step].get();
      bound_->EnterWith(1);
    }
  }
  const AsyncLocalStorage<int>& last() const { return *bound_; }

 private:
  std::vector<std::unique_ptr<AsyncLocalStorage<int>>> storages_;
  const AsyncLocalStorage<int>* bound_ = nullptr;
};

void FewOfManyArguments(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"alive", "step"});
  benchmark->Args({3, 1})->Args({20'000, 1})->Args({20'000, 6'000});
  // All three at one place of a frame.
  benchmark->Args({20'000, 32 * 200});
}

void BM_GetStoreFewOfMany(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const FewOfMany bound(state);
    const AsyncLocalStorage<int>& storage = bound.last();
    for (auto _ : state) benchmark::DoNotOptimize(storage.GetStore());
  });
}
BENCHMARK(BM_GetStoreFewOfMany)->Apply(FewOfManyArguments);

void BM_RunFewOfMany(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const FewOfMany bound(state);
    const AsyncLocalStorage<int>& storage = bound.last();
    int x = 0;
    for (auto _ : state) {
      storage.Run(1, [&] { benchmark::DoNotOptimize(x); });
    }
  });
}
BENCHMARK(BM_RunFewOfMany)->Apply(FewOfManyArguments);

void BM_SnapshotInRunFewOfMany(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const FewOfMany bound(state);
    for (auto _ : state) {
      bound.last().Run(
          1, [] { benchmark::DoNotOptimize(ContextSnapshot::Capture()); });
    }
  });
}
BENCHMARK(BM_SnapshotInRunFewOfMany)->Apply(FewOfManyArguments);

// To make and destroy so many storages.
void BM_MakeStorages(benchmark::State& state) {
  for (auto _ : state) {
    std::vector<std::unique_ptr<AsyncLocalStorage<int>>> storages;
    for (int i = 0; i < state.range(0); ++i) {
      storages.push_back(std::make_unique<AsyncLocalStorage<int>>());
    }
  }
}
BENCHMARK(BM_MakeStorages)->ArgName("storages")->Arg(1'000)->Arg(100'000);

// With a store that takes an allocation.
void BM_RunLarge(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const Bound bound(state);
    const AsyncLocalStorage<std::string> storage;
    int x = 0;
    for (auto _ : state) {
      storage.Run("short", [&] { benchmark::DoNotOptimize(x); });
    }
  });
}
BENCHMARK(BM_RunLarge)->ArgName("bound")->Arg(1)->Arg(15)->Arg(256);

void BM_EnterWith(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const Bound bound(state);
    const AsyncLocalStorage<int>& storage = bound.last();
    for (auto _ : state) storage.EnterWith(1);
  });
}
BENCHMARK(BM_EnterWith)->ArgName("bound")->Arg(0)->Arg(1)->Arg(16)->Arg(1'000);

void BM_Snapshot(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const Bound bound(state);
    for (auto _ : state) {
      benchmark::DoNotOptimize(ContextSnapshot::Capture());
    }
  });
}
BENCHMARK(BM_Snapshot)->ArgName("bound")->Arg(1)->Arg(16);

// The first capture in a Run(), which moves store and frame to the heap.
void BM_SnapshotInRun(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const Bound bound(state);
    for (auto _ : state) {
      bound.last().Run(
          1, [] { benchmark::DoNotOptimize(ContextSnapshot::Capture()); });
    }
  });
}
BENCHMARK(BM_SnapshotInRun)->ArgName("bound")->Arg(1)->Arg(16);

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

// A child on the stack of the flow that forked it: its frame is current.
void BM_BorrowedFrameScope(benchmark::State& state) {
  ContextSnapshot().Run([&] {
    const Bound bound(state);
    bound.last().Run(1, [&] {
      const context_internal::Frame* const frame =
          context_internal::CurrentFrame();
      int x = 0;
      for (auto _ : state) {
        const context_internal::BorrowedFrameScope scope(frame);
        benchmark::DoNotOptimize(x);
      }
    });
  });
}
BENCHMARK(BM_BorrowedFrameScope)->ArgName("bound")->Arg(1)->Arg(16);

// What a detached task pays to own its context, capture and release, where all
// threads own one context; by three means.

const std::shared_ptr<int>& SharedObject() {
  static const auto& object = *new auto(std::make_shared<int>(1));
  return object;
}

const context_internal::FrameRef& SharedFrame() {
  static const auto& frame = *new auto([] {
    const AsyncLocalStorage<int> storage;  // which frees its slot
    return storage.Run(1, [] { return context_internal::CaptureFrame(); });
  }());
  return frame;
}

void BM_OwnBySharedPtr(benchmark::State& state) {
  const std::shared_ptr<int>& object = SharedObject();
  for (auto _ : state) {
    std::shared_ptr<int> copy = object;
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(BM_OwnBySharedPtr)->ThreadRange(1, 2)->UseRealTime();

void BM_OwnByCount(benchmark::State& state) {
  const context_internal::FrameRef& frame = SharedFrame();
  for (auto _ : state) {
    context_internal::FrameRef copy = frame;
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(BM_OwnByCount)->ThreadRange(1, 2)->UseRealTime();

void BM_OwnByCache(benchmark::State& state) {
  context_internal::FrameCache cache;
  const context_internal::Frame* frame = SharedFrame().get();
  for (auto _ : state) {
    cache.AddRef(frame);
    benchmark::DoNotOptimize(frame);
    cache.Release(frame);
  }
}
BENCHMARK(BM_OwnByCache)->ThreadRange(1, 2)->UseRealTime();

}  // namespace
}  // namespace weft
