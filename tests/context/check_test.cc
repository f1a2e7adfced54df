// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/check.h"

#include <csignal>

#include "gtest/gtest.h"

namespace weft::context_internal {
namespace {

TEST(CheckTest, GoesOnWhereTheConditionHolds) {
  int evaluated = 0;
  WEFT_CHECK(++evaluated == 1, "not shown");
  EXPECT_EQ(evaluated, 1);
}

TEST(CheckDeathTest, SaysWhereAndWhatAndAborts) {
  EXPECT_EXIT(WEFT_CHECK(1 + 1 == 3, "sums are off"),
              testing::KilledBySignal(SIGABRT),
              "weft: .*check_test.cc:[0-9]+: sums are off");
}

TEST(CheckDeathTest, DebugCheckIsForDebugBuilds) {
  bool evaluated = false;
  const auto check = [&] {
    WEFT_DCHECK((evaluated = true), "not shown");
    WEFT_DCHECK(1 + 1 == 3, "sums are off");
  };
#ifdef NDEBUG
  check();
  EXPECT_FALSE(evaluated);
#else
  EXPECT_DEATH(check(), "weft: .*check_test.cc:[0-9]+: sums are off");
  EXPECT_FALSE(evaluated);  // in this process
#endif
}

}  // namespace
}  // namespace weft::context_internal
