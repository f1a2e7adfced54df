// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Executors as parameters of a test: with 1, 2 and 8 workers, the manual one,
// and those that stand over one of these; all must mean the same by the same
// program.

#ifndef WEFT_TESTS_EXECUTOR_EXECUTOR_KINDS_H_
#define WEFT_TESTS_EXECUTOR_EXECUTOR_KINDS_H_

#include <memory>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/serial_executor.h"

namespace weft {

// How many workers; kManual: a ManualExecutor.
inline constexpr int kManual = 0;
// Added to that: an executor of that kind over such a one.
inline constexpr int kSerial = 100;

inline constexpr int KindOf(int param) { return param / 100 * 100; }
inline constexpr int WorkersOf(int param) { return param % 100; }

// An executor that stands over a base of its own.
struct BaseOwner {
  std::unique_ptr<Executor> base;
};
template <typename Over>
class WithBase : private BaseOwner, public Over {
 public:
  explicit WithBase(std::unique_ptr<Executor> its_base)
      : BaseOwner{std::move(its_base)}, Over(*base) {}
};

inline std::unique_ptr<Executor> MakeExecutor(int param,
                                              ExecutorOptions options = {}) {
  const int workers = WorkersOf(param);
  std::unique_ptr<Executor> executor;
  if (workers == kManual) {
    executor = std::make_unique<ManualExecutor>(options);
  } else {
    options.concurrency = workers;
    executor = std::make_unique<Executor>(options);
  }
  switch (KindOf(param)) {
    case kSerial:
      return std::make_unique<WithBase<SerialExecutor>>(std::move(executor));
    default:
      return executor;
  }
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
  std::string name;
  switch (KindOf(info.param)) {
    case kSerial:
      name = "SerialOver";
      break;
    default:
      break;
  }
  const int workers = WorkersOf(info.param);
  return name +
         (workers == kManual ? "Manual" : "Workers" + std::to_string(workers));
}

// In each test file that uses them, by an alias of its own.
#define WEFT_EVERY_EXECUTOR(Suite)                                          \
  INSTANTIATE_TEST_SUITE_P(Kinds, Suite, testing::Values(kManual, 1, 2, 8), \
                           KindName)
#define WEFT_THREADED_EXECUTORS(Suite) \
  INSTANTIATE_TEST_SUITE_P(Kinds, Suite, testing::Values(1, 2, 8), KindName)

// Besides WEFT_EVERY_EXECUTOR(): the executors over another one.
#define WEFT_EXECUTORS_OVER_ANOTHER(Suite) \
  INSTANTIATE_TEST_SUITE_P(                \
      Over, Suite,                         \
      testing::Values(kSerial + kManual, kSerial + 1, kSerial + 8), KindName)
// For a test that asks of an executor what a serial one refuses: `why`.
#define WEFT_SKIP_IF_SERIAL(why) \
  if (KindOf(GetParam()) == kSerial) GTEST_SKIP() << "serial: " << (why)

}  // namespace weft

#endif  // WEFT_TESTS_EXECUTOR_EXECUTOR_KINDS_H_
