// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "benchmark/benchmark.h"
#include "weft/benchmarks/workloads/context/context.h"
#include "weft/benchmarks/workloads/measure.h"
#include "weft/context/async_local_storage.h"

namespace weft::benchmarks::context {

namespace {

constexpr int kTimes = 100'000;

// Calls `fn()` with so many storages bound to 1.
template <int storages, typename Fn>
void WithBound(const Fn& fn) {
  if constexpr (storages == 0) {
    fn();
  } else {
    static const auto& storage = *new AsyncLocalStorage<int>;
    storage.Run(1, [&] { WithBound<storages - 1>(fn); });
  }
}

const AsyncLocalStorage<int>& Storage() {
  static const auto& storage = *new AsyncLocalStorage<int>;
  return storage;
}

}  // namespace

template <int storages>
double GetStore(int) {
  const AsyncLocalStorage<int>& storage = Storage();
  bool right = false;
  double ns = 0;
  storage.Run(1, [&] {
    WithBound<storages - 1>([&] {
      right = storage.GetStore() != nullptr && *storage.GetStore() == 1;
      ns = NsPerOperation(kTimes, [&storage] {
        for (int i = 0; i < kTimes; ++i) {
          benchmark::DoNotOptimize(storage.GetStore());
          benchmark::ClobberMemory();
        }
      });
    });
  });
  CheckAnswer(right, true);
  return ns;
}

template <int storages>
double Run(int) {
  const AsyncLocalStorage<int>& storage = Storage();
  std::int64_t calls = 0;
  double ns = 0;
  WithBound<storages - 1>([&] {
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
template double GetStore<16>(int threads);
template double Run<1>(int threads);
template double Run<16>(int threads);

}  // namespace weft::benchmarks::context
