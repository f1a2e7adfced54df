// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Executors without threads of their own that are destroyed by their own tasks:
// what they have accepted runs, and then nothing is left of them.

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/promise.h"
#include "weft/executor/timer.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/counted.h"

namespace weft {
namespace {

using tests::Count;
using tests::Counted;
using tests::Tally;

enum class Kind { kSerial, kPriority, kBounded };

// A lane over `base`; gone when the last owner of it goes.
std::shared_ptr<Executor> MakeLane(Kind kind, Executor& base) {
  switch (kind) {
    case Kind::kSerial:
      return std::make_shared<SerialExecutor>(base);
    case Kind::kBounded:
      return std::make_shared<BoundedExecutor>(
          base, BoundedOptions{.capacity = 1000});
    case Kind::kPriority:
      break;
  }
  const auto levels = std::make_shared<PriorityExecutor>(base);
  return {levels, &levels->at(Priority::kNormal)};
}

class AbandonedTest : public testing::TestWithParam<std::tuple<int, Kind>> {
 protected:
  // Calls `use(base, lane)`, which gives the lane away, and sees that all that
  // stands behind both is released.
  template <typename Use>
  void WithLane(const Use& use) {
    std::weak_ptr<executor_internal::Engine> engine;
    {
      const std::unique_ptr<Executor> base =
          MakeExecutor(std::get<0>(GetParam()));
      engine = executor_internal::ShareEngine(
          executor_internal::EngineOf::Get(*base));
      use(*base, MakeLane(std::get<1>(GetParam()), *base));
      base->Drain();
    }
    EXPECT_TRUE(engine.expired());
    EXPECT_EQ(tally_.live(), 0);
  }

  Count ran_;
  Tally tally_;
};

// Ends with its last task, as it owns what runs them.
struct Session : std::enable_shared_from_this<Session> {
  Session(std::shared_ptr<Executor> its_lane, int n, Count& count)
      : lane(std::move(its_lane)), reads(n), ran(count) {}
  void Read() {
    lane->Post([self = shared_from_this()] {
      self->ran.Add();
      if (--self->reads > 0) self->Read();
    });
  }
  std::shared_ptr<Executor> lane;
  int reads;
  Count& ran;
};

TEST_P(AbandonedTest, ASessionOwnsItsExecutor) {
  for (int round = 0; round < 20; ++round) {
    WithLane([&](Executor&, std::shared_ptr<Executor> lane) {
      std::make_shared<Session>(std::move(lane), 3, ran_)->Read();
    });
  }
  EXPECT_EQ(ran_.get(), 20 * 3);
}

TEST_P(AbandonedTest, WhatItHasAcceptedRuns) {
  for (int round = 0; round < 20; ++round) {
    WithLane([&](Executor& base, std::shared_ptr<Executor> lane) {
      std::vector<Future<int>> futures;
      Executor& executor = *lane;
      // One that keeps it from beginning.
      Promise<void> begin(base);
      executor.Post([&, lane = std::move(lane), counted = Counted(tally_),
                     may = begin.GetFuture()]() mutable {
        may.Get();
        lane.reset();
        ran_.Add();
      });
      for (int i = 0; i < 10; ++i) {
        futures.push_back(executor.Submit([&, i, counted = Counted(tally_)] {
          ran_.Add();
          return i;
        }));
      }
      begin.SetValue();
      int expected = 0;
      for (Future<int>& future : futures) EXPECT_EQ(future.Get(), expected++);
    });
  }
  EXPECT_EQ(ran_.get(), 20 * 11);
}

TEST_P(AbandonedTest, ByTheDestructorOfACapture) {
  for (int round = 0; round < 20; ++round) {
    WithLane([&](Executor&, std::shared_ptr<Executor> lane) {
      Executor& executor = *lane;
      executor.Post([&, kept = std::move(lane)] { ran_.Add(); });
    });
    WithLane([&](Executor&, std::shared_ptr<Executor> lane) {
      Executor& executor = *lane;
      EXPECT_EQ(executor.Submit([kept = std::move(lane)] { return 1; }).Get(),
                1);
    });
  }
  EXPECT_EQ(ran_.get(), 20);
}

// What is dropped owns what drops it.
TEST_P(AbandonedTest, ByTheDestructorOfACaptureThatIsDropped) {
  for (int round = 0; round < 20; ++round) {
    WithLane([&](Executor& base, std::shared_ptr<Executor> lane) {
      base.Submit([&, lane = std::move(lane)]() mutable {
            Executor& executor = *lane;
            for (int i = 0; i < 3; ++i) {
              executor.Post(
                  [&, kept = lane, counted = Counted(tally_)] { ran_.Add(); });
            }
            lane.reset();
            base.Shutdown(OnShutdown::kStop);
          })
          .Get();
    });
  }
  EXPECT_LE(ran_.get(), 20 * 3);  // other workers may have been quicker
}

TEST_P(AbandonedTest, ByTheDestructorOfAStore) {
  const AsyncLocalStorage<std::shared_ptr<Executor>> owner;
  for (int round = 0; round < 20; ++round) {
    WithLane([&](Executor&, std::shared_ptr<Executor> lane) {
      Executor& executor = *lane;
      executor.Post([&, kept = std::move(lane)]() mutable {
        owner.EnterWith(std::move(kept));
        executor.Post([&] { ran_.Add(); });
      });
    });
  }
  EXPECT_EQ(ran_.get(), 20);
}

TEST_P(AbandonedTest, AfterAShutdownByATaskOfIts) {
  for (const OnShutdown how : {OnShutdown::kDrain, OnShutdown::kStop}) {
    WithLane([&](Executor&, std::shared_ptr<Executor> lane) {
      Executor& executor = *lane;
      executor.Post([&, kept = std::move(lane), how]() mutable {
        kept->Shutdown(how);
        kept.reset();
        ran_.Add();
      });
    });
  }
  EXPECT_EQ(ran_.get(), 2);
}

TEST_P(AbandonedTest, ItsTimersAreDropped) {
  WithLane([&](Executor&, std::shared_ptr<Executor> lane) {
    Executor& executor = *lane;
    executor.Post([&, kept = std::move(lane)] {
      kept->PostAfter(std::chrono::hours(1),
                      [&, counted = Counted(tally_)] { ran_.Add(); });
      kept->PostEvery(std::chrono::hours(1),
                      [&, counted = Counted(tally_)] { ran_.Add(); });
    });
  });
  EXPECT_EQ(ran_.get(), 0);
}

TEST_P(AbandonedTest, AContinuationThatComesLaterIsRefused) {
  WithLane([&](Executor& base, std::shared_ptr<Executor> lane) {
    Promise<void> promise(*lane);
    Future<void> then = promise.GetFuture().Then(
        [&, counted = Counted(tally_)] { ran_.Add(); });
    Executor& executor = *lane;
    executor.Post([kept = std::move(lane)] {});
    base.Drain();
    promise.SetValue();
    EXPECT_THROW(then.Get(), ShutdownError);
  });
  EXPECT_EQ(ran_.get(), 0);
}

TEST_P(AbandonedTest, ItsTasksStillFork) {
  WithLane([&](Executor&, std::shared_ptr<Executor> lane) {
    Executor& executor = *lane;
    executor.Post([&, kept = std::move(lane)]() mutable {
      kept.reset();
      ParallelFor(0, 10, [&](int) { ran_.Add(); });
    });
  });
  EXPECT_EQ(ran_.get(), 10);
}

Task<void> WaitFor(SharedFuture<void> future, Count& ran,
                   [[maybe_unused]] Counted counted) {
  co_await future;
  ran.Add();
}

TEST_P(AbandonedTest, ACoroutineThatWaitsIsRefused) {
  for (int round = 0; round < 20; ++round) {
    WithLane([&](Executor& base, std::shared_ptr<Executor> lane) {
      Executor& executor = *lane;
      Promise<void> promise(executor);
      Future<void> end = Spawn(executor, WaitFor(promise.GetFuture().Share(),
                                                 ran_, Counted(tally_)));
      executor.Post([kept = std::move(lane)] {});
      base.Drain();
      promise.SetValue();
      EXPECT_THROW(end.Get(), ShutdownError);
    });
  }
  EXPECT_EQ(ran_.get(), 0);
}

// Promises are settled for it by others while its last task ends.
TEST_P(AbandonedTest, WhileOthersSettlePromisesOfIts) {
  for (int round = 0; round < 60; ++round) {
    WithLane([&](Executor& base, std::shared_ptr<Executor> lane) {
      std::vector<std::thread> threads;
      Executor& executor = *lane;
      for (int i = 0; i < 2; ++i) {
        auto promise = std::make_unique<Promise<void>>(executor);
        static_cast<void>(promise->GetFuture().Then(
            [&, counted = Counted(tally_)] { ran_.Add(); }));
        threads.emplace_back(
            [promise = std::move(promise)] { promise->SetValue(); });
      }
      executor.Post([kept = std::move(lane)] {});
      base.Drain();
      for (std::thread& thread : threads) thread.join();
    });
  }
}

// The lane between is destroyed by a task of the one over it.
TEST_P(AbandonedTest, ByATaskOfALaneOverIt) {
  for (int round = 0; round < 20; ++round) {
    WithLane([&](Executor&, std::shared_ptr<Executor> lane) {
      auto over = std::make_shared<SerialExecutor>(*lane);
      over->Post([&, lane = std::move(lane), over]() mutable {
        lane.reset();
        ran_.Add();
        over.reset();
        ran_.Add();
      });
    });
  }
  EXPECT_EQ(ran_.get(), 40);
}

// The one whose task it is, and those that come after the caller.
TEST(AbandonedPriorityTest, AllLevelsGo) {
  for (const int workers : {kManual, 1, 2, 8}) {
    Count ran;
    {
      const std::unique_ptr<Executor> base = MakeExecutor(workers);
      auto levels = std::make_unique<PriorityExecutor>(*base);
      PriorityExecutor& executor = *levels;
      Promise<void> begin(*base);
      executor.at(Priority::kHigh)
          .Post([&, levels = std::move(levels),
                 may = begin.GetFuture()]() mutable {
            may.Get();
            levels.reset();
            ran.Add();
          });
      for (const Priority priority :
           {Priority::kHigh, Priority::kNormal, Priority::kLow}) {
        executor.at(priority).Post([&] { ran.Add(); });
      }
      begin.SetValue();
    }
    EXPECT_EQ(ran.get(), 4);
  }
}

std::string AbandonedName(
    const testing::TestParamInfo<std::tuple<int, Kind>>& info) {
  constexpr std::array<const char*, 3> kNames{"Serial", "Priority", "Bounded"};
  return std::string(
             kNames[static_cast<std::size_t>(std::get<1>(info.param))]) +
         "Over" + KindName({std::get<0>(info.param), 0});
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, AbandonedTest,
    testing::Combine(testing::Values(kManual, 1, 2, 8, kBlockingKind + 2),
                     testing::Values(Kind::kSerial, Kind::kPriority,
                                     Kind::kBounded)),
    AbandonedName);

}  // namespace
}  // namespace weft
