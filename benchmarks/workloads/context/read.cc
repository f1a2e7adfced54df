// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "benchmark/benchmark.h"
#include "weft/benchmarks/workloads/context/context.h"
#include "weft/benchmarks/workloads/measure.h"
#include "weft/context/async_local_storage.h"

namespace weft::benchmarks::context {

namespace {

constexpr int kTimes = 100'000;

constexpr int kStorages = 256;

const AsyncLocalStorage<int>& Storage(int i) {
  static const auto& storages =
      *new std::array<AsyncLocalStorage<int>, kStorages>;
  return storages[static_cast<std::size_t>(i)];
}

// Calls `fn()` with the storages from `first` to `last` bound to 1.
void WithBound(int first, int last, const std::function<void()>& fn) {
  if (first > last) return fn();
  Storage(first).Run(1, [&] { WithBound(first + 1, last, fn); });
}

}  // namespace

template <int storages>
double GetStore(int) {
  const AsyncLocalStorage<int>& storage = Storage(0);
  bool right = false;
  double ns = 0;
  WithBound(0, storages - 1, [&] {
    right = storage.GetStore() != nullptr && *storage.GetStore() == 1;
    ns = NsPerOperation(kTimes, [&storage] {
      for (int i = 0; i < kTimes; ++i) {
        benchmark::DoNotOptimize(storage.GetStore());
        benchmark::ClobberMemory();
      }
    });
  });
  CheckAnswer(right, true);
  return ns;
}

template <int storages>
double Run(int) {
  const AsyncLocalStorage<int>& storage = Storage(0);
  std::int64_t calls = 0;
  double ns = 0;
  WithBound(1, storages - 1, [&] {
    ns = NsPerOperation(kTimes, [&] {
      std::int64_t called = 0;  // in no memory that the clobber concerns
      for (int i = 0; i < kTimes; ++i) {
        storage.Run(i, [&called] {
          ++called;
          benchmark::ClobberMemory();
        });
      }
      calls = called;
    });
  });
  CheckAnswer(calls, kTimes);
  return ns;
}

template double GetStore<1>(int threads);
template double GetStore<4>(int threads);
template double GetStore<16>(int threads);
template double GetStore<64>(int threads);
template double GetStore<256>(int threads);
template double Run<1>(int threads);
template double Run<4>(int threads);
template double Run<16>(int threads);
template double Run<64>(int threads);
template double Run<256>(int threads);

}  // namespace weft::benchmarks::context
