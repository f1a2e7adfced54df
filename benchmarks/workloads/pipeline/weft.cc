// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <optional>

#include "weft/benchmarks/workloads/peers/weft_pool.h"
#include "weft/benchmarks/workloads/pipeline/pipeline.h"
#include "weft/context/async_local_storage.h"
#include "weft/pipelines/pipeline.h"

namespace weft::benchmarks::pipeline {

namespace {

// Calls `enter(item)` in the source.
template <typename Enter>
double MeasureWeft(int threads, const Enter& enter) {
  Executor& executor = WeftExecutor(threads);
  return Measure([&](int& next, std::int64_t& sum) {
    InContext([&] {
      Pipeline("source",
               [&]() -> std::optional<int> {
                 if (next == kItems) return std::nullopt;
                 enter(next);
                 return next++;
               })
          .Then(StageMode::kParallel, "work", [](int item) { return item; })
          .Then(StageMode::kSerialInOrder, "add",
                [&sum](int item) { sum += item; })
          .Run(executor, {.tokens = kTokens});
    });
  });
}

}  // namespace

double Weft(int threads) {
  static const auto& number = *new AsyncLocalStorage<int>;
  return MeasureWeft(threads, [](int item) { number.EnterWith(item); });
}

double WeftEntersNothing(int threads) {
  return MeasureWeft(threads, [](int) {});
}

}  // namespace weft::benchmarks::pipeline
