// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/pipelines/pipeline.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <exception>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "tests/executor/futures/shared_value.h"
#include "tests/support/call_when_gone.h"
#include "tests/support/counted.h"
#include "tests/support/event_log.h"
#include "tests/support/stress_rounds.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/priority_executor.h"
#include "weft/executor/serial_executor.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/pipelines/internal/shift.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using PipelineTest = EveryExecutorTest;
WEFT_EVERY_EXECUTOR(PipelineTest);
WEFT_OTHER_EXECUTORS(PipelineTest);
using ThreadedPipelineTest = ThreadedExecutorTest;
WEFT_THREADED_EXECUTORS(ThreadedPipelineTest);

// A source of 0 to `count` - 1, again and again.
auto Numbers(int count) {
  return [count, next = 0]() mutable -> std::optional<int> {
    if (next == count) return next = 0, std::nullopt;
    return next++;
  };
}

int Same(int item) { return item; }

// What `fn` throws, which must be a `T`.
template <typename T, typename Fn>
std::optional<T> Thrown(Fn fn) {
  try {
    fn();
  } catch (const T& error) {
    return error;
  }
  return std::nullopt;
}

template <typename T, typename Fn>
std::string WhatThrown(Fn fn) {
  const std::optional<T> error = Thrown<T>(fn);
  return error ? error->what() : "nothing";
}

// The types of a chain are checked where it is written.
template <typename Out, typename Fn>
concept TakesStage = requires(Pipeline<Out> chain, Fn fn) {
  std::move(chain).Then(StageMode::kParallel, "stage", fn);
};
template <typename Out>
concept Runs =
    requires(Pipeline<Out> chain, Executor& executor) { chain.Run(executor); };
template <typename Fn>
concept IsSource = requires(Fn fn) { Pipeline("source", fn); };

static_assert(TakesStage<int, int (*)(int)>);
static_assert(TakesStage<std::unique_ptr<int>, void (*)(std::unique_ptr<int>)>);
static_assert(!TakesStage<int, int (*)(std::string)>);
static_assert(!TakesStage<int, int (*)()>);
static_assert(!TakesStage<void, void (*)()>);
static_assert(Runs<void>);
static_assert(!Runs<int>);
static_assert(IsSource<std::optional<int> (*)()>);
static_assert(!IsSource<int (*)()>);
static_assert(!IsSource<std::optional<int> (*)(int)>);
static_assert(
    std::same_as<decltype(Pipeline("s", Numbers(1))
                              .Then(StageMode::kParallel, "t",
                                    [](int) { return std::optional("x"); })),
                 Pipeline<const char*>>);

TEST_P(PipelineTest, EachItemCarriesItsOwnContext) {
  constexpr int kItems = 200;
  const AsyncLocalStorage<std::string> user;
  const auto executor = Make();
  std::atomic<int> wrong{0};
  const auto expect = [&](const std::string& name) {
    const std::string* const store = user.GetStore();
    // relaxed: a count, read after the run.
    if (store == nullptr || *store != name) {
      wrong.fetch_add(1, std::memory_order_relaxed);
    }
  };
  std::vector<std::string> seen;
  auto pipeline = Pipeline("source",
                           [&, next = 0]() mutable -> std::optional<int> {
                             expect("caller");
                             if (next == kItems) return std::nullopt;
                             user.EnterWith(std::to_string(next));
                             return next++;
                           })
                      .Then(StageMode::kParallel, "first",
                            [&](int item) {
                              expect(std::to_string(item));
                              user.EnterWith(std::to_string(item) + " once");
                              return item;
                            })
                      .Then(StageMode::kSerial, "second",
                            [&](int item) {
                              expect(std::to_string(item) + " once");
                              user.EnterWith(std::to_string(item) + " twice");
                              return item;
                            })
                      .Then(StageMode::kSerialInOrder, "last", [&](int item) {
                        expect(std::to_string(item) + " twice");
                        seen.push_back(*user.GetStore());
                      });
  user.Run("caller", [&] {
    EXPECT_EQ(pipeline.Run(*executor, {.tokens = 5}),
              (PipelineResult{.items = kItems}));
    EXPECT_EQ(*user.GetStore(), "caller");
  });
  // relaxed: the run has ended.
  EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);
  ASSERT_EQ(seen.size(), static_cast<std::size_t>(kItems));
  EXPECT_EQ(seen.front(), "0 twice");
  EXPECT_EQ(seen.back(), "199 twice");
}

TEST_P(PipelineTest, StagesKeepOrderOrOneAtATime) {
  constexpr int kItems = 1000;
  const auto executor = Make();
  std::atomic<int> inside{0};
  bool overlapped = false;
  std::set<int> in_any_order;
  std::vector<int> in_order;
  auto pipeline = Pipeline("source", Numbers(kItems))
                      .Then(StageMode::kParallel, "parallel", Same)
                      .Then(StageMode::kSerial, "serial",
                            [&](int item) {
                              // relaxed: what orders is the stage, which TSan
                              // checks.
                              const int others = inside.fetch_add(
                                  1, std::memory_order_relaxed);
                              overlapped = overlapped || others > 0;
                              in_any_order.insert(item);
                              // relaxed: as above.
                              inside.fetch_sub(1, std::memory_order_relaxed);
                              return item;
                            })
                      .Then(StageMode::kParallel, "parallel again", Same)
                      .Then(StageMode::kSerialInOrder, "in order",
                            [&](int item) { in_order.push_back(item); });
  pipeline.Run(*executor, {.tokens = 7});
  EXPECT_FALSE(overlapped);
  EXPECT_EQ(in_any_order.size(), static_cast<std::size_t>(kItems));
  EXPECT_EQ(in_order.size(), static_cast<std::size_t>(kItems));
  EXPECT_TRUE(std::is_sorted(in_order.begin(), in_order.end()));
}

TEST_P(ThreadedPipelineTest, ParallelStagesRunAtOnce) {
  if (GetParam() == 1) GTEST_SKIP() << "one worker";
  const auto executor = Make();
  std::latch both(2);
  Pipeline("source", Numbers(2))
      .Then(StageMode::kParallel, "meet", [&](int) { both.arrive_and_wait(); })
      .Run(*executor, {.tokens = 2});
}

TEST_P(PipelineTest, NoMoreItemsAreInFlightThanTokens) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  constexpr int kTokens = 3;
  const auto executor = Make();
  std::atomic<int> in_flight{0};
  std::atomic<int> most{0};
  const auto add = [&](int n) {
    // relaxed: numbers that are compared after the run.
    const int now = in_flight.fetch_add(n, std::memory_order_relaxed) + n;
    // relaxed: as above.
    int seen = most.load(std::memory_order_relaxed);
    // relaxed: as above.
    while (seen < now &&
           !most.compare_exchange_weak(seen, now, std::memory_order_relaxed)) {
    }
  };
  Pipeline("source",
           [&, numbers = Numbers(300)]() mutable {
             auto item = numbers();
             if (item) add(1);
             return item;
           })
      .Then(StageMode::kParallel, "wait, which may run others",
            [&](int item) {
              executor->Submit([] {}).Get();
              return item;
            })
      .Then(StageMode::kSerialInOrder, "last", [&](int) { add(-1); })
      .Run(*executor, {.tokens = kTokens});
  // relaxed: the run has ended.
  EXPECT_LE(most.load(std::memory_order_relaxed), kTokens);
  // relaxed: as above.
  EXPECT_EQ(in_flight.load(std::memory_order_relaxed), 0);
}

TEST_P(PipelineTest, OneTokenIsOneItemAtATime) {
  const auto executor = Make();
  std::vector<int> steps;
  Pipeline("source", Numbers(3))
      .Then(StageMode::kParallel, "first",
            [&](int item) { return steps.push_back(item), item; })
      .Then(StageMode::kParallel, "second",
            [&](int item) { steps.push_back(item); })
      .Run(*executor, {.tokens = 1});
  EXPECT_THAT(steps, ElementsAre(0, 0, 1, 1, 2, 2));
}

TEST_P(PipelineTest, AnEmptySourceIsAnEmptyRun) {
  const auto executor = Make();
  auto pipeline = Pipeline("source", Numbers(0))
                      .Then(StageMode::kParallel, "never",
                            [](int) { ADD_FAILURE() << "called"; });
  EXPECT_EQ(pipeline.Run(*executor), PipelineResult());
}

TEST_P(PipelineTest, ValuesAreMovedAndDestroyedOnce) {
  tests::Tally tally;
  const auto executor = Make();
  std::atomic<int> sum{0};
  auto pipeline =
      Pipeline("source",
               [&, numbers = Numbers(
                       100)]() mutable -> std::optional<tests::Counted> {
                 const auto item = numbers();
                 if (!item) return std::nullopt;
                 return tests::Counted(tally, *item);
               })
          .Then(StageMode::kParallel, "wrap",
                [](tests::Counted item) {
                  return std::make_unique<tests::Counted>(std::move(item));
                })
          .Then(StageMode::kParallel, "add",
                [&](std::unique_ptr<tests::Counted> item) {
                  // relaxed: a sum, read after the run.
                  sum.fetch_add(item->value(), std::memory_order_relaxed);
                });
  pipeline.Run(*executor);
  // relaxed: the run has ended.
  EXPECT_EQ(sum.load(std::memory_order_relaxed), 4950);
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(PipelineTest, AStageDropsAnItemByReturningNone) {
  const auto executor = Make();
  std::vector<int> left;
  auto pipeline =
      Pipeline("source", Numbers(10))
          .Then(StageMode::kParallel, "odd",
                [](int item) -> std::optional<std::string> {
                  if (item % 2 == 0) return std::nullopt;
                  return std::to_string(item);
                })
          .Then(StageMode::kSerial, "number",
                [](const std::string& item) { return std::stoi(item); })
          .Then(StageMode::kSerialInOrder, "keep",
                [&](int item) { left.push_back(item); });
  EXPECT_EQ(pipeline.Run(*executor),
            (PipelineResult{.items = 10, .dropped = 5}));
  EXPECT_THAT(left, ElementsAre(1, 3, 5, 7, 9));
}

TEST_P(PipelineTest, AnExceptionEndsTheRunAndNamesTheItem) {
  tests::Tally tally;
  const auto executor = Make();
  int taken = 0;
  std::atomic<int> ended{0};
  auto pipeline =
      Pipeline("source",
               [&]() -> std::optional<tests::Counted> {
                 return tests::Counted(tally, taken++);  // without an end
               })
          .Then(StageMode::kParallel, "pass",
                [](tests::Counted item) { return item; })
          .Then(StageMode::kSerialInOrder, "parse",
                [](tests::Counted item) {
                  if (item.value() == 7) throw std::range_error("no number");
                  return item;
                })
          .Then(StageMode::kParallel, "end", [&](const tests::Counted&) {
            // relaxed: a count, read after the run.
            ended.fetch_add(1, std::memory_order_relaxed);
          });
  const auto error =
      Thrown<PipelineError>([&] { pipeline.Run(*executor, {.tokens = 4}); });
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->item(), 7u);
  EXPECT_EQ(error->stage(), "parse");
  EXPECT_THAT(error->what(),
              HasSubstr("item 7 failed in stage \"parse\": std::range_error: "
                        "no number"));
  EXPECT_THROW(std::rethrow_if_nested(*error), std::range_error);
  // What was in flight is dropped.
  EXPECT_LE(taken, 7 + 4);
  // relaxed: the run has ended.
  EXPECT_LE(ended.load(std::memory_order_relaxed), 7);
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(PipelineTest, ASourceThatThrowsEndsTheRunInAnyCase) {
  const auto executor = Make();
  auto pipeline = Pipeline("read", [next = 0]() mutable -> std::optional<int> {
                    if (next == 3) throw std::runtime_error("disk");
                    return next++;
                  }).Then(StageMode::kParallel, "end", [](int) {});
  const auto error = Thrown<PipelineError>([&] {
    pipeline.Run(*executor, {.on_item_error = [](const PipelineError&) {
      ADD_FAILURE() << "there was no item";
    }});
  });
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->item(), 3u);
  EXPECT_EQ(error->stage(), "read");
}

TEST_P(PipelineTest, AnErrorMayCostTheItemOnly) {
  const AsyncLocalStorage<int> number;
  const auto executor = Make();
  std::mutex mutex;
  std::vector<std::string> failed;
  std::vector<int> left;
  auto pipeline = Pipeline("source",
                           [&, numbers = Numbers(6)]() mutable {
                             const auto item = numbers();
                             number.EnterWith(item);
                             return item;
                           })
                      .Then(StageMode::kParallel, "even",
                            [](int item) {
                              if (item % 2 == 1)
                                throw std::runtime_error("odd");
                              return item;
                            })
                      .Then(StageMode::kSerialInOrder, "last",
                            [&](int item) { left.push_back(item); });
  const PipelineResult result = pipeline.Run(
      *executor, {.on_item_error = [&](const PipelineError& error) {
        const std::lock_guard<std::mutex> lock(mutex);
        failed.push_back(error.stage() + std::to_string(error.item()) + " in " +
                         std::to_string(*number.GetStore()));
      }});
  EXPECT_EQ(result, (PipelineResult{.items = 6, .failed = 3}));
  EXPECT_THAT(failed, testing::UnorderedElementsAre("even1 in 1", "even3 in 3",
                                                    "even5 in 5"));
  EXPECT_THAT(left, ElementsAre(0, 2, 4));
}

TEST_P(PipelineTest, AHandlerThatThrowsEndsTheRun) {
  const auto executor = Make();
  auto pipeline = Pipeline("source", Numbers(100))
                      .Then(StageMode::kParallel, "bad",
                            [](int) { throw std::runtime_error("bad"); });
  EXPECT_THROW(pipeline.Run(*executor, {.on_item_error =
                                            [](const PipelineError&) {
                                              throw std::out_of_range("enough");
                                            }}),
               std::out_of_range);
}

TEST_P(PipelineTest, ValuesAreDestroyedInTheirItemsContext) {
  const AsyncLocalStorage<int> number;
  const auto executor = Make();
  std::atomic<int> destroyed{0};
  std::atomic<int> wrong{0};
  const auto guard = [&](int item) {
    return tests::CallWhenGone([&, item] {
      // relaxed: counts, read after the run.
      destroyed.fetch_add(1, std::memory_order_relaxed);
      const int* const store = number.GetStore();
      if (store == nullptr || *store != item) {
        wrong.fetch_add(1, std::memory_order_relaxed);
      }
    });
  };
  int taken = 0;
  using Value = std::pair<int, std::shared_ptr<void>>;
  auto pipeline = Pipeline("source",
                           [&]() -> std::optional<Value> {
                             number.EnterWith(taken);
                             const int item = taken++;
                             return Value(item, guard(item));
                           })
                      .Then(StageMode::kSerialInOrder, "some",
                            [&](Value value) -> std::optional<Value> {
                              if (value.first == 20)
                                throw std::runtime_error("end");
                              if (value.first % 3 == 0) return std::nullopt;
                              return value;
                            })
                      .Then(StageMode::kParallel, "end", [](const Value&) {});
  EXPECT_THROW(pipeline.Run(*executor, {.tokens = 6}), PipelineError);
  // relaxed: the run has ended.
  EXPECT_EQ(destroyed.load(std::memory_order_relaxed), taken);
  EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);
}

TEST_P(PipelineTest, MayRunAgain) {
  const auto executor = Make();
  int total = 0;
  auto pipeline =
      Pipeline("source", Numbers(5))
          .Then(StageMode::kSerial, "add", [&](int item) { total += item; });
  pipeline.Run(*executor);
  pipeline.Run(*executor);
  EXPECT_EQ(total, 20);
}

TEST_P(PipelineTest, RunsInsideATask) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const auto executor = Make();
  int total = 0;
  executor
      ->Submit([&] {
        Pipeline("source", Numbers(50))
            .Then(StageMode::kParallel, "same", Same)
            .Then(StageMode::kSerial, "add", [&](int item) { total += item; })
            .Run(*executor);
      })
      .Get();
  EXPECT_EQ(total, 1225);
}

// With the stages on oneTBB's own tasks this hangs: the thread that a stage
// then blocks is the one that the executor would need.
TEST_P(PipelineTest, AStageMayWaitForTasksOfTheExecutor) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const auto executor = Make();
  int total = 0;
  const auto ask = [&](int item) {
    return executor->Submit([item] { return item + 1; }).Get();
  };
  executor
      ->Submit([&] {
        Pipeline("source",
                 [&, numbers = Numbers(50)]() mutable {
                   executor->Submit([] {}).Get();
                   return numbers();
                 })
            .Then(StageMode::kParallel, "parallel", ask)
            .Then(StageMode::kSerialInOrder, "in order", ask)
            .Then(StageMode::kSerial, "serial",
                  [&](int item) { total += ask(item); })
            .Run(*executor, {.tokens = 4});
      })
      .Get();
  EXPECT_EQ(total, 1225 + 3 * 50);
}

TEST_P(PipelineTest, AStageMayRunAPipeline) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const auto executor = Make();
  std::atomic<int> sum{0};
  Pipeline("outer", Numbers(10))
      .Then(StageMode::kParallel, "run",
            [&](int) {
              Pipeline("inner", Numbers(10))
                  .Then(StageMode::kParallel, "add",
                        [&](int item) {
                          // relaxed: a sum, read after the run.
                          sum.fetch_add(item, std::memory_order_relaxed);
                        })
                  .Run(*executor);
            })
      .Run(*executor);
  // relaxed: the run has ended.
  EXPECT_EQ(sum.load(std::memory_order_relaxed), 450);
}

// Its tasks could not run before the one that waits for them has ended.
TEST(SerialPipelineTest, InsideATaskOfTheStrandItSaysSoAndNothingIsLeft) {
  tests::Tally tally;
  Executor base({.concurrency = 2});
  SerialExecutor strand(base);
  PriorityExecutor over_strand(strand);
  for (Executor* const executor :
       {static_cast<Executor*>(&strand), &over_strand.at(Priority::kNormal)}) {
    int asked = 0;
    auto pipeline =
        Pipeline("source", [&]() -> std::optional<tests::Counted> {
          if (++asked > 3) return std::nullopt;
          return tests::Counted(tally);
        }).Then(StageMode::kParallel, "end", [](const tests::Counted&) {});
    Future<void> inside = executor->Submit([&] { pipeline.Run(*executor); });
    EXPECT_THROW(inside.Get(), DeadlockError);
    executor->Drain();
    EXPECT_EQ(asked, 0);
    EXPECT_EQ(pipeline.last_result(), PipelineResult());
    EXPECT_EQ(pipeline.Run(*executor), PipelineResult{.items = 3});
    EXPECT_EQ(tally.live(), 0);
  }
}

TEST_P(PipelineTest, MisuseNamesTheArgument) {
  const auto executor = Make();
  auto pipeline =
      Pipeline("source", Numbers(1)).Then(StageMode::kParallel, "end", [](int) {
      });
  EXPECT_EQ(WhatThrown<std::invalid_argument>(
                [&] { pipeline.Run(*executor, {.tokens = 0}); }),
            "PipelineOptions: tokens must be at least 1; it is 0");
  EXPECT_EQ(WhatThrown<std::invalid_argument>(
                [] { static_cast<void>(Pipeline("", Numbers(1))); }),
            "Pipeline: name must not be empty");
  EXPECT_EQ(WhatThrown<std::invalid_argument>([] {
              static_cast<void>(Pipeline("a", Numbers(1))
                                    .Then(StageMode::kParallel, "b", Same)
                                    .Then(StageMode::kParallel, "a", Same));
            }),
            "Pipeline::Then: name is \"a\", which another stage has");

  auto moved = std::move(pipeline);
  EXPECT_EQ(WhatThrown<std::logic_error>([&] { pipeline.Run(*executor); }),
            "Pipeline::Run: the pipeline has been moved from");

  std::optional<Pipeline<void>> itself;
  itself = Pipeline("source", Numbers(1))
               .Then(StageMode::kParallel, "again",
                     [&](int) { itself->Run(*executor); });
  const auto error = Thrown<PipelineError>([&] { itself->Run(*executor); });
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->what(),
              HasSubstr("Pipeline::Run: the pipeline is running already"));
}

TEST_P(PipelineTest, AnExecutorThatIsShutDownRunsNothing) {
  const auto executor = Make();
  executor->Shutdown(OnShutdown::kDrain);
  auto pipeline = Pipeline("source", []() -> std::optional<int> {
                    ADD_FAILURE() << "asked";
                    return std::nullopt;
                  }).Then(StageMode::kParallel, "end", [](int) {});
  EXPECT_THROW(pipeline.Run(*executor), ShutdownError);
  EXPECT_THROW(pipeline.Run(*executor), ShutdownError) << "not: running";
}

// ----- Cancelled, or late -----

// Whether `result` accounts for `taken` items, of which `through` got through.
void ExpectAllCounted(const PipelineResult& result, std::size_t taken,
                      std::size_t through) {
  EXPECT_EQ(result.items, taken);
  EXPECT_EQ(through + result.dropped + result.failed + result.unfinished,
            taken);
}

TEST_P(PipelineTest, ACancelledRunSaysSoAndCountsEveryItem) {
  // More than are taken while the thread that cancels is held up.
  constexpr int kMore = 10'000'000;
  const auto executor = Make();
  for (const StageMode mode :
       {StageMode::kParallel, StageMode::kSerial, StageMode::kSerialInOrder}) {
    CancellationSource client;
    const CancellationScope scope(client.token());
    SharedValue<std::size_t> taken{0};
    SharedValue<std::size_t> through{0};
    auto pipeline = Pipeline("source",
                             [&, numbers = Numbers(kMore)]() mutable {
                               ++taken;
                               return numbers();
                             })
                        .Then(StageMode::kParallel, "odd out",
                              [](int i) -> std::optional<int> {
                                if (i % 4 == 1) return std::nullopt;
                                if (i % 4 == 2) throw std::out_of_range("two");
                                return i;
                              })
                        .Then(mode, "out", [&](int i) {
                          ++through;
                          if (i == 20) client.Cancel();
                        });
    const PipelineOptions options{.tokens = 4,
                                  .on_item_error = [](const auto&) {}};

    EXPECT_THAT([&] { pipeline.Run(*executor, options); },
                testing::ThrowsMessage<CancelledError>(
                    HasSubstr("Pipeline::Run: it was cancelled")));
    EXPECT_LT(static_cast<int>(taken), kMore);
    ExpectAllCounted(pipeline.last_result(), taken, through);

    taken = 0;
    through = 0;
    EXPECT_THROW(pipeline.Run(*executor, options), CancelledError);
    EXPECT_EQ(taken, 0u);
    EXPECT_EQ(pipeline.last_result(), PipelineResult());
  }
}

// The task that runs when it is cancelled does not go on with its shift, which
// is not over after a third item.
TEST(ManualPipelineTest, ACancelledRunTakesNoFurtherItem) {
  ManualExecutor executor;
  for (int round = 0; round < 100; ++round) {
    CancellationSource client;
    const CancellationScope scope(client.token());
    auto pipeline = Pipeline("source", Numbers(5))
                        .Then(StageMode::kSerial, "out", [&](int item) {
                          if (item == 2) client.Cancel();
                        });
    EXPECT_THROW(pipeline.Run(executor, {.tokens = 1}), CancelledError);
    EXPECT_EQ(pipeline.last_result().items, 3u);
  }
}

TEST_P(PipelineTest, ALateRunSaysSo) {
  const auto executor = Make();
  auto pipeline =
      Pipeline("source", Numbers(10)).Then(StageMode::kSerial, "out", [](int) {
        FAIL();
      });
  const DeadlineScope scope(Deadline::At(Deadline::Clock::time_point()));

  EXPECT_THROW(pipeline.Run(*executor), DeadlineExceededError);
  EXPECT_EQ(pipeline.last_result(), PipelineResult());
}

TEST_P(PipelineTest, CancelledWhenAllIsThroughItHasDoneAll) {
  const auto executor = Make();
  CancellationSource client;
  const CancellationScope scope(client.token());
  int asked = 0;
  auto pipeline = Pipeline("source", [&]() -> std::optional<int> {
                    if (++asked == 2) {
                      client.Cancel();
                      return std::nullopt;
                    }
                    return asked;
                  }).Then(StageMode::kParallel, "out", [](int) {});

  EXPECT_EQ(pipeline.Run(*executor), PipelineResult{.items = 1});
  EXPECT_EQ(pipeline.last_result(), PipelineResult{.items = 1});
}

TEST_P(PipelineTest, AFailedRunCountsEveryItem) {
  const auto executor = Make();
  SharedValue<std::size_t> taken{0};
  SharedValue<std::size_t> through{0};
  auto pipeline = Pipeline("source",
                           [&, numbers = Numbers(1000)]() mutable {
                             ++taken;
                             return numbers();
                           })
                      .Then(StageMode::kParallel, "same", Same)
                      .Then(StageMode::kSerialInOrder, "out", [&](int i) {
                        if (i == 20) throw std::out_of_range("far");
                        ++through;
                      });

  EXPECT_THROW(pipeline.Run(*executor, {.tokens = 4}), PipelineError);
  EXPECT_EQ(pipeline.last_result().failed, 1u);
  ExpectAllCounted(pipeline.last_result(), taken, through);
}

TEST_P(PipelineTest, AShutdownThatDropsTasksEndsTheRun) {
  tests::Tally tally;
  const auto executor = Make();
  auto pipeline = Pipeline("source",
                           [&]() -> std::optional<tests::Counted> {
                             return tests::Counted(tally);  // without an end
                           })
                      .Then(StageMode::kParallel, "pass",
                            [](tests::Counted item) { return item; })
                      .Then(StageMode::kSerialInOrder, "stop",
                            [&, count = 0](const tests::Counted&) mutable {
                              if (++count == 10)
                                executor->Shutdown(OnShutdown::kStop);
                            });
  EXPECT_THROW(pipeline.Run(*executor, {.tokens = 4}), ShutdownError);
  EXPECT_EQ(tally.live(), 0);
}

// The executor's other tasks do not wait until the pipeline has ended.
TEST(ManualPipelineTest, ATaskTakesOneShiftOfItems) {
  for (const std::size_t tokens : {1u, 8u}) {
    ManualExecutor executor;
    int begun = 0;
    int before_other = 0;
    Pipeline("source", Numbers(1000))
        .Then(StageMode::kParallel, "count",
              [&](int item) {
                if (item == 0) executor.Post([&] { before_other = begun; });
                ++begun;
              })
        .Run(executor, {.tokens = tokens});
    EXPECT_GE(before_other, 1);
    // That of the task that posted, and that of one that was queued before.
    EXPECT_LE(before_other, 2 * pipelines_internal::Shift::kMostItems);
    EXPECT_EQ(begun, 1000);
  }
}

// A shift ends at the next look at the clock, whatever the stages take.
TEST(ManualPipelineTest, AShiftOfSlowItemsIsOneItem) {
  ManualExecutor executor;
  std::vector<std::string> log;
  Pipeline("source", Numbers(4))
      .Then(StageMode::kParallel, "log",
            [&](int item) {
              log.push_back(std::to_string(item));
              if (item == 0) executor.Post([&] { log.push_back("other"); });
              const auto end = std::chrono::steady_clock::now() +
                               pipelines_internal::Shift::kTime;
              while (std::chrono::steady_clock::now() < end) {
              }
            })
      .Run(executor, {.tokens = 1});
  EXPECT_THAT(log, ElementsAre("0", "other", "1", "2", "3"));
}

TEST(ManualPipelineTest, WhoOvertakesWaitsForItsTurn) {
  ManualExecutor executor;
  std::vector<std::string> log;
  Pipeline("source", Numbers(2))
      .Then(StageMode::kParallel, "overtake",
            [&](int item) {
              // The wait runs the tasks of the others.
              if (item == 0) executor.Submit([] {}).Get();
              log.push_back("past " + std::to_string(item));
              return item;
            })
      .Then(StageMode::kSerialInOrder, "in order",
            [&](int item) { log.push_back(std::to_string(item)); })
      .Run(executor, {.tokens = 2});
  EXPECT_THAT(log, ElementsAre("past 1", "past 0", "0", "1"));
}

TEST(ManualPipelineTest, AFailureDropsWhatIsInFlightInItsContext) {
  const AsyncLocalStorage<int> number;
  ManualExecutor executor;
  using Value = std::pair<int, std::shared_ptr<void>>;
  std::vector<std::string> log;
  auto pipeline =
      Pipeline("source",
               [&, numbers = Numbers(3)]() mutable -> std::optional<Value> {
                 const auto item = numbers();
                 if (!item) return std::nullopt;
                 number.EnterWith(*item);
                 return Value(*item, tests::CallWhenGone([&, item] {
                   log.push_back(std::to_string(*item) + " gone in " +
                                 std::to_string(*number.GetStore()));
                 }));
               })
          .Then(StageMode::kParallel, "fail while another waits",
                [&](Value value) {
                  if (value.first == 1) throw std::runtime_error("one");
                  executor.Submit([] {}).Get();
                  return value;
                })
          .Then(StageMode::kParallel, "never", [&](const Value& value) {
            log.push_back(std::to_string(value.first) + " went on");
          });
  const auto error =
      Thrown<PipelineError>([&] { pipeline.Run(executor, {.tokens = 2}); });
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->item(), 1u);
  EXPECT_THAT(log, ElementsAre("1 gone in 1", "0 gone in 0"));
}

TEST(ManualPipelineTest, AnItemThatIsLeftBehindDiesInItsContext) {
  const AsyncLocalStorage<int> number;
  ManualExecutor executor;
  using Value = std::pair<int, std::shared_ptr<void>>;
  std::vector<std::string> log;
  auto pipeline =
      Pipeline("source",
               [&, numbers = Numbers(2)]() mutable -> std::optional<Value> {
                 const auto item = numbers();
                 if (!item) return std::nullopt;
                 number.EnterWith(*item);
                 return Value(*item, tests::CallWhenGone([&, item] {
                   log.push_back(std::to_string(*item) + " gone in " +
                                 std::to_string(*number.GetStore()));
                 }));
               })
          .Then(StageMode::kParallel, "overtake",
                [&](Value value) {
                  // The wait runs the task of the other.
                  if (value.first == 0) executor.Submit([] {}).Get();
                  return value;
                })
          .Then(StageMode::kSerialInOrder, "stop",
                [&](Value value) {
                  executor.Shutdown(OnShutdown::kStop);
                  return value;
                })
          .Then(StageMode::kParallel, "end", [](const Value&) {});
  EXPECT_THROW(pipeline.Run(executor, {.tokens = 2}), ShutdownError);
  EXPECT_THAT(log, ElementsAre("0 gone in 0", "1 gone in 1"));
  EXPECT_EQ(pipeline.last_result().unfinished, 2u);
}

TEST(ManualPipelineTest, HooksAreToldOfRunItemsAndStages) {
  ManualExecutor executor;
  tests::EventLog log;
  {
    AsyncHook hook = CreateHook(log.Callbacks());
    hook.Enable();
    Pipeline("source", Numbers(1))
        .Then(StageMode::kParallel, "first",
              [&](int item) { return log.Add("first"), item; })
        .Then(
            StageMode::kSerialInOrder, "last",
            [&](int) { log.Add("last as " + log.NameOf(ExecutionAsyncId())); })
        .Run(executor);
    hook.DisableAndWait();
  }
  std::vector<std::string> lines = log.lines();
  std::erase_if(lines, [](const std::string& line) {
    return line.find("PIPELINE") == std::string::npos && line != "first";
  });
  EXPECT_THAT(lines,
              ElementsAre("init PIPELINE <- root",           //
                          "before PIPELINE",                 //
                          "init PIPELINE_ITEM <- PIPELINE",  //
                          "after PIPELINE",                  //
                          "before PIPELINE_ITEM",            //
                          "first",                           //
                          "after PIPELINE_ITEM",             //
                          "before PIPELINE_ITEM",            //
                          "last as PIPELINE_ITEM",           //
                          "after PIPELINE_ITEM",             //
                          "destroy PIPELINE_ITEM",           //
                          "before PIPELINE",                 // at the end
                          "after PIPELINE",                  //
                          "destroy PIPELINE"));
}

TEST_P(PipelineTest, EventsOfItemsArePairedOnEveryWayOut) {
  const auto executor = Make();
  std::mutex mutex;
  std::map<AsyncId, std::string> lives;
  std::string errors;
  const auto told = [&](char letter) {
    return [&, letter](const ResourceEvent& event) {
      const std::lock_guard<std::mutex> lock(mutex);
      const auto found = lives.find(event.async_id());
      if (found != lives.end()) found->second += letter;
    };
  };
  AsyncHook hook =
      CreateHook({.init =
                      [&](const InitEvent& event) {
                        if (event.type() != "PIPELINE_ITEM") return;
                        const std::lock_guard<std::mutex> lock(mutex);
                        if (!lives.emplace(event.async_id(), "i").second)
                          errors += "twice";
                      },
                  .before = told('b'),
                  .after = told('a'),
                  .destroy = told('d')});
  hook.Enable();
  auto pipeline = Pipeline("source", Numbers(100))
                      .Then(StageMode::kParallel, "drop",
                            [](int item) -> std::optional<int> {
                              if (item % 10 == 1) return std::nullopt;
                              if (item % 10 == 2)
                                throw std::runtime_error("two");
                              return item;
                            })
                      .Then(StageMode::kSerialInOrder, "end", [](int item) {
                        if (item == 90) throw std::runtime_error("ninety");
                      });
  EXPECT_THROW(pipeline.Run(*executor, {.on_item_error =
                                            [](const PipelineError& error) {
                                              if (error.item() == 90)
                                                throw error;
                                            }}),
               PipelineError);
  hook.DisableAndWait();
  const std::lock_guard<std::mutex> lock(mutex);
  EXPECT_EQ(errors, "");
  std::map<std::string, int> counts;
  for (const auto& [id, life] : lives) ++counts[life];
  // Until the end; dropped or failed; in flight when the run ended.
  EXPECT_EQ(counts["ibabad"] + counts["ibad"] + counts["id"],
            static_cast<int>(lives.size()));
  EXPECT_GE(counts["ibad"], 18);
  EXPECT_GE(counts["ibabad"] + counts["ibad"], 91);
}

TEST_P(PipelineTest, StressOfManyRuns) {
  const auto executor = Make();
  // Executors over another one come to the same places more slowly.
  const int rounds = tests::StressRounds(KindOf(GetParam()) == 0 ? 200 : 50);
  for (int round = 0; round < rounds; ++round) {
    const int count = 1 + round % 97;
    int next = 0;
    std::atomic<int> sum{0};
    Pipeline("source", Numbers(count))
        .Then(StageMode::kSerial, "a", Same)
        .Then(StageMode::kSerialInOrder, "b", Same)
        .Then(StageMode::kParallel, "c", Same)
        .Then(StageMode::kSerialInOrder, "d",
              [&](int item) {
                EXPECT_EQ(item, next++);
                return item;
              })
        .Then(StageMode::kParallel, "e",
              [&](int item) {
                // relaxed: a sum, read after the run.
                sum.fetch_add(item, std::memory_order_relaxed);
              })
        .Run(*executor, {.tokens = 1 + static_cast<std::size_t>(round) % 9});
    // relaxed: the run has ended.
    EXPECT_EQ(sum.load(std::memory_order_relaxed), count * (count - 1) / 2);
  }
}

}  // namespace
}  // namespace weft
