// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "benchmark/benchmark.h"
#include "weft/benchmarks/workloads/context/context.h"
#include "weft/benchmarks/workloads/measure.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/context/internal/frame_cache.h"

namespace weft::benchmarks::context {

namespace {

constexpr int kTimes = 200'000;

// Calls `each(kTimes)` on so many threads at once. Returns nanoseconds a time.
template <typename Each>
double OnThreads(int threads, const Each& each) {
  std::atomic<int> ready = 0;
  std::atomic<bool> go = false;
  std::vector<std::jthread> others;
  for (int i = 0; i < threads; ++i) {
    others.emplace_back([&] {
      // relaxed: a number alone.
      ready.fetch_add(1, std::memory_order_relaxed);
      // relaxed: what the threads share is there before them.
      while (!go.load(std::memory_order_relaxed)) std::this_thread::yield();
      each(kTimes);
    });
  }
  // relaxed: a number alone.
  while (ready.load(std::memory_order_relaxed) < threads) {
    std::this_thread::yield();
  }
  return NsPerOperation(kTimes, [&] {
    // relaxed: what the threads share is there before them.
    go.store(true, std::memory_order_relaxed);
    others.clear();
  });
}

}  // namespace

// As workers do it: each has its own cache of references.
double CaptureWeft(int threads) {
  const context_internal::FrameRef shared =
      InContext([] { return context_internal::CaptureFrame(); });
  return OnThreads(threads, [&](int times) {
    context_internal::FrameCache cache;
    const context_internal::Frame* frame = shared.get();
    for (int i = 0; i < times; ++i) {
      cache.AddRef(frame);
      benchmark::DoNotOptimize(frame);
      cache.Release(frame);
    }
  });
}

double CaptureSharedPtr(int threads) {
  const auto shared = std::make_shared<const int>(1);
  return OnThreads(threads, [&](int times) {
    for (int i = 0; i < times; ++i) {
      benchmark::DoNotOptimize(std::shared_ptr<const int>(shared));
    }
  });
}

}  // namespace weft::benchmarks::context
