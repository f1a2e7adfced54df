// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/workers/thread_budget.h"

#include <memory>

#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tbb/info.h"

namespace weft::executor_internal {
namespace {

std::size_t Limit() {
  return tbb::global_control::active_value(
      tbb::global_control::max_allowed_parallelism);
}

TEST(ThreadBudgetTest, CoversTheSumOfAllSharesAndEndsWithThem) {
  const std::size_t without = Limit();
  {
    const ThreadShare first(20);
    EXPECT_EQ(Limit(), without + 20);
    auto second = std::make_unique<ThreadShare>(30);
    EXPECT_EQ(Limit(), without + 50);
    EXPECT_EQ(first.available(), 20);
    EXPECT_EQ(second->available(), 30);
    second.reset();
    EXPECT_EQ(Limit(), without + 20);
  }
  EXPECT_EQ(Limit(), without);
}

TEST(ThreadBudgetTest, NeverTakesThreadsFromTheApplication) {
  const auto processors =
      static_cast<std::size_t>(tbb::info::default_concurrency());
  const ThreadShare one(1);
  EXPECT_GE(Limit(), processors);
}

TEST(ThreadBudgetTest, ALowerLimitOfTheApplicationWins) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  3);
  const ThreadShare share(8);
  EXPECT_EQ(share.available(), 2);
  const tbb::global_control lowest(tbb::global_control::max_allowed_parallelism,
                                   1);
  EXPECT_EQ(share.available(), 1);
}

}  // namespace
}  // namespace weft::executor_internal
