// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/future.h"

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/hooks/execution.h"

namespace weft {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class FutureTest : public EveryExecutorTest {};

TEST_P(FutureTest, GivesWhatTheTaskReturned) {
  const std::unique_ptr<Executor> executor = Make();
  int variable = 5;

  EXPECT_EQ(executor->Submit([] { return std::string("text"); }).Get(), "text");
  EXPECT_EQ(*executor->Submit([] { return std::make_unique<int>(3); }).Get(),
            3);
  int& reference = executor->Submit([&]() -> int& { return variable; }).Get();
  EXPECT_EQ(&reference, &variable);
  int&& moved =
      executor->Submit([&]() -> int&& { return std::move(variable); }).Get();
  EXPECT_EQ(&moved, &variable);
  const std::string constant =
      executor->Submit([]() -> const std::string { return "const"; }).Get();
  EXPECT_EQ(constant, "const");
  bool ran = false;
  executor->Submit([&] { ran = true; }).Get();
  EXPECT_TRUE(ran);
}

TEST_P(FutureTest, ThrowsWhatTheTaskThrew) {
  const std::unique_ptr<Executor> executor = Make();
  Future<int> future =
      executor->Submit([]() -> int { throw std::out_of_range("too far"); });

  EXPECT_THAT([&] { future.Get(); },
              ThrowsMessage<std::out_of_range>(HasSubstr("too far")));
}

TEST_P(FutureTest, CatchingAFailureLeavesTheWaiterItsOwnContext) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::string> storage;
  Future<void> outer = storage.Run("waiter", [&] {
    return executor->Submit([&] {
      const AsyncId id = ExecutionAsyncId();
      Future<void> failing = storage.Run("failing", [&] {
        return executor->Submit([] { throw std::runtime_error("x"); });
      });
      try {
        failing.Get();
        ADD_FAILURE() << "must throw";
      } catch (const std::runtime_error&) {
        EXPECT_EQ(*storage.GetStore(), "waiter");
        EXPECT_EQ(ExecutionAsyncId(), id);
      }
    });
  });

  outer.Get();
}

TEST_P(FutureTest, IsReadyAfterWaitAndValidUntilGet) {
  const std::unique_ptr<Executor> executor = Make();
  Future<int> future = executor->Submit([] { return 1; });
  EXPECT_TRUE(future.valid());
  future.Wait();
  future.Wait();
  EXPECT_TRUE(future.IsReady());
  EXPECT_EQ(future.Get(), 1);

  EXPECT_FALSE(future.valid());
}

TEST_P(FutureTest, UseWithoutAResultIsAnErrorThatNamesTheFunction) {
  const std::unique_ptr<Executor> executor = Make();
  Future<int> taken = executor->Submit([] { return 1; });
  taken.Get();
  Future<int> moved = executor->Submit([] { return 1; });
  const Future<int> target = std::move(moved);
  Future<int> empty;

  for (Future<int>* future : {&taken, &moved, &empty}) {
    EXPECT_THAT([&] { future->Get(); },
                ThrowsMessage<std::logic_error>(HasSubstr("Future::Get")));
    EXPECT_THAT([&] { future->Wait(); },
                ThrowsMessage<std::logic_error>(HasSubstr("Future::Wait")));
    EXPECT_THAT([&] { static_cast<void>(future->IsReady()); },
                ThrowsMessage<std::logic_error>(HasSubstr("Future::IsReady")));
  }
  target.Wait();
}

TEST_P(FutureTest, ATaskThatWaitsForItselfIsAnError) {
  const std::unique_ptr<Executor> executor = Make();
  auto self = std::make_shared<Future<void>>();
  std::latch assigned(1);
  const bool manual = GetParam() == kManual;
  *self = executor->Submit([&, self] {
    if (!manual) assigned.wait();
    EXPECT_THAT([&] { self->Wait(); },
                ThrowsMessage<DeadlockError>(HasSubstr("waits for itself")));
  });
  assigned.count_down();
  executor->Drain();

  EXPECT_TRUE(self->IsReady());
}

TEST_P(FutureTest, DroppingItDropsResultAndException) {
  const std::unique_ptr<Executor> executor = Make();
  auto result = std::make_shared<int>(1);
  static_cast<void>(executor->Submit([result] { return result; }));
  static_cast<void>(
      executor->Submit([] { throw std::runtime_error("unseen"); }));
  executor->Drain();

  EXPECT_EQ(result.use_count(), 1);
}

TEST_P(FutureTest, AResultLivesAsLongAsItsFuture) {
  const std::unique_ptr<Executor> executor = Make();
  auto result = std::make_shared<int>(1);
  {
    Future<std::shared_ptr<int>> future =
        executor->Submit([result] { return result; });
    future.Wait();
    EXPECT_EQ(result.use_count(), 2);
  }
  executor->Drain();

  EXPECT_EQ(result.use_count(), 1);
}

// Every task waits for two of its own: far more waits than threads.
TEST_P(FutureTest, RecursionWaitsInsideTasks) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const std::unique_ptr<Executor> executor = Make();
  const auto fib = [&](const auto& self, int n) -> int {
    if (n < 2) return n;
    Future<int> left =
        executor->Submit([&self, n] { return self(self, n - 1); });
    Future<int> right =
        executor->Submit([&self, n] { return self(self, n - 2); });
    return left.Get() + right.Get();
  };

  EXPECT_EQ(executor->Submit([&] { return fib(fib, 10); }).Get(), 55);
}

TEST_P(FutureTest, WaitsAreForAnyOrder) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const std::unique_ptr<Executor> executor = Make();
  Future<int> sum = executor->Submit([&] {
    std::vector<Future<int>> futures;
    for (int i = 0; i < 100; ++i) {
      futures.push_back(executor->Submit([i] { return i; }));
    }
    int total = 0;
    for (std::size_t i = futures.size(); i-- > 0;) total += futures[i].Get();
    return total;
  });

  EXPECT_EQ(sum.Get(), 4950);
}

WEFT_EVERY_EXECUTOR(FutureTest);
WEFT_OTHER_EXECUTORS(FutureTest);

}  // namespace
}  // namespace weft
