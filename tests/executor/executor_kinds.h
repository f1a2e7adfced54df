// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Executors as parameters of a test: with 1, 2 and 8 workers, and the manual
// one, which must all mean the same by the same program.

#ifndef WEFT_TESTS_EXECUTOR_EXECUTOR_KINDS_H_
#define WEFT_TESTS_EXECUTOR_EXECUTOR_KINDS_H_

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/manual_executor.h"

namespace weft {

// How many workers; kManual: a ManualExecutor.
inline constexpr int kManual = 0;

inline std::unique_ptr<Executor> MakeExecutor(int workers,
                                              ExecutorOptions options = {}) {
  if (workers == kManual) return std::make_unique<ManualExecutor>(options);
  options.concurrency = workers;
  return std::make_unique<Executor>(options);
}

// For tests that hold on every executor.
class EveryExecutorTest : public testing::TestWithParam<int> {
 protected:
  static std::unique_ptr<Executor> Make(ExecutorOptions options = {}) {
    return MakeExecutor(GetParam(), std::move(options));
  }
};

// For tests whose tasks wait for other threads.
class ThreadedExecutorTest : public EveryExecutorTest {};

inline std::string KindName(const testing::TestParamInfo<int>& info) {
  return info.param == kManual ? "Manual"
                               : "Workers" + std::to_string(info.param);
}

// In each test file that uses them, by an alias of its own.
#define WEFT_EVERY_EXECUTOR(Suite)                                          \
  INSTANTIATE_TEST_SUITE_P(Kinds, Suite, testing::Values(kManual, 1, 2, 8), \
                           KindName)
#define WEFT_THREADED_EXECUTORS(Suite) \
  INSTANTIATE_TEST_SUITE_P(Kinds, Suite, testing::Values(1, 2, 8), KindName)

}  // namespace weft

#endif  // WEFT_TESTS_EXECUTOR_EXECUTOR_KINDS_H_
