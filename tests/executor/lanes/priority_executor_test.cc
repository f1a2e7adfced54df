// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/priority_executor.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/task_group.h"

namespace weft {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr Priority kAll[] = {Priority::kLow, Priority::kHigh,
                             Priority::kNormal};

TEST(PriorityExecutorTest, TheHighestThatWaitsIsRunFirstOldestFirst) {
  ManualExecutor base;
  PriorityExecutor by_priority(base);
  std::vector<std::string> order;
  const auto post = [&](Priority priority, std::string name) {
    by_priority.at(priority).Post([&order, name] { order.push_back(name); });
  };
  post(Priority::kLow, "low 1");
  post(Priority::kNormal, "normal 1");
  post(Priority::kHigh, "high 1");
  post(Priority::kLow, "low 2");
  post(Priority::kHigh, "high 2");
  EXPECT_EQ(base.queued(), 5u);
  base.RunAll();

  EXPECT_THAT(order,
              ElementsAre("high 1", "high 2", "normal 1", "low 1", "low 2"));
}

// The bound that the header states, with higher work that never ends.
TEST(PriorityExecutorTest, TheLowestIsAmongTheNext32) {
  ManualExecutor base;
  PriorityExecutor by_priority(base);
  int taken = 0;
  std::vector<int> low_at;
  for (int i = 0; i < 1000; ++i) {
    by_priority.at(Priority::kHigh).Post([&] { ++taken; });
    by_priority.at(Priority::kNormal).Post([&] { ++taken; });
  }
  for (int i = 0; i < 10; ++i) {
    by_priority.at(Priority::kLow).Post([&] { low_at.push_back(++taken); });
  }
  base.RunAll();

  ASSERT_EQ(low_at.size(), 10u);
  for (std::size_t n = 0; n < low_at.size(); ++n) {
    EXPECT_LE(low_at[n], 32 * (static_cast<int>(n) + 1));
  }
  // And it is the exception: the first 15 are of the highest.
  EXPECT_GT(low_at[0], 15);
}

TEST(PriorityExecutorTest, AnUnknownPriorityIsAnError) {
  ManualExecutor base;
  PriorityExecutor by_priority(base);
  EXPECT_THAT([&] { by_priority.at(static_cast<Priority>(3)); },
              ThrowsMessage<std::invalid_argument>(
                  AllOf(HasSubstr("priority must be kHigh, kNormal or kLow"),
                        HasSubstr("it is 3"))));
}

TEST(PriorityExecutorTest, AStopDropsWhatWaits) {
  ManualExecutor base;
  PriorityExecutor by_priority(base);
  std::vector<Future<void>> futures;
  for (const Priority priority : kAll) {
    futures.push_back(by_priority.at(priority).Submit([] {}));
  }
  EXPECT_EQ(by_priority.Shutdown(OnShutdown::kStop), 3u);
  for (Future<void>& future : futures)
    EXPECT_THROW(future.Get(), ShutdownError);
  EXPECT_THROW(by_priority.at(Priority::kHigh).Post([] {}), ShutdownError);
}

using PriorityExecutorsTest = EveryExecutorTest;

TEST_P(PriorityExecutorsTest, AllRunInTheirContext) {
  const std::unique_ptr<Executor> base = Make();
  PriorityExecutor by_priority(*base);
  const AsyncLocalStorage<int> storage;
  std::atomic<int> right{0};
  for (int i = 0; i < 600; ++i) {
    storage.Run(i, [&] {
      by_priority.at(kAll[i % 3]).Post([&right, &storage, i] {
        // relaxed: read when all have ended.
        if (*storage.GetStore() == i) {
          right.fetch_add(1, std::memory_order_relaxed);
        }
      });
    });
  }
  by_priority.Drain();

  // relaxed: all have ended.
  EXPECT_EQ(right.load(std::memory_order_relaxed), 600);
}

TEST_P(PriorityExecutorsTest, ATaskMayWaitForATaskOfAnyPriority) {
  const std::unique_ptr<Executor> base = Make();
  PriorityExecutor by_priority(*base);
  for (const Priority outer : kAll) {
    for (const Priority inner : kAll) {
      Future<int> sum = by_priority.at(outer).Submit([&] {
        TaskGroup group(by_priority.at(inner));
        std::atomic<int> runs{0};
        for (int i = 0; i < 20; ++i) {
          // relaxed: read after the wait.
          group.Run([&] { runs.fetch_add(1, std::memory_order_relaxed); });
        }
        group.Wait();
        // relaxed: read after the wait.
        return runs.load(std::memory_order_relaxed) +
               by_priority.at(inner).Submit([] { return 1; }).Get();
      });
      EXPECT_EQ(sum.Get(), 21);
    }
  }
}

TEST_P(PriorityExecutorsTest, DrainWaitsForWhatTasksSubmitAtOtherPriorities) {
  const std::unique_ptr<Executor> base = Make();
  std::atomic<int> left{90};
  auto owned = std::make_unique<PriorityExecutor>(*base);
  PriorityExecutor& by_priority = *owned;
  const auto next = [&](const auto& self) -> void {
    // relaxed: a count; each task sees what its submitter did.
    const int now = left.fetch_sub(1, std::memory_order_relaxed);
    if (now > 1) {
      by_priority.at(kAll[now % 3]).Post([&self] { self(self); });
    }
  };
  by_priority.at(Priority::kHigh).Post([&] { next(next); });
  by_priority.Drain();
  // relaxed: all have ended.
  EXPECT_EQ(left.load(std::memory_order_relaxed), 0);
  // relaxed: nothing runs.
  left.store(90, std::memory_order_relaxed);
  by_priority.at(Priority::kLow).Post([&] { next(next); });
  owned.reset();  // drains
  // relaxed: all have ended.
  EXPECT_EQ(left.load(std::memory_order_relaxed), 0);
}

WEFT_EVERY_EXECUTOR(PriorityExecutorsTest);

}  // namespace
}  // namespace weft
