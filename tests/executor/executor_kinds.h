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
#include "weft/executor/blocking_executor.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/bounded_options.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/priority_executor.h"
#include "weft/executor/serial_executor.h"

namespace weft {

// How many workers; kManual: a ManualExecutor.
inline constexpr int kManual = 0;
// Added to that: an executor of that kind over such a one.
inline constexpr int kSerialKind = 100;
inline constexpr int kPriorityKind = 200;  // the normal one
inline constexpr int kBoundedKind =
    300;  // to two waiting tasks; submitters wait
inline constexpr int kBlockingKind = 400;  // over none; of so many threads

inline constexpr int KindOf(int param) { return param / 100 * 100; }
inline constexpr bool StandsOverAnother(int param) {
  return KindOf(param) == kSerialKind || KindOf(param) == kPriorityKind ||
         KindOf(param) == kBoundedKind;
}
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

class FewWaiting : public BoundedExecutor {
 public:
  explicit FewWaiting(Executor& base)
      : BoundedExecutor(base, {.capacity = 2, .when_full = WhenFull::kBlock}) {}
};

struct PriorityOwner {
  explicit PriorityOwner(Executor& base) : by_priority(base) {}
  PriorityExecutor by_priority;
};
class NormalPriority : private PriorityOwner, public Executor {
 public:
  explicit NormalPriority(Executor& base)
      : PriorityOwner(base),
        Executor(
            executor_internal::ShareEngine(executor_internal::EngineOf::Get(
                by_priority.at(Priority::kNormal)))) {}
};

inline std::unique_ptr<Executor> MakeExecutor(int param,
                                              ExecutorOptions options = {}) {
  const int workers = WorkersOf(param);
  if (KindOf(param) == kBlockingKind) {
    return std::make_unique<BlockingExecutor>(BlockingOptions{
        .max_threads = workers,
        .on_unhandled_exception = std::move(options.on_unhandled_exception)});
  }
  std::unique_ptr<Executor> executor;
  if (workers == kManual) {
    executor = std::make_unique<ManualExecutor>(options);
  } else {
    options.concurrency = workers;
    executor = std::make_unique<Executor>(options);
  }
  switch (KindOf(param)) {
    case kSerialKind:
      return std::make_unique<WithBase<SerialExecutor>>(std::move(executor));
    case kPriorityKind:
      return std::make_unique<WithBase<NormalPriority>>(std::move(executor));
    case kBoundedKind:
      return std::make_unique<WithBase<FewWaiting>>(std::move(executor));
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
    case kSerialKind:
      name = "SerialOver";
      break;
    case kPriorityKind:
      name = "PriorityOver";
      break;
    case kBoundedKind:
      name = "BoundedOver";
      break;
    case kBlockingKind:
      name = "Blocking";
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

// Besides WEFT_EVERY_EXECUTOR(): the executors over another one, and blocking
// ones.
#define WEFT_OTHER_EXECUTORS(Suite)                                            \
  INSTANTIATE_TEST_SUITE_P(                                                    \
      Others, Suite,                                                           \
      testing::Values(kSerialKind + kManual, kSerialKind + 1, kSerialKind + 8, \
                      kPriorityKind + kManual, kPriorityKind + 1,              \
                      kPriorityKind + 8, kBoundedKind + kManual,               \
                      kBoundedKind + 1, kBoundedKind + 8, kBlockingKind + 1,   \
                      kBlockingKind + 8),                                      \
      KindName)
// For a test that asks of an executor what a serial one refuses: `why`.
#define WEFT_SKIP_IF_SERIAL(why) \
  if (KindOf(GetParam()) == kSerialKind) GTEST_SKIP() << "serial: " << (why)

}  // namespace weft

#endif  // WEFT_TESTS_EXECUTOR_EXECUTOR_KINDS_H_
