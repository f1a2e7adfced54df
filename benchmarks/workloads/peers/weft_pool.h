// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Weft, as all its rows use it: in a context, with ids.

#ifndef WEFT_BENCHMARKS_WORKLOADS_PEERS_WEFT_POOL_H_
#define WEFT_BENCHMARKS_WORKLOADS_PEERS_WEFT_POOL_H_

#include <cstdint>

#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"

namespace weft::benchmarks {

// The executor of that size.
Executor& WeftExecutor(int threads);

// What is bound around all that Weft's rows do.
const AsyncLocalStorage<int>& WeftContext();

// Calls `fn()` in the context and returns its result.
template <typename Fn>
decltype(auto) InContext(const Fn& fn) {
  return WeftContext().Run(1, fn);
}

// Calls `fn()` in the context, as a task, and returns its result.
template <typename Fn>
auto InTask(int threads, const Fn& fn) {
  Executor& executor = WeftExecutor(threads);
  return InContext([&] { return executor.Submit([&] { return fn(); }).Get(); });
}

// Recursive work as it is forked with `Join()`.
struct WeftForks {
  template <typename Fn>
  static std::int64_t Run(int threads, const Fn& fn) {
    return InTask(threads, fn);
  }

  // Returns the sum of fn(i) for i below `n`, each a task but one.
  template <typename Fn>
  static std::int64_t Sum(int n, const Fn& fn) {
    return n == 0 ? 0 : Sum(0, n, fn);
  }

 private:
  template <typename Fn>
  static std::int64_t Sum(int first, int last, const Fn& fn) {
    if (last - first == 1) return fn(first);
    const int middle = first + (last - first) / 2;
    const auto [left, right] = Join([&] { return Sum(first, middle, fn); },
                                    [&] { return Sum(middle, last, fn); });
    return left + right;
  }
};

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_WORKLOADS_PEERS_WEFT_POOL_H_
