// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/benchmarks/workloads/pipeline/pipeline.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/coroutine.h"
#include "weft/pipelines/pipeline.h"

namespace weft::benchmarks::pipeline {

namespace {

// Calls `enter(item)` in the source; `work` is the parallel stage.
template <typename Enter, typename Work>
double MeasureWeft(int threads, const Enter& enter, const Work& work,
                   const PipelineOptions& options = {.tokens = kTokens}) {
  Executor& executor = WeftExecutor(threads);
  return Measure([&](int& next, std::int64_t& sum) {
    InContext([&] {
      Pipeline("source",
               [&]() -> std::optional<int> {
                 if (next == kItems) return std::nullopt;
                 enter(next);
                 return next++;
               })
          .Then(StageMode::kParallel, "work", work)
          .Then(StageMode::kSerialInOrder, "add",
                [&sum](int item) { sum += item; })
          .Run(executor, options);
    });
  });
}

int Same(int item) { return item; }
Task<int> SameInCoroutine(int item) { co_return item; }

const AsyncLocalStorage<int>& NumberOfItem() {
  static const auto& number = *new AsyncLocalStorage<int>;
  return number;
}

}  // namespace

double Weft(int threads) {
  const AsyncLocalStorage<int>& number = NumberOfItem();
  return MeasureWeft(
      threads, [&number](int item) { number.EnterWith(item); }, Same);
}

double WeftEntersNothing(int threads) {
  return MeasureWeft(threads, [](int) {}, Same);
}

double WeftCoroutine(int threads) {
  const AsyncLocalStorage<int>& number = NumberOfItem();
  return MeasureWeft(
      threads, [&number](int item) { number.EnterWith(item); },
      SameInCoroutine);
}

double WeftItemTime(int threads) {
  const AsyncLocalStorage<int>& number = NumberOfItem();
  return MeasureWeft(threads, [&number](int item) { number.EnterWith(item); },
                     Same,
                     {.tokens = kTokens, .item_time = std::chrono::hours(1)});
}

double WeftBatch(int threads) {
  Executor& executor = WeftExecutor(threads);
  const AsyncLocalStorage<int>& number = NumberOfItem();
  return Measure([&](int& next, std::int64_t& sum) {
    InContext([&] {
      Pipeline("source",
               [&]() -> std::optional<int> {
                 if (next == kItems) return std::nullopt;
                 number.EnterWith(next);
                 return next++;
               })
          .Then(StageMode::kParallel, "work", Same)
          .Batch(kBatch)
          .Then(StageMode::kSerialInOrder, "add",
                [&sum](const std::vector<int>& batch) { sum += Sum(batch); })
          .Run(executor, {.tokens = kTokens});
    });
  });
}

double WeftEachAndGather(int threads) {
  Executor& executor = WeftExecutor(threads);
  const AsyncLocalStorage<int>& number = NumberOfItem();
  return Measure([&](int& next, std::int64_t& sum) {
    InContext([&] {
      Pipeline("source",
               [&]() -> std::optional<std::vector<int>> {
                 if (next == kItems) return std::nullopt;
                 number.EnterWith(next);
                 return NextParts(next);
               })
          .Each()
          .Then(StageMode::kParallel, "work", Same)
          .Gather()
          .Then(StageMode::kSerialInOrder, "add",
                [&sum](const std::vector<int>& parts) { sum += Sum(parts); })
          .Run(executor, {.tokens = kTokens});
    });
  });
}

}  // namespace weft::benchmarks::pipeline
