// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What is made of futures: outcomes, futures of futures, the first so many.

#include "weft/executor/outcome.h"

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/executor/collect.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/flatten.h"
#include "weft/executor/future.h"
#include "weft/executor/promise.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/when_any.h"
#include "weft/tests/support/counted.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointee;
using testing::ThrowsMessage;
using tests::Counted;
using tests::Tally;

class OutcomeTest : public EveryExecutorTest {};

[[noreturn]] void Throw(const char* what) { throw std::runtime_error(what); }

TEST_P(OutcomeTest, IsAResultOrAnException) {
  const std::unique_ptr<Executor> executor = Make();
  const auto describe = [](Outcome<int> outcome) -> std::string {
    EXPECT_EQ(outcome.has_value(), static_cast<bool>(outcome));
    EXPECT_EQ(outcome.has_value(), outcome.exception() == nullptr);
    if (outcome.has_value()) return std::to_string(std::move(outcome).Get());
    return "failed";
  };
  EXPECT_EQ(executor->Submit([] { return 3; }).ThenOutcome(describe).Get(),
            "3");
  EXPECT_EQ(executor->Submit([]() -> int { Throw("no"); })
                .ThenOutcome(describe)
                .Get(),
            "failed");
  EXPECT_TRUE(executor->Submit([] {})
                  .ThenOutcome([](Outcome<void> outcome) {
                    std::move(outcome).Get();
                    return outcome.has_value();
                  })
                  .Get());
}

TEST_P(OutcomeTest, CatchTakesItsErrorsAndPassesOthers) {
  const std::unique_ptr<Executor> executor = Make();
  const auto fail = []() -> int { Throw("no"); };
  const auto five = [](const auto&) { return 5; };
  EXPECT_EQ(executor->Submit(fail).Catch<std::runtime_error>(five).Get(), 5);
  EXPECT_EQ(executor->Submit(fail).Catch<std::exception>(five).Get(), 5);
  EXPECT_EQ(executor->Submit(fail).Catch(five).Get(), 5);
  EXPECT_EQ(executor->Submit([] { return 1; }).Catch(five).Get(), 1);
  EXPECT_THAT(executor->Submit([] { return std::make_unique<int>(1); })
                  .Catch([](std::exception_ptr) { return nullptr; })
                  .Get(),
              Pointee(1));
  EXPECT_THROW(executor->Submit(fail).Catch<std::logic_error>(five).Get(),
               std::runtime_error);
  executor->Submit([] { Throw("no"); })
      .Catch<std::runtime_error>([](const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "no");
      })
      .Get();
}

TEST_P(OutcomeTest, FinallyRunsInAnyCaseAndPassesOnWhatCame) {
  const std::unique_ptr<Executor> executor = Make();
  int calls = 0;
  const auto count = [&] { ++calls; };
  EXPECT_EQ(executor->Submit([] { return 7; }).Finally(count).Get(), 7);
  EXPECT_THROW(executor->Submit([] { Throw("no"); }).Finally(count).Get(),
               std::runtime_error);
  EXPECT_EQ(calls, 2);
  EXPECT_THAT(
      [&] {
        executor->Submit([] { return 7; }).Finally([] { Throw("own"); }).Get();
      },
      ThrowsMessage<std::runtime_error>("own"));
}

// A plain continuation of a cancelled flow does not run; those that are to see
// failures do, in their context.
TEST_P(OutcomeTest, IsSeenInACancelledFlowToo) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  CancellationSource source;
  Promise<int> promise(*executor);
  Future<int> result = storage.Run(4, [&] {
    const CancellationScope scope(source.token());
    return promise.GetFuture()
        .Then([](int) { return 1; })
        .Catch<CancelledError>([&](const CancelledError&) {
          EXPECT_TRUE(CancellationToken::Current().is_cancelled());
          return *storage.GetStore();
        });
  });
  source.Cancel();
  promise.SetValue(2);
  EXPECT_EQ(result.Get(), 4);
}

TEST_P(OutcomeTest, AStoppedExecutorCallsNothing) {
  const std::unique_ptr<Executor> executor = Make();
  Tally tally;
  Promise<int> promise(*executor);
  Future<int> result = promise.GetFuture().Catch(
      [counted = Counted(tally)](std::exception_ptr) { return 1; });
  executor->Shutdown(OnShutdown::kStop);
  promise.SetValue(2);
  EXPECT_THROW(result.Get(), ShutdownError);
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(OutcomeTest, AFutureOfAFutureIsFlattened) {
  const std::unique_ptr<Executor> executor = Make();
  EXPECT_EQ(Flatten(executor->Submit([&] {
              return executor->Submit([] { return 3; });
            })).Get(),
            3);
  Flatten(executor->Submit([&] { return executor->Submit([] {}); })).Get();
  EXPECT_THAT(
      [&] {
        Flatten(executor->Submit([&]() -> Future<int> {
          Throw("outer");
        })).Get();
      },
      ThrowsMessage<std::runtime_error>("outer"));
  EXPECT_THAT(
      [&] {
        Flatten(executor->Submit([&] {
          return executor->Submit([]() -> int { Throw("inner"); });
        })).Get();
      },
      ThrowsMessage<std::runtime_error>("inner"));
  EXPECT_THROW(Flatten(executor->Submit([] { return Future<int>(); })).Get(),
               std::logic_error);
  EXPECT_THROW(static_cast<void>(Flatten(Future<Future<int>>())),
               std::logic_error);
}

TEST_P(OutcomeTest, AFlattenedFutureWhoseExecutorIsStoppedSaysSo) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<Future<int>> promise(*executor);
  Future<int> flat = Flatten(promise.GetFuture());
  executor->Shutdown(OnShutdown::kStop);
  promise.SetValue(Future<int>());
  EXPECT_THROW(flat.Get(), ShutdownError);
}

TEST_P(OutcomeTest, TheFirstSoManyAreCollectedInTheOrderInWhichTheyCome) {
  const std::unique_ptr<Executor> executor = Make();
  std::vector<Promise<int>> promises;
  std::vector<Future<int>> futures;
  for (int i = 0; i < 4; ++i) {
    promises.emplace_back(*executor);
    futures.push_back(promises.back().GetFuture());
  }
  Future<std::vector<AnyResult<int>>> two = Collect(2, std::move(futures));
  promises[3].SetValue(30);
  executor->Drain();
  promises[0].SetException(std::make_exception_ptr(std::runtime_error("no")));
  executor->Drain();
  EXPECT_FALSE(two.IsReady());
  promises[1].SetValue(10);
  const std::vector<AnyResult<int>> results = two.Get();
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].index, 3u);
  EXPECT_EQ(results[0].value, 30);
  EXPECT_EQ(results[1].index, 1u);
  EXPECT_EQ(results[1].value, 10);
}

TEST_P(OutcomeTest, TooManyFailuresEndACollection) {
  const std::unique_ptr<Executor> executor = Make();
  std::vector<Promise<void>> promises;
  std::vector<Future<void>> futures;
  for (int i = 0; i < 3; ++i) {
    promises.emplace_back(*executor);
    futures.push_back(promises.back().GetFuture());
  }
  auto two = Collect(2, std::move(futures));
  const auto fail = [](const char* what) {
    return std::make_exception_ptr(std::runtime_error(what));
  };
  promises[2].SetException(fail("first"));
  executor->Drain();
  EXPECT_FALSE(two.IsReady());
  promises[1].SetException(fail("second"));
  EXPECT_THAT([&] { two.Get(); }, ThrowsMessage<std::runtime_error>("first"));
  EXPECT_THAT([] { Collect(1, std::vector<Future<int>>()).Wait(); },
              ThrowsMessage<std::invalid_argument>(
                  HasSubstr("count is 1; it must be from 1 to the number of "
                            "futures, which is 0")));
}

// Throws when it is moved for the `count`th time.
class ThrowsWhenMoved {
 public:
  explicit ThrowsWhenMoved(int count) : count_(count) {}
  ThrowsWhenMoved(ThrowsWhenMoved&& other) : count_(other.count_ - 1) {
    if (count_ == 0) Throw("cannot be moved");
  }

 private:
  const int count_;
};

// Whatever move it is, that is what the collection says.
TEST_P(OutcomeTest, AResultThatCannotBeMovedIsAFailure) {
  const std::unique_ptr<Executor> executor = Make();
  bool has_failed = false;
  for (int moves = 1; moves <= 20; ++moves) {
    std::vector<Future<ThrowsWhenMoved>> futures;
    futures.push_back(
        executor->Submit([moves] { return ThrowsWhenMoved(moves); }));
    try {
      EXPECT_EQ(Collect(1, std::move(futures)).Get().size(), 1u);
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "cannot be moved") << moves;
      has_failed = true;
    }
  }
  EXPECT_TRUE(has_failed);
}

TEST_P(OutcomeTest, CoroutinesOfSeveralTypesRace) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<void> never(*executor);
  const SharedFuture<void> waits = never.GetFuture().Share();
  const auto number = []() -> Task<int> { co_return 3; };
  const auto text = [&]() -> Task<std::string> {
    co_await waits;
    co_return "late";
  };
  auto first = WhenAny(*executor, text(), number()).Get();
  EXPECT_EQ(first.index, 1u);
  EXPECT_EQ(std::get<1>(first.value), 3);
  never.SetValue();
  executor->Drain();
}

WEFT_EVERY_EXECUTOR(OutcomeTest);
WEFT_OTHER_EXECUTORS(OutcomeTest);

}  // namespace
}  // namespace weft
