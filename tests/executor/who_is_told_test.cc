// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The table "Who is told" of docs/guide/cancellation.md: what each operation
// that takes a flow makes of one that is cancelled or late.

#include <chrono>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "tests/executor/futures/shared_value.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/deadline.h"
#include "weft/context/shield_scope.h"
#include "weft/executor/bounded_executor.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/parallel_reduce.h"
#include "weft/executor/promise.h"
#include "weft/executor/sleep.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/executor/when_all.h"
#include "weft/executor/when_any.h"
#include "weft/pipelines/job_graph.h"
#include "weft/pipelines/pipeline.h"

namespace weft {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

enum class Told {
  kError,    // who waits is thrown CancelledError or DeadlineExceededError
  kCounted,  // Executor::stats() counts it, and what it holds is
             // destroyed
  kDone,     // it is done nevertheless
};

// What a limit may have to be reached by an operation that has been begun.
void Advance(Executor& executor) {
  if (auto* const manual = dynamic_cast<ManualExecutor*>(&executor)) {
    manual->AdvanceBy(milliseconds(0));
  }
}

template <typename T>
void WaitFor(Executor& executor, Future<T> future) {
  executor.Drain();
  Advance(executor);
  static_cast<void>(future.Get());
}

// Starts `task` in no flow; it enters that of `limits` itself.
struct Limits {
  CancellationToken token;
  Deadline deadline;
};
class LimitScope {
 public:
  explicit LimitScope(const Limits& limits)
      : cancellation_(limits.token), deadline_(limits.deadline) {}

 private:
  CancellationScope cancellation_;
  DeadlineScope deadline_;
};

struct Row {
  const char* name;
  Told told;
  // In a flow that is cancelled or late, which `limits` is too.
  void (*run)(Executor& executor, const Limits& limits,
              std::shared_ptr<int> held);
};

constexpr const char* kNotReached = "what was cancelled has run";

Task<> InLimits(Limits limits, Task<> (*fn)(Executor&), Executor& executor) {
  const LimitScope scope(limits);
  co_await fn(executor);
}

const Row kRows[] = {
    {"Submit", Told::kError,
     [](Executor& e, const Limits&, std::shared_ptr<int> held) {
       e.Submit([held] { FAIL() << kNotReached; }).Get();
     }},
    {"Future::Then", Told::kError,
     [](Executor& e, const Limits&, std::shared_ptr<int> held) {
       Promise<void> promise(e);
       promise.SetValue();
       promise.GetFuture().Then([held] { FAIL() << kNotReached; }).Get();
     }},
    {"SharedFuture::Then", Told::kError,
     [](Executor& e, const Limits&, std::shared_ptr<int> held) {
       Promise<void> promise(e);
       promise.SetValue();
       const SharedFuture<void> shared = promise.GetFuture().Share();
       shared.Then([held] { FAIL() << kNotReached; }).Get();
     }},
    {"Post", Told::kCounted,
     [](Executor& e, const Limits&, std::shared_ptr<int> held) {
       e.Post([held] { FAIL() << kNotReached; });
     }},
    {"Defer", Told::kCounted,
     [](Executor& e, const Limits&, std::shared_ptr<int> held) {
       e.Defer([held] { FAIL() << kNotReached; });
     }},
    {"PostAfter", Told::kCounted,
     [](Executor& e, const Limits&, std::shared_ptr<int> held) {
       e.PostAfter(hours(1), [held] { FAIL() << kNotReached; });
     }},
    {"PostAt", Told::kCounted,
     [](Executor& e, const Limits&, std::shared_ptr<int> held) {
       e.PostAt(Timer::Clock::time_point::max(),
                [held] { FAIL() << kNotReached; });
     }},
    {"PostEvery, context kept", Told::kCounted,
     [](Executor& e, const Limits&, std::shared_ptr<int> held) {
       e.PostEvery(hours(1), [held] { FAIL() << kNotReached; },
                   {.keep_context = true});
     }},
    {"TaskGroup", Told::kError,
     [](Executor& e, const Limits& limits, std::shared_ptr<int> held) {
       TaskGroup group(e);
       group.Run([held] { FAIL() << kNotReached; });
       group.Wait();
       // Of what is cancelled, the number is told.
       EXPECT_TRUE(limits.token.is_cancelled());
       if (group.cancelled() == 1) throw CancelledError("told");
     }},
    {"ParallelFor", Told::kError,
     [](Executor& e, const Limits&, std::shared_ptr<int>) {
       ParallelFor(e, 0, 10, [](int) { FAIL() << kNotReached; });
     }},
    {"ParallelReduce", Told::kError,
     [](Executor& e, const Limits&, std::shared_ptr<int>) {
       ParallelReduce(
           e, 0, 10, 0, [](int i) { return i; },
           [](int a, int b) { return a + b; });
     }},
    {"Join", Told::kDone,
     [](Executor& e, const Limits&, std::shared_ptr<int>) {
       SharedValue<int> calls{0};
       Join(e, [&] { ++calls; }, [&] { ++calls; });
       EXPECT_EQ(calls, 2);
     }},
    {"Pipeline::Run", Told::kError,
     [](Executor& e, const Limits&, std::shared_ptr<int>) {
       Pipeline("source", []() -> std::optional<int> {
         return 1;
       }).Then(StageMode::kSerial, "out", [](int) {
           FAIL() << kNotReached;
         }).Run(e);
     }},
    {"JobGraph::Run", Told::kError,
     [](Executor& e, const Limits&, std::shared_ptr<int>) {
       JobGraph graph;
       graph.Add("job", [] { FAIL() << kNotReached; });
       graph.Run(e);
     }},
    {"WhenAll", Told::kDone,
     [](Executor& e, const Limits&, std::shared_ptr<int>) {
       Promise<int> a(e), b(e);
       Future<std::tuple<int, int>> both =
           WhenAll(a.GetFuture(), b.GetFuture());
       a.SetValue(1);
       b.SetValue(2);
       EXPECT_EQ(both.Get(), std::tuple(1, 2));
     }},
    {"WhenAny", Told::kDone,
     [](Executor& e, const Limits&, std::shared_ptr<int>) {
       Promise<int> a(e), b(e);
       auto any = WhenAny(a.GetFuture(), b.GetFuture());
       b.SetValue(2);
       EXPECT_EQ(any.Get().index, 1u);
     }},
    {"Spawn", Told::kError,
     [](Executor& e, const Limits&, std::shared_ptr<int>) {
       const auto coroutine = []() -> Task<> {
         ADD_FAILURE() << kNotReached;
         co_return;
       };
       Spawn(e, coroutine()).Get();
     }},
    {"co_await Future", Told::kError,
     [](Executor& e, const Limits& limits, std::shared_ptr<int>) {
       const ShieldScope shield;  // it has begun before
       Promise<void> never(e);
       const auto waits = [](Limits in, Future<void> future) -> Task<> {
         const LimitScope scope(in);
         co_await std::move(future);
       };
       WaitFor(e, Spawn(e, waits(limits, never.GetFuture())));
     }},
    {"co_await SharedFuture", Told::kError,
     [](Executor& e, const Limits& limits, std::shared_ptr<int>) {
       const ShieldScope shield;
       Promise<void> never(e);
       const auto waits = [](Limits in, SharedFuture<void> future) -> Task<> {
         const LimitScope scope(in);
         co_await future;
       };
       WaitFor(e, Spawn(e, waits(limits, never.GetFuture().Share())));
     }},
    {"co_await TaskGroup", Told::kError,
     [](Executor& e, const Limits& limits, std::shared_ptr<int>) {
       const ShieldScope shield;
       const auto waits = [](Limits in, Executor& executor) -> Task<> {
         TaskGroup group(executor);
         Promise<void> never(executor);  // broken when the coroutine ends
         if (dynamic_cast<ManualExecutor*>(&executor) == nullptr) {
           group.Run([over = never.GetFuture().Share()] { over.Wait(); });
         } else {
           group.Run([] {});
         }
         const LimitScope scope(in);
         co_await group;
       };
       WaitFor(e, Spawn(e, waits(limits, e)));
     }},
    {"Schedule", Told::kError,
     [](Executor& e, const Limits& limits, std::shared_ptr<int>) {
       const ShieldScope shield;
       WaitFor(e, Spawn(e, InLimits(
                               limits,
                               [](Executor& executor) -> Task<> {
                                 co_await executor.Schedule();
                               },
                               e)));
     }},
    {"Sleep", Told::kError,
     [](Executor& e, const Limits& limits, std::shared_ptr<int>) {
       const ShieldScope shield;
       WaitFor(e, Spawn(e, InLimits(
                               limits,
                               [](Executor& executor) -> Task<> {
                                 co_await Sleep(executor, hours(1));
                               },
                               e)));
     }},
};

class WhoIsToldTest : public EveryExecutorTest {
 protected:
  // Runs all rows in a flow that is cancelled, or late.
  void RunAll(const Limits& limits, bool is_late) {
    for (const Row& row : kRows) {
      SCOPED_TRACE(row.name);
      const std::unique_ptr<Executor> executor = Make();
      const auto held = std::make_shared<int>(0);
      std::string thrown = "nothing";
      {
        const LimitScope scope(limits);
        try {
          row.run(*executor, limits, held);
        } catch (const CancelledError&) {
          thrown = "CancelledError";
        } catch (const DeadlineExceededError&) {
          thrown = "DeadlineExceededError";
        } catch (const std::exception& error) {
          thrown = error.what();
        }
      }
      const char* const error =
          is_late ? "DeadlineExceededError" : "CancelledError";
      EXPECT_EQ(thrown, row.told == Told::kError ? error : "nothing");
      if (row.told == Told::kCounted) {
        Advance(*executor);
        const auto count = [&] {
          const DroppedTasks dropped = executor->stats().dropped;
          return is_late ? dropped.expired : dropped.cancelled;
        };
        while (count() == 0) std::this_thread::yield();
        executor->Drain();
        EXPECT_EQ(count(), 1u);
      }
      executor->Drain();
      EXPECT_EQ(held.use_count(), 1);
    }
  }
};

TEST_P(WhoIsToldTest, OfAFlowThatIsCancelled) {
  CancellationSource source;
  source.Cancel();
  RunAll({source.token(), Deadline::Never()}, /*is_late=*/false);
}

TEST_P(WhoIsToldTest, OfAFlowThatIsLate) {
  RunAll({CancellationToken(), Deadline::At(Deadline::Clock::time_point())},
         /*is_late=*/true);
}

// ----- Timers -----

TEST_P(WhoIsToldTest, ATimerIsReleasedWhenItsFlowIsCancelled) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::shared_ptr<int>> storage;
  const auto store = std::make_shared<int>(0);
  CancellationSource source;
  Timer once;
  Timer again;
  storage.Run(store, [&] {
    const CancellationScope scope(source.token());
    once = executor->PostAfter(hours(1), [store] { FAIL(); });
    again = executor->PostEvery(hours(1), [store] { FAIL(); },
                                {.keep_context = true});
  });
  EXPECT_GE(store.use_count(), 4);
  source.Cancel();
  Advance(*executor);
  while (executor->stats().dropped.cancelled < 2) std::this_thread::yield();
  executor->Drain();

  EXPECT_LE(store.use_count(), 2);  // one may lie in a cache
  EXPECT_FALSE(once.Cancel());
  EXPECT_FALSE(again.Cancel());
}

TEST_P(WhoIsToldTest, ATimerIsReleasedWhenItsFlowIsLate) {
  const std::unique_ptr<Executor> executor = Make();
  const auto held = std::make_shared<int>(0);
  {
    auto* const manual = dynamic_cast<ManualExecutor*>(executor.get());
    const DeadlineScope scope(
        manual != nullptr ? Deadline::At(manual->now() + milliseconds(1))
                          : Deadline::In(milliseconds(1)));
    executor->PostAfter(hours(1), [held] { FAIL(); });
    if (manual != nullptr) manual->AdvanceBy(milliseconds(1));
  }
  while (executor->stats().dropped.expired == 0) std::this_thread::yield();
  executor->Drain();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_P(WhoIsToldTest, ATimerMayEndItsOwnFlow) {
  const std::unique_ptr<Executor> executor = Make();
  CancellationSource source;
  Promise<void> never(*executor);
  const CancellationScope scope(source.token());
  {
    // Not ended itself by what it ends, or by that which is earlier.
    const ShieldScope shield;
    executor->PostAfter(milliseconds(1),
                        [source]() mutable { source.Cancel(); });
  }
  const auto waits = [](Future<void> future) -> Task<> {
    co_await std::move(future);
  };
  Future<void> future = Spawn(*executor, waits(never.GetFuture()));
  executor->Drain();
  if (auto* const manual = dynamic_cast<ManualExecutor*>(executor.get())) {
    manual->AdvanceBy(milliseconds(1));
  }
  EXPECT_THROW(future.Get(), CancelledError);
}

WEFT_EVERY_EXECUTOR(WhoIsToldTest);

// ----- Bounded executors -----

TEST(WhoIsToldOfABoundedTest, WhatTookAPlaceIsCounted) {
  ManualExecutor base;
  BoundedExecutor bounded(base, {.capacity = 8});
  CancellationSource source;
  source.Cancel();
  const CancellationScope scope(source.token());
  EXPECT_TRUE(bounded.TryPost([] { FAIL(); }));
  EXPECT_TRUE(
      bounded.PostBefore(Timer::Clock::time_point::max(), [] { FAIL(); }));
  std::optional<Future<void>> future = bounded.TrySubmit([] { FAIL(); });
  EXPECT_THROW(future->Get(), CancelledError);
  bounded.Drain();
  EXPECT_EQ(bounded.stats().dropped.cancelled, 3u);
}

}  // namespace
}  // namespace weft
