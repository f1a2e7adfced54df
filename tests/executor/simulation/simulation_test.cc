// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/context/label.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/bounded_options.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/parallel_reduce.h"
#include "weft/executor/priority_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/simulation/explore_schedules.h"
#include "weft/executor/simulation/scheduling_point.h"
#include "weft/executor/simulation/simulated_executor.h"
#include "weft/executor/simulation/simulation_options.h"
#include "weft/executor/sleep.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/hooks/execution.h"

namespace weft {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

using Body = std::function<void(SimulatedExecutor&)>;

constexpr ScheduleStrategy kStrategies[] = {
    ScheduleStrategy::kRandomWalk, ScheduleStrategy::kPriorities,
    ScheduleStrategy::kRoundRobin, ScheduleStrategy::kExhaustive};

void Expect(bool is_true, const char* what) {
  if (!is_true) throw std::runtime_error(what);
}

// Expects that no schedule of `body` fails.
void ExpectAllPass(const Body& body, std::size_t schedules = 50) {
  for (const ScheduleStrategy strategy : kStrategies) {
    for (const int workers : {1, 2, 8}) {
      const Exploration exploration = ExploreSchedules({.schedules = schedules,
                                                        .strategy = strategy,
                                                        .depth = 2,
                                                        .workers = workers},
                                                       body);
      EXPECT_FALSE(exploration.failure().has_value())
          << static_cast<int>(strategy) << " with " << workers << " workers";
      EXPECT_GE(exploration.schedules(), 1u);
    }
  }
}

// Expects that `body` fails under some schedule, by each of the strategies that
// choose, that the seed leads there again, and that the message says so.
ScheduleFailure ExpectFound(const Body& body, const std::string& message,
                            int workers = 2) {
  std::optional<ScheduleFailure> found;
  for (const ScheduleStrategy strategy :
       {ScheduleStrategy::kRandomWalk, ScheduleStrategy::kPriorities,
        ScheduleStrategy::kExhaustive}) {
    SCOPED_TRACE(static_cast<int>(strategy));
    const Exploration exploration =
        ExploreSchedules({.strategy = strategy, .workers = workers}, body);
    found = exploration.failure();
    EXPECT_TRUE(found.has_value());
    if (!found.has_value()) return {};
    EXPECT_NE(found->message.find(message), std::string::npos)
        << found->message;
    EXPECT_FALSE(found->steps.empty());
    if (strategy == ScheduleStrategy::kExhaustive) break;
    const Exploration again = ExploreSchedules({.schedules = 1,
                                                .seed = found->seed,
                                                .strategy = strategy,
                                                .workers = workers},
                                               body);
    EXPECT_TRUE(again.failure().has_value());
  }
  return *found;
}

Task<int> AddLater(SimulatedExecutor& executor, Future<int> input) {
  co_await Sleep(executor, 5ms);
  const int value = co_await std::move(input);
  co_await executor.Schedule();
  co_return value + 1;
}

TEST(SimulatedExecutorTest, WhateverTakesAnExecutorWorks) {
  ExpectAllPass(
      [](SimulatedExecutor& executor) {
        Future<int> sum = executor.Submit([&executor] {
          Future<int> part = executor.Submit([] { return 1; });
          return part.Get() + 1;
        });
        int in_group = 0;
        {
          TaskGroup group(executor);
          for (int i = 0; i < 3; ++i) group.Run([&in_group] { ++in_group; });
          group.Wait();
        }
        Expect(in_group == 3, "group");

        SerialExecutor serial(executor);
        std::vector<int> order;
        for (int i = 0; i < 3; ++i) {
          serial.Post([&order, i] { order.push_back(i); });
        }
        serial.Drain();
        Expect(order == std::vector<int>({0, 1, 2}), "serial");

        BoundedExecutor bounded(executor,
                                {.capacity = 1, .when_full = WhenFull::kBlock});
        int through = 0;
        for (int i = 0; i < 3; ++i) bounded.Post([&through] { ++through; });
        bounded.Drain();
        Expect(through == 3, "bounded");

        const auto [a, b] = Join(executor, [] { return 1; }, [] { return 2; });
        Expect(a + b == 3, "join");
        int looped = 0;
        ParallelFor(executor, 0, 4, [&looped](int) { ++looped; });
        Expect(looped == 4, "loop");
        const int sum_of_squares = ParallelReduce(
            executor, 0, 4, 0, [](int i) { return i * i; }, std::plus<>());
        Expect(sum_of_squares == 14, "reduction");
        // On the workers below: the lane's one is busy with the task.
        const int joined = serial
                               .Submit([] {
                                 const auto [c, d] =
                                     Join([] { return 3; }, [] { return 4; });
                                 return c + d;
                               })
                               .Get();
        Expect(joined == 7, "join in a lane's task");

        Future<int> later = Spawn(executor, AddLater(executor, std::move(sum)));
        Expect(later.Get() == 3, "coroutine");
        bool ticked = false;
        executor.PostAfter(1h, [&ticked] { ticked = true; });
        Promise<void> never(executor);
        Future<void> unsettled = never.GetFuture();
        Expect(!unsettled.WaitFor(2h), "deadline");
        Expect(ticked, "timer");
        never.SetValue();
      },
      20);
}

// Returns the order in which tasks run.
std::vector<int> OrderOf(const SimulationOptions& options) {
  std::vector<int> order;
  SimulatedExecutor executor(options);
  for (int i = 0; i < 8; ++i) {
    executor.Post([&order, i] {
      SchedulingPoint();
      order.push_back(i);
    });
  }
  executor.Drain();
  return order;
}

// Needs `levels` times 4 kB of stack, and adds `levels` to `sum`.
[[gnu::noinline]] void GoDown(int levels, int& sum) {
  std::array<volatile char, 4096> room;
  room.back() = 1;
  if (levels > 1) GoDown(levels - 1, sum);
  sum += room.back();
}

TEST(SimulatedExecutorTest, ATaskHasAsMuchStackAsOnAThread) {
  SimulatedExecutor executor({.seed = 1});
  int sum = 0;
  executor.Submit([&sum] { GoDown(1000, sum); }).Get();
  EXPECT_EQ(sum, 1000);
}

TEST(SimulatedExecutorTest, TheSeedIsTheSchedule) {
  EXPECT_EQ(OrderOf({.seed = 3}), OrderOf({.seed = 3}));
  EXPECT_NE(OrderOf({.seed = 3}), OrderOf({.seed = 4}));
  EXPECT_EQ(OrderOf({.seed = 3, .strategy = ScheduleStrategy::kRoundRobin}),
            OrderOf({.seed = 4, .strategy = ScheduleStrategy::kRoundRobin}));
}

TEST(SimulatedExecutorTest, ContextAndIdsStayWithTheTask) {
  const AsyncLocalStorage<int> storage;
  ExpectAllPass([&storage](SimulatedExecutor& executor) {
    TaskGroup group(executor);
    for (int i = 0; i < 4; ++i) {
      storage.Run(i, [&] {
        group.Run([&storage, i] {
          const AsyncId id = ExecutionAsyncId();
          storage.Run(i + 10, [&] {
            SchedulingPoint();
            Expect(*storage.GetStore() == i + 10, "inner store");
          });
          Expect(*storage.GetStore() == i, "store");
          Expect(ExecutionAsyncId() == id, "id");
        });
        Expect(*storage.GetStore() == i, "store of the program");
      });
    }
    group.Wait();
    Expect(storage.GetStore() == nullptr, "no store");
  });
}

TEST(SimulatedExecutorTest, ExceptionsStayWithTheTask) {
  ExpectAllPass([](SimulatedExecutor& executor) {
    TaskGroup group(executor);
    for (int i = 0; i < 3; ++i) {
      group.Run([i] {
        try {
          throw i;
        } catch (...) {
          SchedulingPoint();
          try {
            throw;
          } catch (const int caught) {
            Expect(caught == i, "another task's exception");
          }
        }
      });
    }
    group.Wait();
  });
}

TEST(SimulatedExecutorTest, WhatATaskCancelsIsItsOwn) {
  ExpectAllPass([](SimulatedExecutor& executor) {
    TaskGroup group(executor);
    for (int i = 0; i < 3; ++i) {
      group.Run([] {
        CancellationSource outer;
        const CancellationSource others[2];
        const CancellationScope outermost(outer.token());
        const CancellationScope middle(others[0].token());
        const CancellationToken of_middle = CancellationToken::Current();
        const CancellationScope innermost(others[1].token());
        const CancellationToken token = CancellationToken::Current();
        // Others cancel while this does, and end in any order.
        const std::stop_callback point(of_middle.stop_token(),
                                       [] { SchedulingPoint(); });
        outer.Cancel();
        Expect(token.is_cancelled(), "not cancelled");
      });
    }
    group.Wait();
  });
}

TEST(SimulatedExecutorTest, AWaitRunsNothingOnItsStack) {
  ExpectAllPass([](SimulatedExecutor& executor) {
    int depth = 0;
    const auto work = [&depth] {
      Expect(depth == 0, "on the stack of another task");
    };
    Future<void> outer = executor.Submit([&] {
      Future<void> inner = executor.Submit(work);
      executor.Post(work);
      inner.Wait();
    });
    outer.Get();
    executor.Drain();
  });
}

TEST(SimulatedExecutorTest, NoMoreRunThanThereAreWorkers) {
  ExpectAllPass([](SimulatedExecutor& executor) {
    int running = 0;
    for (int i = 0; i < 4; ++i) {
      executor.Post([&] {
        ++running;
        Expect(running <= executor.concurrency(), "too many run");
        SchedulingPoint();
        --running;
      });
    }
    executor.Drain();
  });
}

TEST(SimulatedExecutorTest, TimePassesWhenNothingCanRun) {
  SimulatedExecutor executor;
  const auto began = executor.now();
  std::vector<int> order;
  executor.PostAfter(2h, [&] { order.push_back(2); });
  executor.PostAfter(1h, [&] {
    order.push_back(1);
    EXPECT_EQ(executor.now() - began, 1h);
    EXPECT_EQ(Deadline::In(1s).time() - began, 1h + 1s);
  });
  Promise<void> promise(executor);
  Future<void> future = promise.GetFuture();
  EXPECT_FALSE(future.WaitFor(3h));
  EXPECT_EQ(executor.now() - began, 3h);
  EXPECT_EQ(order, std::vector<int>({1, 2}));
  promise.SetValue();
}

TEST(SimulatedExecutorTest, ASecondOneJoinsTheFirst) {
  SimulatedExecutor first;
  EXPECT_THROW(SimulatedExecutor{}, std::logic_error);
  SimulatedExecutor second(first, 1);
  EXPECT_EQ(second.concurrency(), 1);
  Future<int> future = first.Submit(
      [&second] { return second.Submit([] { return 5; }).Get() + 1; });
  EXPECT_EQ(future.Get(), 6);
}

TEST(SimulatedExecutorTest, OtherThreadsAreRefused) {
  SimulatedExecutor executor;
  executor.Log("compared with nothing");
  std::thread([&executor] {
    EXPECT_THROW(executor.Post([] {}), std::logic_error);
    EXPECT_THROW(executor.Log("elsewhere"), std::logic_error);
    SchedulingPoint();  // does nothing here
  }).join();
  executor.Post([] {});
  executor.Drain();
}

TEST(SimulatedExecutorTest, OptionsOutOfRangeAreRefused) {
  EXPECT_THROW(SimulatedExecutor({.workers = 0}), std::invalid_argument);
  EXPECT_THROW(SimulatedExecutor({.depth = 0}), std::invalid_argument);
  EXPECT_THROW(SimulatedExecutor({.max_steps = 0}), std::invalid_argument);
  SimulatedExecutor({.workers = 1}).Drain();
}

TEST(ExploreSchedulesTest, FindsALostUpdate) {
  const ScheduleFailure failure = ExpectFound(
      [](SimulatedExecutor& executor) {
        int balance = 100;
        for (int i = 0; i < 2; ++i) {
          executor.Post([&balance] {
            if (balance < 80) return;
            SchedulingPoint();
            balance -= 80;
          });
        }
        executor.Drain();
        Expect(balance >= 0, "overdrawn");
      },
      "overdrawn");
  // Both begin before either goes on.
  EXPECT_LE(failure.steps.size(), 8u) << failure.report();
  EXPECT_NE(failure.report().find("simulation_test.cc"), std::string::npos);
}

TEST(ExploreSchedulesTest, FindsWhatIsDoneAfterASubmission) {
  ExpectFound(
      [](SimulatedExecutor& executor) {
        bool is_ready = false;
        Future<void> task = executor.Submit(
            [&is_ready] { Expect(is_ready, "came too early"); });
        is_ready = true;
        task.Get();
      },
      "came too early", 1);
}

// Adds 1 to `count` as code does that believes itself alone.
void AddOne(int& count) {
  const int before = count;
  SchedulingPoint();
  count = before + 1;
}

TEST(ExploreSchedulesTest, FindsWhatPartsOfAJoinDoToEachOther) {
  ExpectFound(
      [](SimulatedExecutor& executor) {
        int count = 0;
        const auto add = [&count] { AddOne(count); };
        Join(executor, add, add, add);
        Expect(count == 3, "an update is lost");
      },
      "an update is lost");
}

TEST(ExploreSchedulesTest, FindsAPartThatIsTheFirst) {
  ExpectFound(
      [](SimulatedExecutor& executor) {
        bool has_run = false;
        Join(
            executor, [&has_run] { Expect(!has_run, "not the first"); },
            [&has_run] { has_run = true; });
      },
      "not the first");
}

TEST(ExploreSchedulesTest, FindsWhatPiecesOfALoopDoToEachOther) {
  ExpectFound(
      [](SimulatedExecutor& executor) {
        int count = 0;
        executor.Post([&count] {
          ParallelFor(0, 3, [&count](int) { AddOne(count); });
          Expect(count == 3, "an update is lost");
        });
        executor.Drain();
      },
      "an update is lost");
}

TEST(SimulatedExecutorTest, PartsOfAJoinAreOfItsFlow) {
  const AsyncLocalStorage<int> storage;
  ExpectAllPass([&storage](SimulatedExecutor& executor) {
    std::string thrown;
    storage.Run(1, [&] {
      try {
        const auto check = [&storage] {
          Expect(*storage.GetStore() == 1, "not inherited");
          storage.EnterWith(2);
          SchedulingPoint();
          Expect(*storage.GetStore() == 2, "another part's store");
        };
        Join(executor, check, check, [] { Expect(false, "thrown"); });
      } catch (const std::runtime_error& error) {
        thrown = error.what();
      }
      Expect(*storage.GetStore() == 1, "a part's store");
    });
    Expect(thrown == "thrown", "nothing thrown");
  });
}

TEST(SimulatedExecutorTest, OneWorkerRunsPartsOneAfterTheOther) {
  const Exploration exploration =
      ExploreSchedules({.schedules = 100, .workers = 1}, [](auto& executor) {
        int count = 0;
        const auto add = [&count] { AddOne(count); };
        Join(executor, add, add);
        ParallelFor(executor, 0, 3, [&count](int) { AddOne(count); });
        Expect(count == 5, "they interleave");
      });
  EXPECT_FALSE(exploration.failure().has_value());
}

TEST(ExploreSchedulesTest, FindsLocksInCircles) {
  const ScheduleFailure failure = ExpectFound(
      [](SimulatedExecutor& executor) {
        SimulatedMutex a;
        SimulatedMutex b;
        const auto lock = [](SimulatedMutex& first, SimulatedMutex& second) {
          const std::scoped_lock<SimulatedMutex> outer(first);
          const std::scoped_lock<SimulatedMutex> inner(second);
        };
        TaskGroup group(executor);
        group.Run([&] { lock(a, b); });
        group.Run([&] { lock(b, a); });
        group.Wait();
      },
      "a deadlock");
  EXPECT_NE(failure.message.find("waits for a SimulatedMutex"),
            std::string::npos)
      << failure.message;
}

TEST(ExploreSchedulesTest, FindsAPromiseThatNobodySettles) {
  const ScheduleFailure failure = ExpectFound(
      [](SimulatedExecutor& executor) {
        bool is_waited_for = false;
        Promise<void> promise(executor);
        Future<void> future = promise.GetFuture();
        executor.Post([&] {
          if (is_waited_for) promise.SetValue();
        });
        SchedulingPoint();
        is_waited_for = true;
        future.Get();
      },
      "a deadlock");
  EXPECT_NE(failure.message.find("the program"), std::string::npos);
  EXPECT_NE(failure.message.find("waits for a promise"), std::string::npos);
}

TEST(ExploreSchedulesTest, FindsATaskThatThrows) {
  ExpectFound(
      [](SimulatedExecutor& executor) {
        int order = 0;
        executor.Post([&order] { order = 1; });
        executor.Post([&order] { Expect(order == 1, "out of order"); });
        executor.Drain();
      },
      "a task threw std::runtime_error: out of order");
}

TEST(ExploreSchedulesTest, FindsAProgramThatDoesNotEnd) {
  const Exploration exploration =
      ExploreSchedules({.max_steps = 1000}, [](SimulatedExecutor& executor) {
        std::function<void()> again = [&] { executor.Post(again); };
        executor.Post(again);
        executor.Drain();
      });
  ASSERT_TRUE(exploration.failure().has_value());
  EXPECT_NE(exploration.failure()->message.find("more than 1000 steps"),
            std::string::npos);
}

TEST(ExploreSchedulesTest, FindsAProgramThatOnlyTimersKeepGoing) {
  const Exploration exploration = ExploreSchedules(
      {.schedules = 1, .max_steps = 200}, [](SimulatedExecutor& executor) {
        executor.PostEvery(1s, [] {});
        executor.PostAfter(1h, [] {});
        Promise<void> never(executor);
        never.GetFuture().Get();
      });
  ASSERT_TRUE(exploration.failure().has_value());
  EXPECT_NE(exploration.failure()->message.find("more than 200 steps"),
            std::string::npos);
}

TEST(ExploreSchedulesTest, TriesAllSchedulesWithinTheBound) {
  // Two tasks of two steps each: the orders of four steps in which each task's
  // own keep theirs are 6.
  std::map<std::string, int> orders;
  const Exploration exploration =
      ExploreSchedules({.strategy = ScheduleStrategy::kExhaustive, .depth = 10},
                       [&orders](SimulatedExecutor& executor) {
                         std::string order;
                         for (const char task : {'a', 'b'}) {
                           executor.Post([&order, task] {
                             order += task;
                             SchedulingPoint();
                             order += task;
                           });
                         }
                         executor.Drain();
                         ++orders[order];
                       });
  EXPECT_FALSE(exploration.failure().has_value());
  EXPECT_LT(exploration.schedules(), 1000u);
  EXPECT_EQ(orders.size(), 6u);
}

// Three tasks, one worker, and no interruptions: each order, and each once.
TEST(ExploreSchedulesTest, TriesEachScheduleOnce) {
  std::map<std::string, int> orders;
  const Exploration exploration = ExploreSchedules(
      {.strategy = ScheduleStrategy::kExhaustive, .depth = 0, .workers = 1},
      [&orders](SimulatedExecutor& executor) {
        std::string order;
        for (const char task : {'a', 'b', 'c'}) {
          executor.Post([&order, task] { order += task; });
        }
        executor.Drain();
        ++orders[order];
      });
  EXPECT_FALSE(exploration.failure().has_value());
  EXPECT_EQ(exploration.schedules(), 6u);
  EXPECT_EQ(orders.size(), 6u);
}

TEST(ExploreSchedulesTest, LocksMakeItRight) {
  ExpectAllPass([](SimulatedExecutor& executor) {
    SimulatedMutex mutex;
    int balance = 100;
    TaskGroup group(executor);
    for (int i = 0; i < 3; ++i) {
      group.Run([&] {
        const std::scoped_lock<SimulatedMutex> lock(mutex);
        if (balance < 80) return;
        SchedulingPoint();
        balance -= 80;
      });
    }
    group.Wait();
    Expect(balance == 20, "not once");
  });
}

TEST(ExploreSchedulesTest, SaysWhatDoesNotDependOnTheSchedule) {
  int runs = 0;
  const Exploration exploration = ExploreSchedules(
      {},
      [&runs](SimulatedExecutor&) { Expect(++runs != 5, "the fifth run"); });
  EXPECT_EQ(exploration.schedules(), 5u);
  ASSERT_TRUE(exploration.failure().has_value());
  EXPECT_NE(exploration.failure()->message.find("has not failed again"),
            std::string::npos);
}

// One update is lost among many that are not. The shortest schedule that shows
// it interrupts once: each further step would be one too many.
TEST(ExploreSchedulesTest, ShowsTheShortestSchedule) {
  for (const ScheduleStrategy strategy :
       {ScheduleStrategy::kRandomWalk, ScheduleStrategy::kPriorities}) {
    const Exploration exploration = ExploreSchedules(
        {.strategy = strategy, .workers = 4}, [](SimulatedExecutor& executor) {
          int count = 0;
          int others = 0;
          for (int i = 0; i < 6; ++i) {
            executor.Post([&others] {
              SchedulingPoint();
              ++others;
            });
            if (i % 4 == 1) executor.Post([&count] { AddOne(count); });
          }
          executor.Drain();
          Expect(count == 2, "an update is lost");
        });
    ASSERT_TRUE(exploration.failure().has_value());
    std::string steps;
    for (const std::string& step : exploration.failure()->steps) {
      steps += step.substr(0, step.find(" a TASK")) + "\n";
    }
    // The first two others, the two that share a variable, and the rest.
    EXPECT_EQ(steps,
              "the program waits for a task, or for all tasks of an executor\n"
              "worker 0 runs\n"
              "worker 0 runs\n"
              "worker 0 runs\n"
              "worker 1 runs\n"
              "worker 0 goes on\n"
              "worker 0 runs\n"
              "worker 0 runs\n"
              "worker 0 runs\n"
              "worker 0 runs\n"
              "the program goes on\n")
        << exploration.failure()->report();
  }
}

TEST(ExploreSchedulesTest, ShowsWhoseTaskItIs) {
  const AsyncLocalStorage<std::string> user(
      {.name = "user", .label = Visibility::kLog});
  const AsyncLocalStorage<std::string> secret;
  const Exploration exploration =
      ExploreSchedules({}, [&](SimulatedExecutor& executor) {
        secret.Run("hidden", [&] {
          user.Run("ada", [&] {
            executor.Post([&executor] {
              executor.Post([] { Expect(false, "thrown"); });
            });
          });
        });
        executor.Drain();
      });
  ASSERT_TRUE(exploration.failure().has_value());
  const std::string report = exploration.failure()->report();
  // The inner task, where it was submitted, by which task, and for whom.
  const std::size_t by = report.find(", by a TASK of ");
  ASSERT_NE(by, std::string::npos) << report;
  EXPECT_EQ(report.find('\n', by), report.find(" [user=ada]\n", by) + 11)
      << report;
  EXPECT_EQ(report.find("hidden"), std::string::npos);
}

constexpr ScheduleStrategy kFairStrategies[] = {ScheduleStrategy::kRandomWalk,
                                                ScheduleStrategy::kRoundRobin};

TEST(ExploreSchedulesTest, FindsATaskThatStarves) {
  for (const ScheduleStrategy strategy : kFairStrategies) {
    const Exploration exploration = ExploreSchedules(
        {.strategy = strategy, .workers = 1, .max_queued_steps = 50},
        [](SimulatedExecutor& executor) {
          const auto is_done = std::make_shared<bool>(false);
          SerialExecutor lane(executor);
          lane.Post([is_done] {
            for (int i = 0; i < 1000 && !*is_done; ++i) SchedulingPoint();
          });
          lane.Post([is_done] { *is_done = true; });
          lane.Drain();
        });
    EXPECT_EQ(exploration.schedules(), 1u);
    ASSERT_TRUE(exploration.failure().has_value());
    const std::string& message = exploration.failure()->message;
    EXPECT_EQ(message.find("a TASK of tests/executor/simulation/"), 0u)
        << message;
    EXPECT_NE(message.find("is queued for more than 50 steps"),
              std::string::npos)
        << message;
    EXPECT_NE(message.find("the program waits for"), std::string::npos);
  }
}

// Posts itself again so often.
struct Again {
  void operator()() const {
    if (times > 0) executor.Post(Again{executor, times - 1});
  }
  Executor& executor;
  int times;
};

TEST(ExploreSchedulesTest, ATaskOfALowPriorityDoesNotStarve) {
  for (const ScheduleStrategy strategy : kFairStrategies) {
    const ExplorationOptions options = {.schedules = 50,
                                        .strategy = strategy,
                                        .workers = 1,
                                        .max_queued_steps = 100};
    const Exploration exploration =
        ExploreSchedules(options, [](SimulatedExecutor& executor) {
          PriorityExecutor lanes(executor);
          Executor& urgent = lanes.at(Priority::kHigh);
          urgent.Post(Again{urgent, 200});
          lanes.at(Priority::kLow).Post([] {});
          lanes.Drain();
        });
    EXPECT_FALSE(exploration.failure().has_value());
  }
}

TEST(ExploreSchedulesTest, ABoundOfWaitsNeedsAFairStrategy) {
  for (const ScheduleStrategy strategy :
       {ScheduleStrategy::kPriorities, ScheduleStrategy::kExhaustive}) {
    EXPECT_THROW(
        ExploreSchedules({.strategy = strategy, .max_queued_steps = 10},
                         [](SimulatedExecutor&) {}),
        std::invalid_argument);
  }
}

TEST(ExploreSchedulesTest, FindsLogsThatDiffer) {
  const Body body = [](SimulatedExecutor& executor) {
    std::string order;
    for (const char task : {'a', 'b'}) {
      executor.Post([&order, task] { order += task; });
    }
    executor.Drain();
    executor.Log(order);
  };
  for (const ScheduleStrategy strategy : kStrategies) {
    EXPECT_FALSE(ExploreSchedules({.schedules = 20, .strategy = strategy}, body)
                     .failure()
                     .has_value());
    if (strategy == ScheduleStrategy::kRoundRobin) continue;
    const Exploration exploration =
        ExploreSchedules({.strategy = strategy, .compare_logs = true}, body);
    ASSERT_TRUE(exploration.failure().has_value());
    EXPECT_EQ(exploration.failure()->message,
              "the program has logged \"ba\", and where nothing is interrupted "
              "\"ab\"");
  }
}

TEST(ExploreSchedulesTest, FindsATaskWhoseLogDiffers) {
  const auto body = [](bool all_log) {
    return [all_log](SimulatedExecutor& executor) {
      int count = 0;
      for (int i = 0; i < 2; ++i) {
        executor.Post([&executor, &count, all_log, i] {
          if (all_log || count > 0) executor.Log(std::to_string(count));
          count += i;
        });
      }
      executor.Drain();
    };
  };
  for (const bool all_log : {true, false}) {
    const Exploration exploration =
        ExploreSchedules({.compare_logs = true}, body(all_log));
    ASSERT_TRUE(exploration.failure().has_value());
    const std::string& message = exploration.failure()->message;
    EXPECT_EQ(message.find("a TASK of tests/executor/simulation/"), 0u);
    const std::string expected =
        all_log ? "has logged \"1\", and where nothing is interrupted \"0\""
                : "has logged \"1\", and where nothing is interrupted nothing";
    EXPECT_NE(message.find(expected), std::string::npos) << message;
  }
}

// Ids and the order in which tasks are made differ from schedule to schedule;
// who makes which task does not.
TEST(ExploreSchedulesTest, ATaskIsKnownByItsMaker) {
  for (const ScheduleStrategy strategy : kStrategies) {
    const Exploration exploration = ExploreSchedules(
        {.schedules = 200, .strategy = strategy, .compare_logs = true},
        [](SimulatedExecutor& executor) {
          TaskGroup group(executor);
          for (int i = 0; i < 2; ++i) {
            group.Run([&, i] {
              executor.Log("made " + std::to_string(i));
              for (int j = 0; j < 2; ++j) {
                group.Run([&executor, i, j] {
                  executor.Log(std::to_string(i) + "." + std::to_string(j));
                });
              }
            });
          }
          group.Wait();
        });
    EXPECT_FALSE(exploration.failure().has_value());
  }
}

TEST(ExploreSchedulesTest, StopsInTime) {
  const Exploration exploration =
      ExploreSchedules({.stop_after = 0s}, [](SimulatedExecutor&) {});
  EXPECT_EQ(exploration.schedules(), 0u);
}

}  // namespace
}  // namespace weft
