// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Stages that are coroutines, the time of items, and what makes many items of
// one and one of many.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <numeric>
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
#include "tests/support/count.h"
#include "tests/support/counted.h"
#include "tests/support/event_log.h"
#include "tests/support/stress_rounds.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/bounded_options.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/sleep.h"
#include "weft/hooks/async_hook.h"
#include "weft/pipelines/job_graph.h"
#include "weft/pipelines/pipeline.h"

namespace weft {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using tests::Count;
using tests::Counted;
using tests::Tally;
using Ints = std::vector<int>;
using enum StageMode;

// A source of 0 to `count` - 1, again and again.
auto Numbers(int count) {
  return [count, next = 0]() mutable -> std::optional<int> {
    if (next == count) return next = 0, std::nullopt;
    return next++;
  };
}

int Same(int item) { return item; }

// Returns `count` numbers from 10 times `item`.
Ints Tens(int item, int count) {
  Ints numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 10 * item);
  return numbers;
}

void ExpectNothingUnfinished(const PipelineResult& result, std::size_t items) {
  EXPECT_EQ(result, PipelineResult{.items = items});
}

// ----- Stages that are coroutines -----

class CoroutineStageTest : public EveryExecutorTest {
 protected:
  const std::unique_ptr<Executor> executor_ = Make();
};
WEFT_EVERY_EXECUTOR(CoroutineStageTest);
WEFT_OTHER_EXECUTORS(CoroutineStageTest);

TEST_P(CoroutineStageTest, RunsInItsItemsContext) {
  constexpr int kItems = 100;
  const AsyncLocalStorage<std::string> user;
  Tally tally;
  Ints seen;
  auto pipeline =
      Pipeline("source",
               [&, next = 0]() mutable -> std::optional<Counted> {
                 if (next == kItems) return std::nullopt;
                 user.EnterWith(std::to_string(next));
                 return Counted(tally, next++);
               })
          .Then(kParallel, "fetch",
                // It may refer to what it is given.
                [&](const Counted& item) -> Task<std::unique_ptr<int>> {
                  const std::string name = std::to_string(item.value());
                  for (int i = 0; i < 2; ++i) {
                    EXPECT_EQ(*user.GetStore(), name);
                    co_await executor_->Schedule();
                  }
                  user.EnterWith("somebody else");
                  co_return std::make_unique<int>(item.value());
                })
          .Then(kSerialInOrder, "send",
                [&](std::unique_ptr<int> item) -> Task<> {
                  EXPECT_EQ(*user.GetStore(), std::to_string(*item));
                  co_await executor_->Schedule();
                  seen.push_back(*item);
                });
  ExpectNothingUnfinished(pipeline.Run(*executor_, {.tokens = 5}), kItems);
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kItems));
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(CoroutineStageTest, NoThreadWaitsForIt) {
  constexpr int kItems = 8;
  Promise<void> promise(*executor_);
  const SharedFuture<void> all = promise.GetFuture().Share();
  std::atomic<int> arrived{0};
  SharedValue<int> through{0};
  Pipeline("source", Numbers(kItems))
      .Then(kParallel, "meet",
            [&](int) -> Task<std::optional<int>> {
              // relaxed: the last one, whichever that is, frees all.
              if (arrived.fetch_add(1, std::memory_order_relaxed) + 1 == kItems)
                promise.SetValue();
              co_await all;
              co_return 1;
            })
      .Then(kParallel, "count", [&](int) { ++through; })
      .Run(*executor_, {.tokens = kItems});
  EXPECT_EQ(through, kItems);
}

TEST_P(CoroutineStageTest, KeepsItsTurn) {
  for (const StageMode mode : {kSerial, kSerialInOrder}) {
    SharedValue<int> inside{0};
    Ints seen;
    const auto alone = [&](int item) -> Task<int> {
      EXPECT_EQ(inside, 0);
      ++inside;
      co_await executor_->Schedule();
      inside = 0;
      seen.push_back(item);  // TSan looks
      co_return item;
    };
    Pipeline("source", Numbers(50))
        .Then(kParallel, "same", Same)
        .Then(mode, "alone", alone)
        .Then(kParallel, "end", [](int) {})
        .Run(*executor_, {.tokens = 4});
    EXPECT_EQ(seen.size(), 50u);
    if (mode == kSerialInOrder) {
      EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    }
  }
}

TEST_P(CoroutineStageTest, DropsAndFailsAsOthersDo) {
  Tally tally;
  SharedValue<int> through{0};
  std::mutex mutex;
  std::set<std::size_t> lost;
  auto pipeline =
      Pipeline("source",
               [&, numbers = Numbers(30)]() mutable -> std::optional<Counted> {
                 const auto number = numbers();
                 if (!number) return std::nullopt;
                 return std::optional<Counted>(std::in_place, tally, *number);
               })
          .Then(kParallel, "some",
                [&](Counted item) -> Task<std::optional<Counted>> {
                  const int kind = item.value() % 3;
                  if (kind == 0) co_await executor_->Schedule();
                  if (kind == 1) co_return std::nullopt;
                  if (kind == 2) throw std::range_error("no");
                  co_return std::optional<Counted>(std::move(item));
                })
          .Then(kSerialInOrder, "end", [&](const Counted&) { ++through; });
  const PipelineResult result = pipeline.Run(
      *executor_, {.tokens = 4, .on_item_error = [&](const auto& e) {
                     const std::lock_guard lock(mutex);
                     lost.insert(e.item());
                     EXPECT_THROW(std::rethrow_if_nested(e), std::range_error);
                   }});
  EXPECT_EQ(result, (PipelineResult{.items = 30, .dropped = 10, .failed = 10}));
  EXPECT_EQ(through, 10);
  EXPECT_EQ(lost.size(), 10u);
  EXPECT_TRUE(lost.contains(2));
  EXPECT_THROW(pipeline.Run(*executor_, {.tokens = 4}), PipelineError);
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(CoroutineStageTest, ACancelledRunEndsIt) {
  Tally tally;
  CancellationSource client;
  Promise<void> promise(*executor_);
  const SharedFuture<void> never = promise.GetFuture().Share();
  auto pipeline =
      Pipeline("source",
               [&, numbers = Numbers(100)]() mutable -> std::optional<Counted> {
                 return std::optional<Counted>(std::in_place, tally,
                                               *numbers());
               })
          .Then(kParallel, "wait",
                [&](Counted item) -> Task<Counted> {
                  if (item.value() == 3) client.Cancel();
                  co_await never;
                  co_return item;
                })
          .Then(kParallel, "end", [](const Counted&) {});
  {
    const CancellationScope scope(client.token());
    EXPECT_THROW(pipeline.Run(*executor_, {.tokens = 4}), CancelledError);
  }
  const PipelineResult& result = pipeline.last_result();
  EXPECT_EQ(result.items, 4u);
  EXPECT_EQ(result.unfinished, 4u);
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(CoroutineStageTest, AShutdownEndsIt) {
  Tally tally;
  auto pipeline =
      Pipeline("source",
               [&, numbers = Numbers(100)]() mutable -> std::optional<Counted> {
                 return std::optional<Counted>(std::in_place, tally,
                                               *numbers());
               })
          .Then(kSerial, "stop",
                [&](Counted item) -> Task<Counted> {
                  if (item.value() == 3) {
                    executor_->Shutdown(OnShutdown::kStop);
                  }
                  co_await executor_->Schedule();
                  co_return item;
                })
          .Then(kParallel, "end", [](const Counted&) {});
  EXPECT_ANY_THROW(pipeline.Run(*executor_, {.tokens = 4}));
  EXPECT_GT(pipeline.last_result().unfinished + pipeline.last_result().failed,
            0u);
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(CoroutineStageTest, FunctionsMayOnlyBeMoved) {
  int sum = 0;
  auto pipeline =
      Pipeline("source",
               [left = std::make_unique<int>(3)]() -> std::optional<int> {
                 if (*left == 0) return std::nullopt;
                 return (*left)--;
               })
          .Then(kParallel, "add",
                [one = std::make_unique<int>(1)](int i) -> Task<int> {
                  co_return i + *one;
                })
          .Then(kSerial, "sum",
                [sum = &sum, ten = std::make_unique<int>(10)](int i) {
                  *sum += i * *ten;
                });
  auto moved = std::move(pipeline);
  ExpectNothingUnfinished(moved.Run(*executor_), 3);
  EXPECT_EQ(sum, 90);
}

TEST_P(CoroutineStageTest, AJobMayBeOne) {
  const AsyncLocalStorage<int> storage;
  Promise<void> promise(*executor_);
  const SharedFuture<void> told = promise.GetFuture().Share();
  std::vector<std::string> names;
  JobGraph graph;
  graph.Add("wait",
            [&, name = std::make_unique<std::string>("wait")]() -> Task<> {
              co_await told;
              EXPECT_EQ(*storage.GetStore(), 7);
              names.push_back(*name);
            });
  graph.Add("tell", [&]() -> Task<int> {
    co_await executor_->Schedule();
    promise.SetValue();
    co_return 1;
  });
  graph.Add("after", {"wait", "tell"}, [&] { names.push_back("after"); });
  graph.Add("throw", {"after"}, [&]() -> Task<> {
    co_await executor_->Schedule();
    throw std::range_error("no");
  });
  graph.Add("never", {"throw"}, [&]() -> Task<> {
    ADD_FAILURE();
    co_return;
  });
  EXPECT_THAT([&] { storage.Run(7, [&] { graph.Run(*executor_); }); },
              testing::ThrowsMessage<JobGraphError>(
                  "job \"throw\" failed: std::range_error: no; not run: "
                  "\"never\""));
  EXPECT_THAT(names, ElementsAre("wait", "after"));
}

// ----- The time of an item -----

using ItemTimeTest = EveryExecutorTest;
WEFT_EVERY_EXECUTOR(ItemTimeTest);

TEST_P(ItemTimeTest, IsTheDeadlineInItsStages) {
  const auto executor = Make();
  const Deadline latest = Deadline::In(hours(2));
  Pipeline("source",
           [numbers = Numbers(20)]() mutable {
             EXPECT_TRUE(Deadline::Current().is_never());
             return numbers();
           })
      .Then(kParallel, "stage",
            [&](int item) {
              EXPECT_LT(Deadline::Current(), latest);
              return item;
            })
      .Then(kParallel, "coroutine",
            [&](int) -> Task<> {
              EXPECT_LT(Deadline::Current(), latest);
              co_return;
            })
      .Run(*executor, {.item_time = hours(1)});
  // The run's is kept if it is earlier.
  const Deadline runs = Deadline::In(hours(1));
  const DeadlineScope scope(runs);
  Pipeline("source", Numbers(1))
      .Then(kParallel, "stage",
            [&](int) { EXPECT_EQ(Deadline::Current(), runs); })
      .Run(*executor, {.item_time = hours(2)});
}

TEST_P(ItemTimeTest, ALateItemFails) {
  const auto executor = Make();
  Tally tally;
  auto pipeline =
      Pipeline("source",
               [&, numbers = Numbers(10)]() mutable -> std::optional<Counted> {
                 const auto number = numbers();
                 if (!number) return std::nullopt;
                 return std::optional<Counted>(std::in_place, tally, *number);
               })
          .Then(kParallel, "never", [](const Counted&) { ADD_FAILURE(); });
  EXPECT_THAT([&] { pipeline.Run(*executor, {.item_time = milliseconds(0)}); },
              testing::ThrowsMessage<PipelineError>(HasSubstr(
                  "failed in stage \"never\": weft::DeadlineExceededError: ")));
  std::atomic<std::size_t> late{0};
  const PipelineResult result = pipeline.Run(
      *executor, {.item_time = milliseconds(0), .on_item_error = [&](auto&) {
                    // relaxed: a count, read after the run.
                    late.fetch_add(1, std::memory_order_relaxed);
                  }});
  EXPECT_EQ(tally.live(), 0);
  EXPECT_EQ(result.failed, result.items);
  EXPECT_GT(result.items, 0u);
  // relaxed: as above.
  EXPECT_EQ(late.load(std::memory_order_relaxed), result.items);
}

using ThreadedItemTimeTest = ThreadedExecutorTest;
WEFT_THREADED_EXECUTORS(ThreadedItemTimeTest);

TEST_P(ThreadedItemTimeTest, CutsTheWaitOfACoroutineShort) {
  const auto executor = Make();
  Promise<void> promise(*executor);
  const SharedFuture<void> never = promise.GetFuture().Share();
  auto pipeline =
      Pipeline("source", Numbers(3))
          .Then(kParallel, "wait", [&](int) -> Task<> { co_await never; });
  const PipelineResult result =
      pipeline.Run(*executor, {.item_time = milliseconds(5),
                               .on_item_error = [](const PipelineError& error) {
                                 EXPECT_THROW(std::rethrow_if_nested(error),
                                              DeadlineExceededError);
                               }});
  EXPECT_EQ(result, (PipelineResult{.items = 3, .failed = 3}));
}

// ----- One item many, and many one -----

class JunctionTest : public EveryExecutorTest {
 protected:
  const std::unique_ptr<Executor> executor_ = Make();
};
WEFT_EVERY_EXECUTOR(JunctionTest);
WEFT_OTHER_EXECUTORS(JunctionTest);

TEST_P(JunctionTest, EachElementIsAnItemInOrder) {
  Ints seen;
  auto pipeline =
      Pipeline("source", Numbers(40))
          .Then(kParallel, "range", [](int i) { return Tens(i, i % 4); })
          .Each()
          .Then(kParallel, "same", Same)
          .Then(kSerialInOrder, "keep", [&](int i) { seen.push_back(i); });
  ExpectNothingUnfinished(pipeline.Run(*executor_, {.tokens = 3}), 40 + 60);
  Ints all;
  for (int i = 0; i < 40; ++i) {
    for (const int element : Tens(i, i % 4)) all.push_back(element);
  }
  EXPECT_EQ(seen, all);
}

TEST_P(JunctionTest, AnElementInheritsAndKeepsToItself) {
  const AsyncLocalStorage<int> number;
  std::atomic<int> wrong{0};
  const auto expect = [&](int store) {
    // relaxed: a count, read after the run.
    if (number.GetStore() == nullptr || *number.GetStore() != store) {
      wrong.fetch_add(1, std::memory_order_relaxed);
    }
  };
  Pipeline("source", Numbers(50))
      .Then(kParallel, "range",
            [&](int i) {
              number.EnterWith(i);
              return Tens(i, 3);
            })
      .Each()
      .Then(kParallel, "enter",
            [&](int i) {
              expect(i / 10);
              number.EnterWith(i);
              return i;
            })
      .Then(kParallel, "look",
            [&](int i) {
              expect(i);
              return i;
            })
      .Gather()
      .Then(kParallel, "gathered",
            [&](const Ints& all) {
              expect(all.front() / 10);
              return all.front();
            })
      .Batch(4)
      .Then(kParallel, "none",
            [&](const Ints&) {
              // relaxed: as above.
              if (number.GetStore())
                wrong.fetch_add(1, std::memory_order_relaxed);
            })
      .Run(*executor_, {.tokens = 4});
  // relaxed: the run has ended.
  EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);
}

TEST_P(JunctionTest, ABatchIsFullOrTheLast) {
  for (const std::size_t tokens : {1u, 2u, 16u}) {
    std::vector<Ints> batches;
    auto pipeline =
        Pipeline("source", Numbers(20))
            .Then(kParallel, "some",
                  [](int i) -> std::optional<int> {
                    if (i % 2 == 1) return std::nullopt;
                    return i;
                  })
            .Batch(4)
            .Then(kParallel, "same", [](Ints batch) { return batch; })
            .Then(kSerialInOrder, "keep",
                  [&](Ints batch) { batches.push_back(std::move(batch)); });
    EXPECT_EQ(pipeline.Run(*executor_, {.tokens = tokens}),
              (PipelineResult{.items = 20 + 3, .dropped = 10}));
    EXPECT_THAT(batches,
                ElementsAre(ElementsAre(0, 2, 4, 6), ElementsAre(8, 10, 12, 14),
                            ElementsAre(16, 18)));
  }
}

TEST_P(JunctionTest, ThereIsNoEmptyBatch) {
  int batches = 0;
  const auto run = [&](int count) {
    batches = 0;
    Pipeline("source", Numbers(count))
        .Batch(2)
        .Batch(3)
        .Then(kSerial, "count", [&](const std::vector<Ints>&) { ++batches; })
        .Run(*executor_, {.tokens = 2});
    return batches;
  };
  EXPECT_EQ(run(0), 0);
  EXPECT_EQ(run(6), 1);
  EXPECT_EQ(run(7), 2);
  EXPECT_EQ(run(12), 2);
}

TEST_P(JunctionTest, GathersWhatIsOfOneItem) {
  std::vector<Ints> seen;
  auto pipeline = Pipeline("source", Numbers(20))
                      .Then(kParallel, "range",
                            [](int i) -> std::optional<Ints> {
                              if (i == 3) return std::nullopt;
                              return Tens(i, i % 3);
                            })
                      .Each()
                      .Then(kParallel, "some",
                            [](int i) -> std::optional<int> {
                              if (i == 40 || i == 50) return std::nullopt;
                              if (i == 80) throw std::range_error("eighty");
                              return i;
                            })
                      .Gather()
                      .Then(kSerialInOrder, "keep",
                            [&](Ints all) { seen.push_back(std::move(all)); });
  const PipelineResult result = pipeline.Run(
      *executor_, {.tokens = 3, .on_item_error = [](const auto&) {}});
  // 19 ranges, 19 elements, and what is gathered of the ranges.
  EXPECT_EQ(result,
            (PipelineResult{.items = 20 + 19 + 19, .dropped = 3, .failed = 1}));
  std::vector<Ints> expected;
  for (int i = 0; i < 20; ++i) {
    if (i == 3) continue;
    Ints all = Tens(i, i % 3);
    std::erase_if(all, [](int e) { return e == 40 || e == 50 || e == 80; });
    expected.push_back(all);
  }
  EXPECT_EQ(seen, expected);
}

TEST_P(JunctionTest, RangesOfRangesAreGatheredOneAfterTheOther) {
  using Rows = std::vector<Ints>;
  std::vector<Rows> seen;
  const auto rows_of = [](int i) {
    Rows rows;
    for (int row = 0; row < i % 4; ++row) rows.push_back(Tens(i, row));
    return rows;
  };
  Pipeline("source", Numbers(30))
      .Then(kParallel, "rows", rows_of)
      .Each()
      .Then(kParallel, "not the first",
            [](Ints row) -> std::optional<Ints> {
              if (row.empty()) return std::nullopt;
              return row;
            })
      .Each()
      .Then(kParallel, "same", Same)
      .Gather()
      .Gather()
      .Then(kSerialInOrder, "keep",
            [&](Rows rows) { seen.push_back(std::move(rows)); })
      .Run(*executor_, {.tokens = 2});
  ASSERT_EQ(seen.size(), 30u);
  for (int i = 0; i < 30; ++i) {
    Rows rows = rows_of(i);
    std::erase_if(rows, [](const Ints& row) { return row.empty(); });
    EXPECT_EQ(seen[static_cast<std::size_t>(i)], rows);
  }
}

TEST_P(JunctionTest, NoMoreWaitThanThereAreTokens) {
  constexpr int kTokens = 3;
  SharedValue<int> ranges{0};  // taken, and not gathered
  SharedValue<int> elements{0};
  SharedValue<int> most_ranges{0};
  SharedValue<int> most_elements{0};
  const auto add = [](SharedValue<int>& count, SharedValue<int>& most) {
    ++count;
    if (static_cast<int>(count) > static_cast<int>(most)) {
      most = static_cast<int>(count);
    }
  };
  Pipeline("source",
           [&, numbers = Numbers(60)]() mutable {
             const auto number = numbers();
             if (number) add(ranges, most_ranges);
             return number;
           })
      .Then(kParallel, "range", [](int i) { return Tens(i, 8); })
      .Each()
      .Then(kSerial, "begin",
            [&](int i) {
              add(elements, most_elements);
              return i;
            })
      .Then(kParallel, "wait",
            [&](int i) -> Task<int> {
              co_await executor_->Schedule();
              co_return i;
            })
      .Then(kSerial, "end",
            [&](int i) {
              --elements;
              return i;
            })
      .Gather()
      .Then(kSerial, "gathered", [&](const Ints&) { --ranges; })
      .Run(*executor_, {.tokens = kTokens});
  EXPECT_EQ(ranges, 0);
  EXPECT_EQ(elements, 0);
  // What is gathered has a token of its own.
  EXPECT_LE(static_cast<int>(most_ranges), 2 * kTokens);
  EXPECT_LE(static_cast<int>(most_elements), kTokens);
}

TEST_P(JunctionTest, EveryWayOutCountsEveryItem) {
  // More than are taken while a thread that ends the run is held up.
  constexpr int kMore = 10'000'000;
  enum class Way { kFails, kIsCancelled, kThrowsInSource, kLast };
  for (int way = 0; way < static_cast<int>(Way::kLast); ++way) {
    for (int at = 0; at < 60; at += 7) {
      Tally tally;
      CancellationSource client;
      std::size_t begun = 0;
      const auto end_at = [&](int where) {
        if (where != at) return;
        if (way == static_cast<int>(Way::kIsCancelled)) client.Cancel();
        if (way == static_cast<int>(Way::kFails)) throw std::range_error("at");
      };
      auto pipeline =
          Pipeline("source",
                   [&, numbers = Numbers(kMore)]() mutable {
                     const std::optional<int> number = numbers();
                     if (way == static_cast<int>(Way::kThrowsInSource) &&
                         number == at) {
                       throw std::range_error("source");
                     }
                     begun += number.has_value() ? 1 : 0;
                     return number;
                   })
              .Then(kParallel, "range",
                    [&](int i) {
                      std::vector<Counted> range;
                      for (int k = 0; k <= i % 5; ++k) {
                        range.emplace_back(tally, i);
                      }
                      return range;
                    })
              .Each()
              .Then(kParallel, "element",
                    [&](Counted element) {
                      end_at(element.value() * 2);
                      return element;
                    })
              .Gather()
              .Batch(3)
              .Then(kParallel, "batch",
                    [&](std::vector<std::vector<Counted>> batch) -> Task<> {
                      co_await executor_->Schedule();
                      for (const auto& range : batch) {
                        end_at(range.front().value() * 2 + 1);
                      }
                    });
      const CancellationScope scope(client.token());
      try {
        pipeline.Run(*executor_, {.tokens = 4});
        ADD_FAILURE() << "it ended well";
      } catch (const PipelineError&) {
        EXPECT_NE(way, static_cast<int>(Way::kIsCancelled));
      } catch (const CancelledError&) {
        EXPECT_EQ(way, static_cast<int>(Way::kIsCancelled));
      }
      EXPECT_EQ(tally.live(), 0);
      const PipelineResult& result = pipeline.last_result();
      EXPECT_GE(result.items, begun);
      EXPECT_LE(result.failed + result.unfinished, result.items);
    }
  }
}

TEST_P(JunctionTest, CancelledWhenTheRestIsYetToComeItSaysSo) {
  CancellationSource client;
  const CancellationScope scope(client.token());
  int asked = 0;
  auto pipeline = Pipeline("source",
                           [&]() -> std::optional<int> {
                             if (++asked == 3) {
                               client.Cancel();
                               return std::nullopt;
                             }
                             return asked;
                           })
                      .Batch(8)
                      .Then(kSerial, "out", [](const Ints&) {
                        ADD_FAILURE() << "it was cancelled";
                      });
  EXPECT_THROW(pipeline.Run(*executor_), CancelledError);
}

TEST_P(JunctionTest, MisuseNamesTheFunction) {
  const auto ranges = [] {
    return Pipeline("source", Numbers(1)).Then(kParallel, "range", [](int i) {
      return Tens(i, 1);
    });
  };
  const auto no_each = testing::ThrowsMessage<std::logic_error>(
      HasSubstr("Pipeline::Gather: there is no Each() before it"));
  EXPECT_THAT([&] { static_cast<void>(ranges().Gather()); }, no_each);
  EXPECT_THAT([&] { static_cast<void>(ranges().Each().Batch(2).Gather()); },
              no_each);
  EXPECT_THAT([&] { static_cast<void>(ranges().Each().Gather().Gather()); },
              no_each);
  EXPECT_THAT([&] { static_cast<void>(ranges().Batch(0)); },
              testing::ThrowsMessage<std::invalid_argument>(
                  HasSubstr("Pipeline::Batch: size must be at least 1; it is "
                            "0")));
  EXPECT_THAT(
      [&] {
        static_cast<void>(ranges().Each().Then(kParallel, "range", Same));
      },
      testing::ThrowsMessage<std::invalid_argument>(HasSubstr("\"range\"")));
  auto moved_from = ranges();
  static_cast<void>(std::move(moved_from).Each());
  EXPECT_THROW(static_cast<void>(std::move(moved_from).Each()),
               std::logic_error);
}

TEST(ManualJunctionTest, HooksAreToldWhoComesOfWhom) {
  ManualExecutor executor;
  tests::EventLog log;
  {
    AsyncHook hook = CreateHook(log.Callbacks());
    hook.Enable();
    Pipeline("source", Numbers(1))
        .Then(kParallel, "range", [](int i) { return Tens(i, 2); })
        .Each()
        .Gather()
        .Batch(1)
        .Then(kParallel, "end", [](const std::vector<Ints>&) {})
        .Run(executor, {.tokens = 1});
    hook.DisableAndWait();
  }
  std::vector<std::string> lines = log.lines();
  std::erase_if(lines, [](const std::string& line) {
    return line.find("PIPELINE_ITEM") == std::string::npos ||
           line.starts_with("before") || line.starts_with("after");
  });
  EXPECT_THAT(lines,
              ElementsAre("init PIPELINE_ITEM <- PIPELINE",
                          "init PIPELINE_ITEM#2 <- PIPELINE_ITEM",  // elements
                          "destroy PIPELINE_ITEM#2",
                          "init PIPELINE_ITEM#3 <- PIPELINE_ITEM",
                          "destroy PIPELINE_ITEM#3",
                          "init PIPELINE_ITEM#4 <- PIPELINE_ITEM",  // gathered
                          "destroy PIPELINE_ITEM", "destroy PIPELINE_ITEM#4",
                          "init PIPELINE_ITEM#5 <- PIPELINE",  // a batch
                          "destroy PIPELINE_ITEM#5"));
}

// Throws at one of its moves.
class ThrowsAtAMove {
 public:
  static inline Count live;
  static inline std::atomic<int> moves{0};
  static inline int throws_at = -1;  // changes between runs

  ThrowsAtAMove() { live.Add(); }
  ThrowsAtAMove(ThrowsAtAMove&&) {
    // relaxed: each move has a number of its own; nothing is reached by it.
    if (moves.fetch_add(1, std::memory_order_relaxed) == throws_at) {
      throw std::runtime_error("a move");
    }
    live.Add();
  }
  ThrowsAtAMove& operator=(ThrowsAtAMove&&) = delete;
  ~ThrowsAtAMove() { live.Add(-1); }
};

// Each move in turn, of those into stages, coroutines, vectors and items.
TEST_P(JunctionTest, AMoveThatThrowsCostsItsItemOrTheRun) {
#ifdef __clang__
  GTEST_SKIP() << "clang 19 reads a coroutine's frame that it has freed, if "
                  "moving a parameter into that throws";
#endif
  const auto run = [&](int throws_at, bool costs_the_item) {
    // relaxed: nothing runs.
    ThrowsAtAMove::moves.store(0, std::memory_order_relaxed);
    ThrowsAtAMove::throws_at = throws_at;
    int told = 0;
    PipelineOptions options{.tokens = 3};
    if (costs_the_item) {
      options.on_item_error = [&](const PipelineError&) { ++told; };
    }
    auto pipeline =
        Pipeline("source", Numbers(6))
            .Then(kParallel, "range",
                  [](int i) {
                    return std::vector<ThrowsAtAMove>(
                        static_cast<std::size_t>(i));
                  })
            .Each()
            .Then(kParallel, "hop",
                  [&](ThrowsAtAMove item) -> Task<ThrowsAtAMove> {
                    co_await executor_->Schedule();
                    co_return std::move(item);
                  })
            .Then(kSerial, "pass", [](ThrowsAtAMove item) { return item; })
            .Gather()
            .Then(kSerialInOrder, "count",
                  [](const std::vector<ThrowsAtAMove>& all) {
                    return all.size();
                  })
            .Batch(2)
            .Then(kParallel, "end", [](const std::vector<std::size_t>&) {});
    bool threw = false;
    try {
      pipeline.Run(*executor_, options);
    } catch (const PipelineError&) {
      threw = true;
    }
    EXPECT_EQ(ThrowsAtAMove::live.get(), 0) << throws_at;
    const PipelineResult& result = pipeline.last_result();
    if (!threw) {
      EXPECT_EQ(result.unfinished, 0u) << throws_at;
      EXPECT_EQ(result.failed, static_cast<std::size_t>(told)) << throws_at;
    }
    return threw || told > 0;
  };
  EXPECT_FALSE(run(-1, false));
  // relaxed: as above.
  const int most = ThrowsAtAMove::moves.load(std::memory_order_relaxed);
  ASSERT_GT(most, 100);
  // A vector that is copied in one more step has fewer moves in another run.
  const int step = tests::kSanitized || KindOf(GetParam()) != 0 ? 7 : 1;
  for (int i = 0; i < most - 30; i += step) {
    EXPECT_TRUE(run(i, i / step % 2 == 0)) << i;
  }
}

// Each item runs where it is submitted, on the stack of the run.
TEST_P(JunctionTest, ManyTokensInACallerThatRunsThemCostNoStack) {
  if (KindOf(GetParam()) != 0) GTEST_SKIP() << "of no matter here";
  BoundedExecutor bounded(*executor_,
                          {.capacity = 1, .when_full = WhenFull::kRunInCaller});
  const int count = tests::kSanitized ? 5'000 : 100'000;
  Count total;
  Pipeline("source", Numbers(count))
      .Then(kParallel, "same", Same)
      .Then(kSerialInOrder, "sum", [&](int i) { total.Add(i); })
      .Run(bounded, {.tokens = 65'536});
  EXPECT_EQ(total.get(), std::int64_t{count} * (count - 1) / 2);
}

TEST_P(JunctionTest, StressOfManyRuns) {
  for (int round = 0; round < tests::StressRounds(60); ++round) {
    const int count = 1 + round % 53;
    Tally tally;
    int next = 0;
    int sum = 0;
    auto pipeline =
        Pipeline("source", Numbers(count))
            .Then(kSerial, "range",
                  [&](int i) {
                    std::vector<Counted> range;
                    for (int k = 0; k < i % 7; ++k)
                      range.emplace_back(tally, i);
                    return range;
                  })
            .Each()
            .Then(kParallel, "hop",
                  [&](Counted element) -> Task<Counted> {
                    if (element.value() % 2 == 0)
                      co_await executor_->Schedule();
                    co_return element;
                  })
            .Then(kSerialInOrder, "in order",
                  [&](Counted element) -> std::optional<Counted> {
                    EXPECT_GE(element.value(), next);
                    next = element.value();
                    if (element.value() % 11 == 0) return std::nullopt;
                    return std::optional<Counted>(std::move(element));
                  })
            .Gather()
            .Then(kParallel, "count",
                  [](const std::vector<Counted>& all) {
                    return static_cast<int>(all.size());
                  })
            .Batch(5)
            .Then(kSerial, "sum", [&](const Ints& counts) {
              sum += std::accumulate(counts.begin(), counts.end(), 0);
            });
    pipeline.Run(*executor_,
                 {.tokens = 1 + static_cast<std::size_t>(round) % 6});
    int expected = 0;
    for (int i = 0; i < count; ++i) expected += i % 11 == 0 ? 0 : i % 7;
    EXPECT_EQ(sum, expected);
    EXPECT_EQ(tally.live(), 0);
  }
}

}  // namespace
}  // namespace weft
