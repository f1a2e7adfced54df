// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/live_resources.h"

#include <algorithm>
#include <chrono>
#include <latch>
#include <memory>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/timer.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"

namespace weft {
namespace {

using std::chrono::hours;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;
using State = LiveResource::State;

TEST(LiveResourcesTest, NamesWhatWasMadeAndNotDestroyed) {
  const LiveResources live;
  EXPECT_EQ(live.Report(), "no resources are alive\n");
  ManualExecutor executor;
  executor.Post([] {});
  const auto line = std::source_location::current().line();
  const Timer timer = executor.PostAfter(hours(1), [] {});

  const std::vector<LiveResource> alive = live.Alive();
  ASSERT_EQ(alive.size(), 2u);
  EXPECT_EQ(live.count(), 2u);
  EXPECT_EQ(alive[0].type, "TASK");
  EXPECT_EQ(alive[0].trigger_async_id, ExecutionAsyncId());
  EXPECT_EQ(alive[0].where.line(), line - 1);
  EXPECT_THAT(alive[0].where.file_name(), HasSubstr("live_resources_test.cc"));
  EXPECT_EQ(alive[0].state, State::kNotRun);
  EXPECT_EQ(alive[1].type, "TIMEOUT");
  EXPECT_EQ(alive[1].where.line(), line + 1);
  EXPECT_LT(alive[0].async_id, alive[1].async_id);

  EXPECT_EQ(live.Report(),
            "2 resources are alive\n  TASK " +
                std::to_string(alive[0].async_id) +
                ", triggered by 1, not run yet, from " +
                alive[0].where.file_name() + ":" + std::to_string(line - 1) +
                " (" + alive[0].where.function_name() + ")\n  TIMEOUT " +
                std::to_string(alive[1].async_id) +
                ", triggered by 1, not run yet, from " +
                alive[1].where.file_name() + ":" + std::to_string(line + 1) +
                " (" + alive[1].where.function_name() + ")\n");

  executor.ShutdownFor(hours(0));
  EXPECT_THAT(live.Alive(), IsEmpty());
  EXPECT_EQ(live.count(), 0u);
}

TEST(LiveResourcesTest, TellsWhatRunsAndWhatHasPaused) {
  const LiveResources live;
  ManualExecutor executor;
  const auto state_of = [&](AsyncId id) -> std::optional<State> {
    for (const LiveResource& resource : live.Alive()) {
      if (resource.async_id == id) return resource.state;
    }
    return std::nullopt;
  };
  AsyncId task = kNoAsyncId;
  executor.Post([&] {
    task = ExecutionAsyncId();
    EXPECT_EQ(state_of(task), State::kRunning);
  });
  executor.RunAll();
  EXPECT_EQ(state_of(task), std::nullopt);

  const Timer timer = executor.PostEvery(hours(1), [&] {
    EXPECT_EQ(state_of(ExecutionAsyncId()), State::kRunning);
  });
  EXPECT_EQ(state_of(timer.async_id()), State::kNotRun);
  executor.AdvanceBy(hours(1));
  EXPECT_EQ(state_of(timer.async_id()), State::kPaused);

  // Inside itself.
  AsyncResource resource("DB_QUERY");
  resource.RunInAsyncScope([&] {
    resource.RunInAsyncScope([] {});
    EXPECT_EQ(state_of(resource.async_id()), State::kRunning);
  });
  EXPECT_EQ(state_of(resource.async_id()), State::kPaused);
}

TEST(LiveResourcesTest, RemembersNoMoreThanItsCapacity) {
  const LiveResources live({.capacity = 2});
  ManualExecutor executor;
  for (int i = 0; i < 5; ++i) executor.Post([] {});
  EXPECT_EQ(live.count(), 2u);
  EXPECT_EQ(live.missed(), 3u);
  EXPECT_THAT(live.Report(),
              HasSubstr("\n  3 more were made when there was no room for them, "
                        "and may be alive or not\n"));
  executor.RunAll();
  EXPECT_EQ(live.count(), 0u);
  executor.Post([] {});  // there is room again
  EXPECT_EQ(live.count(), 1u);
  EXPECT_EQ(live.missed(), 3u);
}

TEST(LiveResourcesTest, ACapacityOfNoneIsRefused) {
  EXPECT_THAT([] { LiveResources({.capacity = 0}); },
              ThrowsMessage<std::invalid_argument>(
                  "LiveResources: capacity is 0; it must be at least 1"));
}

TEST(LiveResourcesTest, SeesTheGivenTypesOnly) {
  const LiveResources live({.types = {"PROMISE"}});
  ManualExecutor executor;
  executor.Post([] {});
  {
    const Promise<int> forgotten(executor);
    ASSERT_EQ(live.count(), 1u);
    EXPECT_EQ(live.Alive()[0].type, "PROMISE");
  }
  EXPECT_EQ(live.count(), 0u);
}

TEST(LiveResourcesTest, DoesNotSeeWhatWasMadeBefore) {
  ManualExecutor executor;
  executor.Post([] {});
  const LiveResources live;
  executor.RunAll();
  EXPECT_EQ(live.count(), 0u);
  EXPECT_EQ(live.missed(), 0u);
}

TEST(LiveResourcesTest, TwoOfThemDoNotMeet) {
  const LiveResources outer;
  ManualExecutor executor;
  executor.Post([] {});
  {
    const LiveResources inner;
    executor.Post([] {});
    EXPECT_EQ(inner.count(), 1u);
  }
  EXPECT_EQ(outer.count(), 2u);
}

// A type is copied: a resource's own may be gone when it is asked for.
TEST(LiveResourcesTest, KeepsTheTypeOfWhatIsGone) {
  const LiveResources live;
  std::optional<AsyncResource> resource;
  resource.emplace("A_TYPE_OF_MORE_THAN_FIFTEEN_CHARACTERS");
  const std::vector<LiveResource> alive = live.Alive();
  resource.reset();
  ASSERT_EQ(alive.size(), 1u);
  EXPECT_EQ(alive[0].type, "A_TYPE_OF_MORE_THAN_FIFTEEN_CHARACTERS");
}

class LiveTasksTest : public EveryExecutorTest {};

TEST_P(LiveTasksTest, NothingIsAliveWhenAnExecutorHasDrained) {
  const LiveResources live({.types = {"TASK", "FUTURE_TASK", "CONTINUATION"}});
  const std::unique_ptr<Executor> executor = Make();
  for (int i = 0; i < 200; ++i) {
    executor->Post([&] { executor->Post([] {}); });
    static_cast<void>(executor->Submit([] { return 1; }).Then([](int) {}));
  }
  executor->Drain();
  EXPECT_EQ(live.Report(), "no resources are alive\n");
}

WEFT_EVERY_EXECUTOR(LiveTasksTest);

class LiveThreadedTasksTest : public ThreadedExecutorTest {};

TEST_P(LiveThreadedTasksTest, ATaskThatDoesNotEndIsNamed) {
  const LiveResources live({.types = {"TASK"}});
  const std::unique_ptr<Executor> executor = Make();
  std::latch runs(1);
  std::latch may_end(1);
  executor->Post([&] {
    runs.count_down();
    may_end.wait();
  });
  const auto line = std::source_location::current().line() - 4;
  for (int i = 0; i < 100; ++i) executor->Post([] {});
  runs.wait();
  EXPECT_FALSE(executor->ShutdownFor(std::chrono::milliseconds(1)).finished);
  const std::vector<LiveResource> alive = live.Alive();
  const auto stuck = std::find_if(
      alive.begin(), alive.end(),
      [&](const auto& resource) { return resource.where.line() == line; });
  ASSERT_NE(stuck, alive.end());
  EXPECT_EQ(stuck->state, State::kRunning);
  may_end.count_down();
  executor->Drain();
  EXPECT_EQ(live.count(), 0u);
}

WEFT_THREADED_EXECUTORS(LiveThreadedTasksTest);

}  // namespace
}  // namespace weft
