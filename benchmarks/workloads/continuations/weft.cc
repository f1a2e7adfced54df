// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>
#include <variant>
#include <vector>

#include "weft/benchmarks/workloads/continuations/continuations.h"
#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/executor/collect.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/flatten.h"
#include "weft/executor/future.h"
#include "weft/executor/outcome.h"
#include "weft/executor/promise.h"
#include "weft/executor/when_any.h"

namespace weft::benchmarks::continuations {
namespace {

using Sum = Task<std::int64_t>;

// Measures the coroutine that `fn(executor)` returns.
template <typename Fn>
double MeasureCoroutine(int threads, const Fn& fn) {
  Executor& executor = WeftExecutor(threads);
  return Measure([&] {
    return InContext([&] { return Spawn(executor, fn(executor)).Get(); });
  });
}

Sum AddOutcomes(Executor& executor) {
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    Promise<int> promise(executor);
    Future<int> passed = promise.GetFuture().ThenOutcome(
        [](Outcome<int> outcome) { return std::move(outcome).Get(); });
    promise.SetValue(i);
    sum += co_await std::move(passed);
  }
  co_return sum;
}

Sum AddCaught(Executor& executor) {
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    Promise<int> promise(executor);
    Future<int> caught = promise.GetFuture().Catch<Failure>(
        [](const Failure& failure) { return failure.number; });
    promise.SetException(std::make_exception_ptr(Failure{i}));
    sum += co_await std::move(caught);
  }
  co_return sum;
}

Sum AddFinals(Executor& executor) {
  std::int64_t sum = 0;
  int calls = 0;
  for (int i = 0; i < kOperations; ++i) {
    Promise<int> promise(executor);
    Future<int> passed = promise.GetFuture().Finally([&calls] { ++calls; });
    promise.SetValue(i);
    sum += co_await std::move(passed);
  }
  co_return calls == kOperations ? sum : -1;
}

Sum AddFlattened(Executor& executor) {
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    Promise<Future<int>> outer(executor);
    Promise<int> inner(executor);
    Future<int> flat = Flatten(outer.GetFuture());
    outer.SetValue(inner.GetFuture());
    inner.SetValue(i);
    sum += co_await std::move(flat);
  }
  co_return sum;
}

Sum AddCollected(Executor& executor) {
  std::int64_t sum = 0;
  for (int first = 0; first < kOperations; first += kInputs) {
    std::vector<Promise<int>> promises;
    std::vector<Future<int>> futures;
    for (int i = 0; i < kInputs; ++i) {
      promises.emplace_back(executor);
      futures.push_back(promises.back().GetFuture());
    }
    Future<std::vector<AnyResult<int>>> collected =
        Collect(std::size_t{kWanted}, std::move(futures));
    for (int i = 0; i < kInputs; ++i) {
      promises[static_cast<std::size_t>(i)].SetValue(first);
    }
    const std::vector<AnyResult<int>> results = co_await std::move(collected);
    for (const AnyResult<int>& result : results) {
      // Two inputs for each that is collected.
      sum += 2 * result.value;
    }
    sum += kInputs * (kInputs - 1) / 2;
  }
  co_return sum;
}

Sum AddFirstOfTwo(Executor& executor) {
  std::int64_t sum = 0;
  for (int i = 0; i < kOperations; ++i) {
    Promise<int> number(executor);
    Promise<std::int64_t> other(executor);
    auto any = WhenAny(number.GetFuture(), other.GetFuture());
    i % 2 == 0 ? number.SetValue(i) : other.SetValue(i);
    const auto first = co_await std::move(any);
    sum += std::visit(
        [](const auto& value) { return static_cast<std::int64_t>(value); },
        first.value);
    i % 2 == 0 ? other.SetValue(0) : number.SetValue(0);
  }
  co_return sum;
}

}  // namespace

double Outcomes(int threads) { return MeasureCoroutine(threads, AddOutcomes); }
double Catches(int threads) { return MeasureCoroutine(threads, AddCaught); }
double Finals(int threads) { return MeasureCoroutine(threads, AddFinals); }
double Flattened(int threads) {
  return MeasureCoroutine(threads, AddFlattened);
}
double Collected(int threads) {
  return MeasureCoroutine(threads, AddCollected);
}
double FirstOfTwo(int threads) {
  return MeasureCoroutine(threads, AddFirstOfTwo);
}

}  // namespace weft::benchmarks::continuations
