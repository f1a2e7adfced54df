// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a task costs through the executors that stand over another one, beside
// one given to that directly; and a timer. Wall time: other threads do the
// work.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <vector>

#include "benchmark/benchmark.h"
#include "boost/asio/post.hpp"
#include "boost/asio/strand.hpp"
#include "boost/asio/thread_pool.hpp"
#include "weft/context/async_local_storage.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/bounded_options.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/priority_executor.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/timer.h"

namespace weft {
namespace {

constexpr int kTasks = 10'000;

const AsyncLocalStorage<int>& Storage() {
  static const auto* const storage = new AsyncLocalStorage<int>;
  return *storage;
}

ExecutorOptions Workers(const benchmark::State& state) {
  return {.concurrency = static_cast<int>(state.range(0))};
}

// From outside, in a context, 10,000 detached tasks until all have run.
void PostAll(benchmark::State& state, Executor& executor) {
  Storage().Run(1, [&] {
    for (auto _ : state) {
      for (int i = 0; i < kTasks; ++i) executor.Post([] {});
      executor.Drain();
    }
  });
  state.SetItemsProcessed(state.iterations() * kTasks);
}

void Arguments(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("workers")->Arg(1)->Arg(2)->UseRealTime();
}

void BM_Base(benchmark::State& state) {
  Executor base(Workers(state));
  PostAll(state, base);
}
BENCHMARK(BM_Base)->Apply(Arguments);

void BM_Serial(benchmark::State& state) {
  Executor base(Workers(state));
  SerialExecutor lane(base);
  PostAll(state, lane);
}
BENCHMARK(BM_Serial)->Apply(Arguments);

void BM_AsioStrand(benchmark::State& state) {
  boost::asio::thread_pool pool(static_cast<std::size_t>(state.range(0)));
  const auto strand = boost::asio::make_strand(pool);
  for (auto _ : state) {
    std::latch done(1);
    for (int i = 1; i < kTasks; ++i) boost::asio::post(strand, [] {});
    boost::asio::post(strand, [&done] { done.count_down(); });
    done.wait();
  }
  state.SetItemsProcessed(state.iterations() * kTasks);
}
BENCHMARK(BM_AsioStrand)->Apply(Arguments);

void BM_Bounded(benchmark::State& state) {
  Executor base(Workers(state));
  BoundedExecutor lane(base, {.capacity = kTasks});
  PostAll(state, lane);
}
BENCHMARK(BM_Bounded)->Apply(Arguments);

// Most submissions wait for a place.
void BM_BoundedAndFull(benchmark::State& state) {
  Executor base(Workers(state));
  BoundedExecutor lane(base, {.capacity = 64, .when_full = WhenFull::kBlock});
  PostAll(state, lane);
}
BENCHMARK(BM_BoundedAndFull)->Apply(Arguments);

void BM_Priority(benchmark::State& state) {
  Executor base(Workers(state));
  PriorityExecutor lanes(base);
  Storage().Run(1, [&] {
    constexpr Priority kAll[] = {Priority::kHigh, Priority::kNormal,
                                 Priority::kLow};
    for (auto _ : state) {
      for (int i = 0; i < kTasks; ++i) lanes.at(kAll[i % 3]).Post([] {});
      lanes.Drain();
    }
  });
  state.SetItemsProcessed(state.iterations() * kTasks);
}
BENCHMARK(BM_Priority)->Apply(Arguments);

// On as many threads as the others have workers.
void BM_Blocking(benchmark::State& state) {
  BlockingExecutor lane({.max_threads = static_cast<int>(state.range(0))});
  PostAll(state, lane);
}
BENCHMARK(BM_Blocking)->Apply(Arguments);

// One call at a time on a thread that is there already.
void BM_RunBlocking(benchmark::State& state) {
  BlockingExecutor lane;
  for (auto _ : state) lane.Submit([] {}).Get();
}
BENCHMARK(BM_RunBlocking)->UseRealTime();

// The first call, which starts the thread, and the end of that.
void BM_BlockingThread(benchmark::State& state) {
  for (auto _ : state) {
    BlockingExecutor lane;
    lane.Submit([] {}).Get();
  }
}
BENCHMARK(BM_BlockingThread)->UseRealTime();

// Sets a timer that is due before `pending` others, and cancels it.
void BM_SetAndCancelTimer(benchmark::State& state) {
  Executor base({.concurrency = 1});
  std::vector<Timer> others;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    others.push_back(base.PostAfter(std::chrono::hours(1), [] {}));
  }
  for (auto _ : state) {
    Timer timer = base.PostAfter(std::chrono::minutes(30), [] {});
    timer.Cancel();
  }
  for (Timer& timer : others) timer.Cancel();
}
BENCHMARK(BM_SetAndCancelTimer)->ArgName("pending")->Arg(0)->Arg(10'000);

}  // namespace
}  // namespace weft
