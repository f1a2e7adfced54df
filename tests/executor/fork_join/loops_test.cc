// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// ParallelFor() and ParallelReduce().

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/parallel_reduce.h"
#include "weft/hooks/execution.h"

namespace weft {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::ThrowsMessage;

class LoopsTest : public EveryExecutorTest {};

TEST_P(LoopsTest, EachIndexIsCalledOnce) {
  const std::unique_ptr<Executor> executor = Make();
  for (const std::size_t grain : {0u, 1u, 7u, 5000u}) {
    std::vector<std::atomic<int>> calls(3000);
    ParallelFor(*executor, std::size_t{0}, calls.size(),
                [&](std::size_t i) {
                  // relaxed: counts, read after the loop.
                  calls[i].fetch_add(1, std::memory_order_relaxed);
                },
                {.grain = grain});
    EXPECT_THAT(calls, Each(testing::Eq(1)));
  }
}

TEST_P(LoopsTest, RangesOfSignedAndSmallTypesAreWhole) {
  const std::unique_ptr<Executor> executor = Make();
  const auto sum = [&](auto first, auto last) {
    return ParallelReduce(
        *executor, first, last, std::int64_t{0},
        [](auto i) { return std::int64_t{i}; }, std::plus<>());
  };
  EXPECT_EQ(sum(-10, 11), 0);
  EXPECT_EQ(sum(std::int8_t{-128}, std::int8_t{127}), -128 - 127);
  EXPECT_EQ(sum(5, 5), 0);
  EXPECT_EQ(sum(6, 5), 0);
  constexpr int kMax = std::numeric_limits<int>::max();
  EXPECT_EQ(sum(kMax - 2, kMax), 2 * std::int64_t{kMax} - 3);
}

TEST_P(LoopsTest, NeighboursAreCombinedInOrder) {
  const std::unique_ptr<Executor> executor = Make();
  std::string expected;
  for (int i = 0; i < 500; ++i) expected += std::to_string(i) + ' ';
  const std::string text =
      ParallelReduce(*executor, 0, 500, std::string(),
                     [](int i) { return std::to_string(i) + ' '; },
                     std::plus<>(), {.grain = 3});

  EXPECT_EQ(text, expected);
}

TEST_P(LoopsTest, EachPartIsATaskOfTheCallersInItsContext) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  std::atomic<int> wrong{0};
  storage.Run(7, [&] {
    executor
        ->Submit([&] {
          const AsyncId self = ExecutionAsyncId();
          ParallelFor(0, 1000,
                      [&](int i) {
                        const bool right =
                            (i == 0 || *storage.GetStore() == 7 ||
                             *storage.GetStore() == 8) &&
                            TriggerAsyncId() == self &&
                            ExecutionAsyncId() != self &&
                            ExecutionAsyncResource().type() == "LOOP_TASK";
                        // relaxed: a count, read after the loop.
                        if (!right)
                          wrong.fetch_add(1, std::memory_order_relaxed);
                        storage.EnterWith(8);
                      },
                      {.grain = 1});
          EXPECT_EQ(*storage.GetStore(), 7);
          EXPECT_EQ(ExecutionAsyncId(), self);
        })
        .Get();
  });

  // relaxed: the loop has ended.
  EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);
}

TEST_P(LoopsTest, AnExceptionIsThrownWhenAllPartsHaveEnded) {
  const std::unique_ptr<Executor> executor = Make();
  EXPECT_THAT(
      [&] {
        ParallelFor(*executor, 0, 1000, [](int i) {
          if (i == 500) throw std::runtime_error("five hundred");
        });
      },
      ThrowsMessage<std::runtime_error>("five hundred"));
  EXPECT_EQ(ParallelReduce(
                *executor, 0, 10, 0, [](int i) { return i; }, std::plus<>()),
            45);
}

TEST_P(LoopsTest, OutsideOfTasksTheyNeedAnExecutor) {
  EXPECT_THAT([] { ParallelFor(0, 1, [](int) {}); },
              ThrowsMessage<std::logic_error>(HasSubstr("ParallelFor")));
}

TEST_P(LoopsTest, LoopsNest) {
  const std::unique_ptr<Executor> executor = Make();
  const int sum = ParallelReduce(
      *executor, 0, 20, 0,
      [](int i) {
        return ParallelReduce(
            0, 20, 0, [i](int j) { return i * j; }, std::plus<>());
      },
      std::plus<>());

  EXPECT_EQ(sum, 190 * 190);
}

WEFT_EVERY_EXECUTOR(LoopsTest);
WEFT_OTHER_EXECUTORS(LoopsTest);

}  // namespace
}  // namespace weft
