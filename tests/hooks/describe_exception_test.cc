// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/base/describe_exception.h"

#include <exception>
#include <stdexcept>
#include <string>

#include "gtest/gtest.h"

namespace weft {

struct NotAnException {};

namespace hooks_internal {
namespace {

TEST(DescribeExceptionTest, TellsTypeAndWhat) {
  EXPECT_EQ(base::DescribeException(
                std::make_exception_ptr(std::runtime_error("disk full"))),
            "std::runtime_error: disk full");
  EXPECT_EQ(base::DescribeException(
                std::make_exception_ptr(std::out_of_range("index 3 of 2"))),
            "std::out_of_range: index 3 of 2");
}

TEST(DescribeExceptionTest, TellsTheTypeOfAnythingElse) {
  EXPECT_EQ(base::DescribeException(std::make_exception_ptr(5)), "int");
  EXPECT_EQ(base::DescribeException(std::make_exception_ptr(NotAnException())),
            "weft::NotAnException");
  EXPECT_EQ(base::DescribeException(std::make_exception_ptr("text")),
            "char const*");
}

// It is called inside of catch blocks.
TEST(DescribeExceptionTest, LeavesTheCurrentExceptionAlone) {
  try {
    throw std::runtime_error("outer");
  } catch (...) {
    EXPECT_EQ(base::DescribeException(std::make_exception_ptr(5)), "int");
    EXPECT_EQ(base::DescribeException(std::current_exception()),
              "std::runtime_error: outer");
  }
  EXPECT_EQ(std::current_exception(), nullptr);
}

}  // namespace
}  // namespace hooks_internal
}  // namespace weft
