// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/observe/causes.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <latch>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/priority_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/sleep.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/hooks/async_backtrace.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/default_trigger_scope.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/live_resources.h"
#include "weft/hooks/resource_state.h"
#include "weft/observe/level.h"
#include "weft/pipelines/job_graph.h"
#include "weft/pipelines/pipeline.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft::observe {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using tests::RunOnThreads;
using tests::StressRounds;

using Location = std::source_location;

std::string Site(std::string_view type, const Location& where) {
  return std::string(type) + ' ' + std::to_string(where.line());
}

// Returns its sites as text, with their lines.
std::vector<std::string> Sites(AsyncBacktrace at) {
  std::vector<std::string> sites;
  const bool is_cut = at.is_cut();
  for (; !at.empty(); at = at.cause()) {
    sites.push_back(Site(at.site().type, at.site().where));
    if (at.site().repeats) sites.back() += '*';
  }
  if (is_cut) sites.push_back("...");
  return sites;
}
std::vector<std::string> SitesHere() { return Sites(AsyncBacktrace::Here()); }

// Each test makes one thing from a task that is posted at `first`.
class CausesTest : public testing::TestWithParam<int> {
 protected:
  CausesTest() {
    StartCauses();
    SetLevel(Level::kFlight);
  }
  ~CausesTest() override { SetLevel(Level::kOff); }

  template <typename Fn>
  void PostFirst(Fn fn) {
    executor_.Post(std::move(fn), first_);
    executor_.Drain();
  }
  auto Note() {
    return [this] { sites_ = SitesHere(); };
  }

  static constexpr Location first_ = Location::current();
  static constexpr Location second_ = Location::current();
  static constexpr Location third_ = Location::current();
  const std::string first_task_ = Site("TASK", first_);
  std::vector<std::string> sites_;
  Executor executor_{{.concurrency = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Workers, CausesTest, testing::Values(1, 2, 8));

TEST_P(CausesTest, NothingLedToTheRootOfAThread) {
  EXPECT_TRUE(AsyncBacktrace::Here().empty());
  EXPECT_TRUE(AsyncBacktrace::Here().cause().empty());
  EXPECT_FALSE(AsyncBacktrace::Here().is_cut());
  EXPECT_EQ(AsyncBacktrace::Here().ToString(), "");
}

TEST_P(CausesTest, TasksLeadToTasks) {
  PostFirst([&] { executor_.Submit(Note(), second_).Get(); });
  EXPECT_THAT(sites_, ElementsAre(Site("FUTURE_TASK", second_), first_task_));
}

TEST_P(CausesTest, ADeferredTaskComesFromTheOneThatDefersIt) {
  PostFirst([&] { executor_.Defer(Note(), second_); });
  EXPECT_THAT(sites_, ElementsAre(Site("DEFERRED", second_), first_task_));
}

// It comes from the call of Then(), not from where the future was settled.
TEST_P(CausesTest, AContinuationComesFromWhereItWasAdded) {
  Promise<void> promise(executor_);
  PostFirst([&, future = promise.GetFuture()]() mutable {
    static_cast<void>(std::move(future).Then(Note(), second_));
  });
  executor_.Post([&] { promise.SetValue(); });
  executor_.Drain();
  EXPECT_THAT(sites_, ElementsAre(Site("CONTINUATION", second_), first_task_));
}

TEST_P(CausesTest, TimersComeFromWhereTheyWereSet) {
  std::latch runs(2);
  std::latch noted(1);
  Timer every;
  PostFirst([&] {
    every = executor_.PostEvery(
        milliseconds(1),
        [&] {
          if (!runs.try_wait()) runs.count_down();
        },
        {}, third_);
    executor_
        .Submit(
            [&] {
              executor_.PostAfter(
                  milliseconds(0),
                  [&, note = Note()] {
                    note();
                    noted.count_down();
                  },
                  second_);
            },
            third_)
        .Get();
  });
  runs.wait();
  noted.wait();
  every.Cancel();
  executor_.Drain();
  EXPECT_THAT(sites_, ElementsAre(Site("TIMEOUT", second_),
                                  Site("FUTURE_TASK", third_), first_task_));
}

// The first function of a join is the caller's own, the others are its parts.
TEST_P(CausesTest, GroupsAndForksComeFromTheirCallers) {
  std::vector<std::string> part;
  PostFirst([&] {
    TaskGroup group(executor_);
    group.Run([&] { Join(Note(), [&] { part = SitesHere(); }, third_); },
              second_);
    group.Wait();
  });
  EXPECT_THAT(sites_, ElementsAre(Site("GROUP_TASK", second_), first_task_));
  EXPECT_THAT(part, ElementsAre(Site("FORK_TASK", third_),
                                Site("GROUP_TASK", second_), first_task_));
}

// Parts of forks have no cause of their own, and are followed to the task, also
// past the trigger that a scope gives them.
TEST_P(CausesTest, ATaskOfAPartKnowsTheForks) {
  const auto inner = [&] {
    Join([] {}, [&] { executor_.Submit(Note(), first_).Get(); }, third_);
  };
  PostFirst([&] {
    const DefaultTriggerScope trigger(1);
    Join([] {}, inner, second_);
  });
  EXPECT_THAT(sites_, ElementsAre(Site("FUTURE_TASK", first_),
                                  Site("FORK_TASK", third_),
                                  Site("FORK_TASK", second_), first_task_));
}

TEST_P(CausesTest, LoopsComeFromTheirCallers) {
  PostFirst([&] {
    ParallelFor(
        0, 100,
        [&](int i) {
          if (i == 99) sites_ = SitesHere();
        },
        {.grain = 1}, second_);
  });
  ASSERT_FALSE(sites_.empty());
  EXPECT_EQ(sites_.back(), first_task_);
}

Task<void> Inner(std::vector<std::string>& out) {
  out = SitesHere();
  co_return;
}
Task<void> Outer(Executor& executor, std::vector<std::string>& before,
                 std::vector<std::string>& out) {
  before = SitesHere();
  co_await executor.Schedule();
  co_await Sleep(executor, milliseconds(1));
  co_await Inner(out);
}

TEST_P(CausesTest, CoroutinesComeFromTheirCallers) {
  std::vector<std::string> before;
  PostFirst([&] {
    auto outer = Outer(executor_, before, sites_);
    Spawn(executor_, std::move(outer)).Get();
  });
  ASSERT_EQ(before.size(), 2u);
  EXPECT_THAT(before[0], HasSubstr("COROUTINE"));
  EXPECT_EQ(before[1], first_task_);
  ASSERT_EQ(sites_.size(), 3u);
  EXPECT_THAT(sites_[0], HasSubstr("COROUTINE"));
  EXPECT_NE(sites_[0], before[0]);
  EXPECT_EQ(sites_[1], before[0]);
  EXPECT_EQ(sites_[2], first_task_);
}

TEST_P(CausesTest, PipelinesComeFromTheirCallers) {
  PostFirst([&] {
    int left = 1;
    auto pipeline = Pipeline("count", [&]() -> std::optional<int> {
                      return left-- > 0 ? std::optional<int>(1) : std::nullopt;
                    }).Then(StageMode::kParallel, "note", [&](int) {
      executor_.Submit(Note(), third_).Get();
    });
    pipeline.Run(executor_, {.tokens = 2}, second_);
  });
  EXPECT_THAT(sites_, ElementsAre(Site("FUTURE_TASK", third_),
                                  Site("PIPELINE_ITEM", second_),
                                  Site("PIPELINE", second_), first_task_));
}

// A job comes from the last of those that it waits for.
TEST_P(CausesTest, JobsOfAGraphComeFromEachOther) {
  PostFirst([&] {
    JobGraph graph;
    graph.Add("first", [] {}, second_);
    graph.Add("second", {"first"}, Note(), third_);
    graph.Run(executor_);
  });
  EXPECT_THAT(sites_, ElementsAre(Site("GROUP_TASK", third_),
                                  Site("GROUP_TASK", second_), first_task_));
}

TEST_P(CausesTest, LanesAreNotInTheWay) {
  SerialExecutor serial(executor_);
  PriorityExecutor priority(serial);
  BoundedExecutor bounded(priority.at(Priority::kNormal));
  PostFirst([&] {
    bounded.Submit([&] { serial.Post(Note(), third_); }, second_).Get();
  });
  serial.Drain();
  EXPECT_THAT(sites_, ElementsAre(Site("TASK", third_),
                                  Site("FUTURE_TASK", second_), first_task_));
}

TEST_P(CausesTest, AResourceOfAUserIsASite) {
  PostFirst([&] {
    AsyncResource resource("A_QUERY_WITH_A_NAME_THAT_IS_LONG", {}, second_);
    resource.RunInAsyncScope([&] { executor_.Submit(Note(), third_).Get(); });
  });
  EXPECT_THAT(sites_, ElementsAre(Site("FUTURE_TASK", third_),
                                  Site("A_QUERY_WITH_A_NAME_THA", second_),
                                  first_task_));
}

// A task that posts itself again keeps the way to its first one.
TEST_P(CausesTest, RepetitionIsOneSite) {
  std::function<void(int)> again = [&](int left) {
    if (left == 0) return Note()();
    executor_.Post([&again, left] { again(left - 1); }, second_);
  };
  PostFirst([&] { again(100); });
  EXPECT_THAT(sites_, ElementsAre(Site("TASK", second_) + '*', first_task_));
}

// Two that post each other are as many sites as there is room for.
TEST_P(CausesTest, ALongChainIsCut) {
  std::function<void(int)> again = [&](int left) {
    if (left == 0) return Note()();
    executor_.Post([&again, left] { again(left - 1); },
                   left % 2 == 0 ? second_ : third_);
  };
  PostFirst([&] { again(100); });
  const std::string a = Site("TASK", third_);
  const std::string b = Site("TASK", second_);
  EXPECT_EQ(sites_.size(), AsyncBacktrace::kMaxSites + 1);
  EXPECT_THAT(sites_, ElementsAre(a, b, a, b, a, b, a, b, "..."));
}

// The state that hooks and users attach to a resource, and its cause, are
// apart.
TEST_P(CausesTest, AttachedStateAndCausesAreApart) {
  const ResourceState<int> one;
  const ResourceState<std::string> two;
  PostFirst([&] {
    Resource& resource = ExecutionAsyncResource();
    EXPECT_EQ(one.Get(resource), nullptr);
    one.Set(resource, 1);
    two.Set(resource, "two");
    one.Set(resource, 3);
    EXPECT_EQ(*one.Get(resource), 3);
    EXPECT_EQ(*two.Get(resource), "two");
    sites_ = SitesHere();
  });
  EXPECT_THAT(sites_, ElementsAre(first_task_));
}

// Where causes are not kept there is the task's own site, and no more; and what
// is made later begins there.
TEST_P(CausesTest, BelowFlightATaskKnowsItself) {
  SetLevel(Level::kCounters);
  std::vector<std::string> later;
  PostFirst([&] {
    executor_.Submit(Note(), second_).Get();
    SetLevel(Level::kFlight);
    executor_.Submit([&] { later = SitesHere(); }, second_).Get();
  });
  EXPECT_THAT(sites_, ElementsAre(Site("FUTURE_TASK", second_), "..."));
  EXPECT_THAT(later,
              ElementsAre(Site("FUTURE_TASK", second_), first_task_, "..."));
}

TEST_P(CausesTest, TheTextHasALineForEachSite) {
  std::string text;
  PostFirst([&] {
    executor_
        .Submit([&] { text = AsyncBacktrace::Here().ToString("at "); }, second_)
        .Get();
  });
  const std::string file = std::string(" from ") + first_.file_name() + ":";
  const auto line = [&](const char* type, const Location& where) {
    return std::string("at ") + type + file + std::to_string(where.line()) +
           " (" + where.function_name() + ")\n";
  };
  EXPECT_EQ(text, line("FUTURE_TASK", second_) + line("TASK", first_));
}

TEST_P(CausesTest, LiveResourcesSayHowTheyCameAbout) {
  const LiveResources live;
  PostFirst(
      [&] { executor_.PostAfter(std::chrono::hours(1), [] {}, second_); });
  ASSERT_EQ(live.Alive().size(), 1u);
  EXPECT_THAT(Sites(live.Alive()[0].backtrace),
              ElementsAre(Site("TIMEOUT", second_), first_task_));
  EXPECT_THAT(live.Report(), HasSubstr("\n    caused by TASK from "));
}

TEST(CausesDeathTest, TheMessageOfAnExceptionSaysHowItCameAbout) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto fail = [] {
    StartCauses();
    SetLevel(Level::kFlight);
    Executor executor({.concurrency = 1});
    executor.Post(
        [&] { executor.Post([] { throw std::runtime_error("on purpose"); }); });
    executor.Drain();
  };
  EXPECT_DEATH(fail(),
               "runtime_error: on purpose\n(.*\n)*weft: it came from\n"
               "  TASK from .*\n  TASK from ");
}

// Reads chains that others make at the same time.
TEST(CausesStressTest, ThreadsFindTheSameChains) {
  StartCauses();
  SetLevel(Level::kFlight);
  const Location where = Location::current();
  for (int round = 0; round < StressRounds(20); ++round) {
    ManualExecutor executor;
    // A chain that no round before has had.
    const std::string type = "ROUND_" + std::to_string(round);
    std::array<std::string, 4> texts;
    RunOnThreads(4, [&](int thread) {
      AsyncResource(type, {}, where).RunInAsyncScope([&] {
        AsyncResource("INNER", {}, where).RunInAsyncScope([&] {
          texts[static_cast<std::size_t>(thread)] =
              AsyncBacktrace::Here().ToString();
        });
      });
    });
    EXPECT_THAT(texts[0], HasSubstr(type));
    for (const std::string& text : texts) EXPECT_EQ(text, texts[0]);
  }
  SetLevel(Level::kOff);
}

}  // namespace
}  // namespace weft::observe
