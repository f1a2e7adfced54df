// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/pipelines/job_graph.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "tests/support/event_log.h"
#include "tests/support/stress_rounds.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/context/shield_scope.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/serial_executor.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

using JobGraphTest = EveryExecutorTest;
WEFT_EVERY_EXECUTOR(JobGraphTest);
WEFT_OTHER_EXECUTORS(JobGraphTest);
using ThreadedJobGraphTest = ThreadedExecutorTest;
WEFT_THREADED_EXECUTORS(ThreadedJobGraphTest);

// The order in which jobs have run. Thread-safe.
class Log {
 public:
  // A job that adds `name`.
  auto Job(std::string name) {
    return [this, name = std::move(name)] {
      const std::lock_guard<std::mutex> lock(mutex_);
      names_.push_back(name);
    };
  }
  std::vector<std::string> Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(names_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> names_;
};

template <typename T>
std::string WhatThrown(const JobGraph& graph, Executor& executor) {
  try {
    graph.Run(executor);
  } catch (const T& error) {
    return error.what();
  }
  return "nothing";
}

TEST_P(JobGraphTest, JobsRunAfterThoseTheyAwait) {
  const auto executor = Make();
  Log log;
  JobGraph graph;
  graph.Add("last", {"left", "right"}, log.Job("last"));  // before its edges
  graph.Add("left", {"first"}, log.Job("left"));
  graph.Add("right", {"first"}, log.Job("right"));
  graph.Add("first", log.Job("first"));
  for (int round = 0; round < 3; ++round) {
    graph.Run(*executor);
    const std::vector<std::string> order = log.Take();
    ASSERT_EQ(order.size(), 4u);
    EXPECT_EQ(order.front(), "first");
    EXPECT_EQ(order.back(), "last");
  }
}

TEST_P(JobGraphTest, AnEmptyGraphRunsNothing) {
  const auto executor = Make();
  JobGraph().Run(*executor);
}

TEST_P(JobGraphTest, WhatJobsDidIsSeenByThoseAfterThem) {
  const auto executor = Make();
  int a = 0;
  int b = 0;
  int sum = 0;
  JobGraph graph;
  graph.Add("a", [&] { a = 1; });
  graph.Add("b", [&] { b = 2; });
  graph.Add("sum", {"a", "b"}, [&] { sum = a + b; });
  graph.Run(*executor);
  EXPECT_EQ(sum, 3);
}

TEST_P(ThreadedJobGraphTest, IndependentJobsRunAtOnce) {
  if (GetParam() == 1) GTEST_SKIP() << "one worker";
  const auto executor = Make();
  std::latch both(2);
  JobGraph graph;
  graph.Add("a", [&] { both.arrive_and_wait(); });
  graph.Add("b", [&] { both.arrive_and_wait(); });
  graph.Run(*executor);
}

TEST_P(JobGraphTest, TakesFunctionsThatCanOnlyBeMoved) {
  const auto executor = Make();
  std::atomic<int> total{0};
  const auto add = [&total](int n) {
    // relaxed: read after the run.
    total.fetch_add(n, std::memory_order_relaxed);
  };
  JobGraph graph;
  graph.Add("a", [&add, n = std::make_unique<int>(1)] { add(*n); });
  graph.Add("b", {"a"}, [&add, n = std::make_unique<int>(10)] { add(*n); });
  const JobGraph copy = graph;
  graph.Add("c", {"b"}, [&add, n = std::make_unique<int>(100)] { add(*n); });
  graph.Run(*executor);
  EXPECT_EQ(total.load(std::memory_order_relaxed), 111);  // relaxed: as above.
  copy.Run(*executor);
  EXPECT_EQ(total.load(std::memory_order_relaxed), 122);  // relaxed: as above.
}

TEST_P(JobGraphTest, JobsRunInTheContextOfTheRun) {
  const AsyncLocalStorage<std::string> user;
  const auto executor = Make();
  std::mutex mutex;
  std::vector<std::string> seen;
  const auto look = [&] {
    const std::lock_guard<std::mutex> lock(mutex);
    seen.push_back(*user.GetStore());
    user.EnterWith("left behind");
  };
  JobGraph graph;
  user.Run("builder", [&] {
    graph.Add("a", look);
    graph.Add("b", {"a"}, look);
  });
  for (const char* name : {"ada", "bob"}) {
    user.Run(name, [&] {
      graph.Run(*executor);
      EXPECT_EQ(*user.GetStore(), name);
    });
  }
  EXPECT_THAT(seen, ElementsAre("ada", "ada", "bob", "bob"));
}

TEST_P(JobGraphTest, AFailureCutsOffWhatComesAfterItOnly) {
  const auto executor = Make();
  Log log;
  JobGraph graph;
  graph.Add("fetch", log.Job("fetch"));
  graph.Add("parse", {"fetch"}, [] { throw std::range_error("bad"); });
  graph.Add("index", {"parse"}, log.Job("index"));
  graph.Add("report", {"index", "fetch"}, log.Job("report"));
  graph.Add("cache", {"fetch"}, log.Job("cache"));
  try {
    graph.Run(*executor);
    FAIL() << "nothing thrown";
  } catch (const JobGraphError& error) {
    ASSERT_EQ(error.failures().size(), 1u);
    EXPECT_EQ(error.failures()[0].job, "parse");
    EXPECT_THAT(error.not_run(), ElementsAre("index", "report"));
    EXPECT_STREQ(error.what(),
                 "job \"parse\" failed: std::range_error: bad; not run: "
                 "\"index\", \"report\"");
    EXPECT_THROW(std::rethrow_if_nested(error), std::range_error);
  }
  EXPECT_THAT(log.Take(), ElementsAre("fetch", "cache"));
}

TEST_P(JobGraphTest, EveryFailureIsReported) {
  const auto executor = Make();
  Log log;
  bool fails = true;
  JobGraph graph;
  graph.Add("a", [&] {
    if (fails) throw std::runtime_error("1");
  });
  graph.Add("b", [&] {
    if (fails) throw std::runtime_error("2");
  });
  graph.Add("c", {"a", "b"}, log.Job("c"));
  EXPECT_EQ(WhatThrown<JobGraphError>(graph, *executor),
            "job \"a\" failed: std::runtime_error: 1; job \"b\" failed: "
            "std::runtime_error: 2; not run: \"c\"");
  fails = false;
  graph.Run(*executor);
  EXPECT_THAT(log.Take(), ElementsAre("c"));
}

TEST_P(JobGraphTest, ACircleIsNamed) {
  const auto executor = Make();
  Log log;
  JobGraph graph;
  graph.Add("start", log.Job("start"));
  graph.Add("a", {"start", "c"}, log.Job("a"));
  graph.Add("b", {"a"}, log.Job("b"));
  graph.Add("c", {"b"}, log.Job("c"));
  graph.Add("after the circle", {"c"}, log.Job("after"));
  EXPECT_EQ(WhatThrown<std::logic_error>(graph, *executor),
            "JobGraph::Run: \"a\" comes after \"c\" comes after \"b\" comes "
            "after \"a\"");
  EXPECT_THAT(log.Take(), IsEmpty());
}

TEST_P(JobGraphTest, ACircleIsFoundFromAJobBehindIt) {
  const auto executor = Make();
  JobGraph graph;
  graph.Add("behind", {"self"}, [] {});
  graph.Add("self", {"self"}, [] {});
  EXPECT_EQ(WhatThrown<std::logic_error>(graph, *executor),
            "JobGraph::Run: \"self\" comes after \"self\"");
}

TEST_P(JobGraphTest, AJobThatWasNeverAddedIsNamed) {
  const auto executor = Make();
  JobGraph graph;
  graph.Add("parse", {"fetch"}, [] {});
  EXPECT_EQ(WhatThrown<std::logic_error>(graph, *executor),
            "JobGraph::Run: job \"parse\" comes after \"fetch\", which was "
            "never added");
  graph.Add("fetch", [] {});
  graph.Run(*executor);
}

TEST(JobGraphMisuseTest, NamesTheArgument) {
  JobGraph graph;
  graph.Add("a", [] {});
  const auto what = [&](auto... arguments) -> std::string {
    try {
      graph.Add(arguments..., [] {});
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "nothing";
  };
  EXPECT_EQ(what(""), "JobGraph::Add: name must not be empty");
  EXPECT_EQ(what("a"), "JobGraph::Add: name is \"a\", which was added already");
  EXPECT_EQ(what("b", std::vector<std::string>{"a", ""}),
            "JobGraph::Add: after must hold no empty name; that of \"b\" does");
}

TEST_P(JobGraphTest, AnExecutorThatIsShutDownRunsNothing) {
  const auto executor = Make();
  executor->Shutdown(OnShutdown::kDrain);
  Log log;
  JobGraph graph;
  graph.Add("a", log.Job("a"));
  EXPECT_THROW(graph.Run(*executor), ShutdownError);
  EXPECT_THAT(log.Take(), IsEmpty());
}

TEST_P(JobGraphTest, ACancelledRunSaysSoAndNamesWhatWasNotRun) {
  const auto executor = Make();
  CancellationSource client;
  const CancellationScope scope(client.token());
  Log log;
  JobGraph graph;
  graph.Add("a", [&] {
    log.Job("a")();
    client.Cancel();
  });
  graph.Add("b", {"a"}, log.Job("b"));
  graph.Add("c", {"b"}, log.Job("c"));

  const std::string while_it_runs =
      WhatThrown<CancelledError>(graph, *executor);
  EXPECT_THAT(while_it_runs,
              HasSubstr("it was cancelled; not run: \"b\", \"c\""));
  EXPECT_THAT(log.Take(), ElementsAre("a"));
  const std::string before = WhatThrown<CancelledError>(graph, *executor);
  EXPECT_THAT(before, HasSubstr("not run: \"a\", \"b\", \"c\""));
  EXPECT_THAT(log.Take(), IsEmpty());
  const ShieldScope shield;
  graph.Run(*executor);
  EXPECT_EQ(log.Take().size(), 3u);
}

TEST_P(JobGraphTest, ALateRunSaysSo) {
  const auto executor = Make();
  Log log;
  JobGraph graph;
  graph.Add("a", log.Job("a"));
  graph.Add("b", {"a"}, log.Job("b"));
  const DeadlineScope scope(Deadline::At(Deadline::Clock::time_point()));

  EXPECT_THAT(WhatThrown<DeadlineExceededError>(graph, *executor),
              HasSubstr("not run: \"a\", \"b\""));
  EXPECT_THAT(log.Take(), IsEmpty());
}

TEST_P(JobGraphTest, AFailureOfACancelledRunIsNotLost) {
  const auto executor = Make();
  CancellationSource client;
  const CancellationScope scope(client.token());
  JobGraph graph;
  graph.Add("fails", [&] {
    client.Cancel();
    throw std::out_of_range("far");
  });
  graph.Add("also", [] {});
  graph.Add("after both", {"fails", "also"}, [] {});

  try {
    graph.Run(*executor);
    FAIL();
  } catch (const JobGraphError& error) {
    ASSERT_EQ(error.failures().size(), 1u);
    EXPECT_EQ(error.failures().front().job, "fails");
    EXPECT_THAT(error.not_run(), testing::Contains("after both"));
  } catch (const CancelledError&) {
    FAIL() << "the failure is lost";
  }
}

TEST_P(JobGraphTest, RunsInsideAJobOfAGraph) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const auto executor = Make();
  Log log;
  JobGraph inner;
  inner.Add("x", log.Job("x"));
  inner.Add("y", {"x"}, log.Job("y"));
  JobGraph outer;
  outer.Add("a", [&] { inner.Run(*executor); });
  outer.Add("b", {"a"}, log.Job("b"));
  outer.Run(*executor);
  EXPECT_THAT(log.Take(), ElementsAre("x", "y", "b"));
}

// Its jobs could not run before the one that waits for them has ended.
TEST(SerialJobGraphTest, InsideATaskOfTheStrandItSaysSoAndNothingIsLeft) {
  Executor base({.concurrency = 2});
  SerialExecutor strand(base);
  Log log;
  JobGraph inner;
  inner.Add("x", log.Job("x"));
  inner.Add("y", {"x"}, log.Job("y"));
  JobGraph outer;
  outer.Add("a", [&] { inner.Run(strand); });
  outer.Add("b", {"a"}, log.Job("b"));
  try {
    outer.Run(strand);
    FAIL() << "nothing thrown";
  } catch (const JobGraphError& error) {
    EXPECT_THROW(std::rethrow_if_nested(error), DeadlockError);
    EXPECT_THAT(error.not_run(), ElementsAre("b"));
  }
  EXPECT_THAT(log.Take(), IsEmpty());
  inner.Run(strand);
  EXPECT_THAT(log.Take(), ElementsAre("x", "y"));
}

TEST_P(ThreadedJobGraphTest, MayRunSeveralTimesAtOnce) {
  const auto executor = Make();
  std::atomic<int> runs{0};
  JobGraph graph;
  const auto count = [&] {
    // relaxed: a count, read after the runs.
    runs.fetch_add(1, std::memory_order_relaxed);
  };
  graph.Add("a", count);
  graph.Add("b", {"a"}, count);
  std::vector<Future<void>> futures;
  for (int i = 0; i < 20; ++i) {
    futures.push_back(executor->Submit([&] { graph.Run(*executor); }));
  }
  for (Future<void>& future : futures) future.Get();
  // relaxed: the runs have ended.
  EXPECT_EQ(runs.load(std::memory_order_relaxed), 40);
}

TEST(ManualJobGraphTest, HooksAreToldOfEachJob) {
  ManualExecutor executor;
  tests::EventLog log;
  JobGraph graph;
  std::vector<unsigned> lines;
  const unsigned line = __LINE__ + 1;
  graph.Add("a", [&] { log.Add("a"); });
  graph.Add("b", {"a"}, [&] { log.Add("b"); });
  {
    AsyncHook hook = CreateHook(log.Callbacks());
    AsyncHook places = CreateHook({.init = [&](const InitEvent& event) {
      lines.push_back(event.where().line());
    }});
    hook.Enable();
    places.Enable();
    graph.Run(executor);
    hook.DisableAndWait();
    places.DisableAndWait();
  }
  std::vector<std::string> events = log.lines();
  std::erase_if(events, [](const std::string& event) {
    return event.find("enqueue") == 0 || event.find("start") == 0;
  });
  EXPECT_THAT(events, ElementsAre("init GROUP_TASK <- root",  //
                                  "before GROUP_TASK",        //
                                  "a",                        //
                                  "init GROUP_TASK#2 <- GROUP_TASK",
                                  "after GROUP_TASK",     //
                                  "destroy GROUP_TASK",   //
                                  "before GROUP_TASK#2",  //
                                  "b",                    //
                                  "after GROUP_TASK#2",   //
                                  "destroy GROUP_TASK#2"));
  EXPECT_THAT(lines, ElementsAre(line, line + 1));
}

TEST_P(JobGraphTest, StressOfLayers) {
  constexpr int kWidth = 10;
  constexpr int kDepth = 10;
  const auto executor = Make();
  int values[kDepth][kWidth] = {};
  JobGraph graph;
  const auto name = [](int layer, int i) {
    return std::to_string(layer) + "." + std::to_string(i);
  };
  for (int layer = 0; layer < kDepth; ++layer) {
    for (int i = 0; i < kWidth; ++i) {
      std::vector<std::string> after;
      for (int j = 0; layer > 0 && j < kWidth; ++j) {
        after.push_back(name(layer - 1, j));
      }
      graph.Add(name(layer, i), after, [&values, layer, i] {
        int sum = 1;
        for (int j = 0; layer > 0 && j < kWidth; ++j) {
          sum = std::max(sum, values[layer - 1][j] + 1);
        }
        values[layer][i] = sum;
      });
    }
  }
  // Executors over another one come to the same places more slowly.
  const int rounds = tests::StressRounds(KindOf(GetParam()) == 0 ? 100 : 20);
  for (int round = 0; round < rounds; ++round) {
    for (auto& row : values) std::fill(row, row + kWidth, 0);
    graph.Run(*executor);
    for (const int value : values[kDepth - 1]) EXPECT_EQ(value, kDepth);
  }
}

}  // namespace
}  // namespace weft
