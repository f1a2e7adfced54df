// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/promise.h"

#include <atomic>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;

class PromiseTest : public EveryExecutorTest {};

TEST_P(PromiseTest, ItsFutureGivesTheValue) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<std::string> promise(*executor);
  Future<std::string> future = promise.GetFuture();
  EXPECT_FALSE(future.IsReady());
  promise.SetValue("kept");

  EXPECT_TRUE(future.IsReady());
  EXPECT_EQ(future.Get(), "kept");
}

TEST_P(PromiseTest, TakesMoveOnlyValuesReferencesAndNothing) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<std::unique_ptr<int>> owner(*executor);
  owner.SetValue(std::make_unique<int>(4));
  int variable = 5;
  Promise<int&> reference(*executor);
  reference.SetValue(variable);
  Promise<void> nothing(*executor);
  nothing.SetValue();

  EXPECT_EQ(*owner.GetFuture().Get(), 4);
  EXPECT_EQ(&reference.GetFuture().Get(), &variable);
  nothing.GetFuture().Get();
}

TEST_P(PromiseTest, ItsFutureThrowsTheException) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> promise(*executor);
  promise.SetException(std::make_exception_ptr(std::out_of_range("far")));

  EXPECT_THAT([&] { promise.GetFuture().Get(); },
              ThrowsMessage<std::out_of_range>(HasSubstr("far")));
}

TEST_P(PromiseTest, MisuseIsAnErrorThatNamesTheFunction) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> promise(*executor);
  static_cast<void>(promise.GetFuture());
  EXPECT_THAT([&] { static_cast<void>(promise.GetFuture()); },
              ThrowsMessage<std::logic_error>(HasSubstr("GetFuture")));
  promise.SetValue(1);
  EXPECT_THAT([&] { promise.SetValue(2); },
              ThrowsMessage<std::logic_error>(HasSubstr("SetValue")));
  EXPECT_THAT([&] { promise.SetException(std::make_exception_ptr(1)); },
              ThrowsMessage<std::logic_error>(HasSubstr("SetException")));
  const Promise<int> moved = std::move(promise);
  EXPECT_THAT([&] { promise.SetValue(2); },
              ThrowsMessage<std::logic_error>(HasSubstr("SetValue")));
  EXPECT_THAT([&] { static_cast<void>(promise.async_id()); },
              ThrowsMessage<std::logic_error>(HasSubstr("async_id")));
}

TEST_P(PromiseTest, ABrokenOneIsNamed) {
  const std::unique_ptr<Executor> executor = Make();
  Future<int> future;
  AsyncId id = kNoAsyncId;
  {
    Promise<int> promise(*executor);
    future = promise.GetFuture();
    id = promise.async_id();
  }

  EXPECT_THAT([&] { future.Get(); },
              ThrowsMessage<BrokenPromiseError>(HasSubstr(std::to_string(id))));
}

TEST_P(PromiseTest, ATaskWaitsForAPromiseThatAnotherTaskSettles) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> promise(*executor);
  Future<int> waiter = executor->Submit(
      [future = promise.GetFuture()]() mutable { return future.Get() + 1; });
  executor->Post([&] { promise.SetValue(41); });

  EXPECT_EQ(waiter.Get(), 42);
  executor->Drain();
}

TEST_P(PromiseTest, ThenIsGivenTheValueAndMakesAFuture) {
  const std::unique_ptr<Executor> executor = Make();
  Future<std::string> text =
      executor->Submit([] { return std::make_unique<int>(6); })
          .Then([](std::unique_ptr<int> n) { return *n * 7; })
          .Then([](int n) { return std::to_string(n); });
  EXPECT_EQ(text.Get(), "42");
  int runs = 0;
  executor->Submit([&] { ++runs; }).Then([&] { ++runs; }).Get();

  EXPECT_EQ(runs, 2);
}

TEST_P(PromiseTest, ThenOfAFailureDoesNotCallAndFailsAlike) {
  const std::unique_ptr<Executor> executor = Make();
  bool called = false;
  Future<int> future =
      executor->Submit([]() -> int { throw std::runtime_error("first"); })
          .Then([&](int n) {
            called = true;
            return n;
          })
          .Then([&](int n) { return n; });

  EXPECT_THAT([&] { future.Get(); },
              ThrowsMessage<std::runtime_error>(HasSubstr("first")));
  EXPECT_FALSE(called);
}

TEST_P(PromiseTest, ThenRunsInTheContextOfItsCallWithThePromiseAsTrigger) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::string> storage;
  for (const bool settled_first : {false, true}) {
    Promise<void> promise(*executor);
    const AsyncId id = promise.async_id();
    SharedFuture<void> future = promise.GetFuture().Share();
    if (settled_first) storage.Run("settler", [&] { promise.SetValue(); });
    Future<void> done = storage.Run("registrar", [&] {
      return future.Then([&, id] {
        EXPECT_EQ(*storage.GetStore(), "registrar");
        EXPECT_EQ(TriggerAsyncId(), id);
        EXPECT_EQ(ExecutionAsyncResource().type(), "CONTINUATION");
      });
    });
    if (!settled_first) storage.Run("settler", [&] { promise.SetValue(); });
    storage.Run("waiter", [&] { done.Get(); });
  }
}

// node-pg-pool#108, nodejs/node#33723: whoever waits for a pool's connection
// went on in the context of who had given it back.
TEST_P(PromiseTest, WhoWaitsForAPoolGoesOnInItsOwnContext) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::string> tenant;
  std::deque<Promise<int>> waiters;  // for the one connection
  std::vector<std::string> order;
  const auto give_back = [&](int connection) {
    if (waiters.empty()) return;
    Promise<int> next = std::move(waiters.front());
    waiters.pop_front();
    next.SetValue(connection);
  };
  std::vector<Future<void>> served;
  for (const char* const name : {"ada", "grace", "alan"}) {
    tenant.Run(name, [&] {
      waiters.emplace_back(*executor);
      served.push_back(waiters.back().GetFuture().Then([&](int connection) {
        order.push_back(*tenant.GetStore());
        tenant.EnterWith("left behind");
        give_back(connection);
      }));
    });
  }
  tenant.Run("who has it", [&] { give_back(7); });
  for (Future<void>& future : served) future.Get();

  EXPECT_THAT(order, ElementsAre("ada", "grace", "alan"));
}

TEST_P(PromiseTest, ASharedFutureIsReadByMany) {
  const std::unique_ptr<Executor> executor = Make();
  SharedFuture<std::string> future =
      executor->Submit([] { return std::string("text"); }).Share();
  TaskGroup group(*executor);
  std::atomic<int> right{0};
  for (int i = 0; i < 10; ++i) {
    group.Run([&, future] {
      if (future.Get() == "text") {
        // relaxed: a count, read after the wait.
        right.fetch_add(1, std::memory_order_relaxed);
      }
    });
  }
  group.Wait();
  std::vector<Future<std::size_t>> sizes;
  for (int i = 0; i < 10; ++i) {
    sizes.push_back(
        future.Then([](const std::string& text) { return text.size(); }));
  }
  for (Future<std::size_t>& size : sizes) EXPECT_EQ(size.Get(), 4u);

  // relaxed: ordered by the wait.
  EXPECT_EQ(right.load(std::memory_order_relaxed), 10);
  EXPECT_EQ(&future.Get(), &future.Get());
}

TEST_P(PromiseTest, ItAndItsContinuationsOutliveTheExecutor) {
  std::optional<Promise<int>> promise;
  Future<int> future;
  auto captured = std::make_shared<int>(1);
  {
    const std::unique_ptr<Executor> executor = Make();
    promise.emplace(*executor);
    future =
        promise->GetFuture().Then([captured](int n) { return n + *captured; });
  }
  promise->SetValue(1);

  EXPECT_THROW(future.Get(), ShutdownError);
  EXPECT_EQ(captured.use_count(), 1);
}

TEST_P(PromiseTest, ThenAfterShutdownIsAnError) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> promise(*executor);
  executor->Shutdown(OnShutdown::kDrain);

  EXPECT_THROW(
      static_cast<void>(promise.GetFuture().Then([](int n) { return n; })),
      ShutdownError);
}

TEST_P(PromiseTest, ALongChainNeedsNoStack) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> promise(*executor);
  Future<int> end = promise.GetFuture();
  for (int i = 0; i < 20'000; ++i) {
    end = std::move(end).Then([](int n) { return n + 1; });
  }
  executor->Post([&] { promise.SetValue(0); });

  EXPECT_EQ(end.Get(), 20'000);
}

TEST_P(PromiseTest, ALongChainIsRefusedWithoutStack) {
  std::optional<Promise<int>> promise;
  Future<int> end;
  {
    const std::unique_ptr<Executor> executor = Make();
    promise.emplace(*executor);
    end = promise->GetFuture();
    for (int i = 0; i < 50'000; ++i) {
      end = std::move(end).Then([](int n) { return n + 1; });
    }
    executor->Shutdown(OnShutdown::kStop);
  }
  promise->SetValue(0);

  EXPECT_THROW(end.Get(), ShutdownError);
}

TEST_P(PromiseTest, AssignmentBreaksTheOneThatWasThere) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> target(*executor);
  Future<int> broken = target.GetFuture();
  Promise<int> source(*executor);
  Future<int> kept = source.GetFuture();
  target = std::move(source);

  EXPECT_THROW(broken.Get(), BrokenPromiseError);
  EXPECT_THROW(source.SetValue(7), std::logic_error);
  target.SetValue(5);
  EXPECT_EQ(kept.Get(), 5);
}

TEST_P(PromiseTest, ANullExceptionIsAnError) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<int> promise(*executor);

  EXPECT_THAT([&] { promise.SetException(nullptr); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("null")));
  promise.SetValue(1);
  EXPECT_EQ(promise.GetFuture().Get(), 1);
}

TEST_P(PromiseTest, AFailedThenLeavesTheFutureItsResult) {
  Future<int> future;
  {
    const std::unique_ptr<Executor> executor = Make();
    future = executor->Submit([] { return 42; });
  }
  EXPECT_THROW(
      static_cast<void>(std::move(future).Then([](int n) { return n; })),
      ShutdownError);

  EXPECT_EQ(future.Get(), 42);
}

TEST_P(PromiseTest, WhoWaitedFindsTheContinuationsWhenItDrains) {
  constexpr int kContinuations = 300;
  const std::unique_ptr<Executor> executor = Make();
  for (int i = 0; i < 10; ++i) {
    std::atomic<int> continued{0};
    Promise<void> promise(*executor);
    SharedFuture<void> future = promise.GetFuture().Share();
    for (int then = 0; then < kContinuations; ++then) {
      static_cast<void>(future.Then([&] {
        // relaxed: read after the executor has drained.
        continued.fetch_add(1, std::memory_order_relaxed);
      }));
    }
    // Who runs a manual executor's tasks settles it too.
    std::thread settler;
    if (WorkersOf(GetParam()) == kManual) {
      promise.SetValue();
    } else {
      settler = std::thread([&] { promise.SetValue(); });
    }
    // Wait() would be late.
    while (!future.IsReady()) std::this_thread::yield();
    executor->Drain();
    // relaxed: as above.
    EXPECT_EQ(continued.load(std::memory_order_relaxed), kContinuations);
    if (settler.joinable()) settler.join();
  }
}

TEST_P(PromiseTest, ATaskMayWaitForItsOwnContinuation) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const std::unique_ptr<Executor> executor = Make();
  Future<int> future = executor->Submit([&] {
    Promise<int> promise(*executor);
    Future<int> next = promise.GetFuture().Then([](int n) { return n + 1; });
    promise.SetValue(1);
    return next.Get();  // it is deferred until after this very task
  });

  EXPECT_EQ(future.Get(), 2);
}

WEFT_EVERY_EXECUTOR(PromiseTest);
WEFT_OTHER_EXECUTORS(PromiseTest);

class PromiseStressTest : public ThreadedExecutorTest {};

TEST_P(PromiseStressTest, SettleRacesWithThen) {
  const std::unique_ptr<Executor> executor = Make();
  for (int i = 0; i < 500; ++i) {
    Promise<std::string> promise(*executor);
    SharedFuture<std::string> future = promise.GetFuture().Share();
    std::thread settler([&] { promise.SetValue("a string beyond the small"); });
    std::vector<Future<std::size_t>> sizes;
    for (int j = 0; j < 4; ++j) {
      sizes.push_back(
          future.Then([](const std::string& text) { return text.size(); }));
    }
    for (Future<std::size_t>& size : sizes) EXPECT_EQ(size.Get(), 25u);
    settler.join();
  }
}

WEFT_THREADED_EXECUTORS(PromiseStressTest);

// What hooks see, in order; ids by the order of their making.
class EventLines {
 public:
  std::vector<std::string> lines;

  void Add(const std::string& event, AsyncId id) {
    std::size_t n = 0;
    while (n < ids_.size() && ids_[n] != id) ++n;
    if (n == ids_.size()) ids_.push_back(id);
    lines.push_back(event + " " + std::to_string(n));
  }

  AsyncHook Hook() {
    return CreateHook({.init =
                           [this](const InitEvent& event) {
                             Add(std::string(event.type()), event.async_id());
                           },
                       .before = Told("before"),
                       .after = Told("after"),
                       .destroy = Told("destroy"),
                       .promise_resolve = Told("resolve")})
        .Enable();
  }

 private:
  std::function<void(const ResourceEvent&)> Told(const char* what) {
    return [this, what](const ResourceEvent& event) {
      Add(what, event.async_id());
    };
  }

  std::vector<AsyncId> ids_;
};

TEST(PromiseEventsTest, APromiseAndItsContinuation) {
  ManualExecutor executor;
  EventLines events;
  {
    const AsyncHook hook = events.Hook();
    Promise<int> promise(executor);
    Future<int> future = promise.GetFuture().Then([](int n) { return n; });
    promise.SetValue(1);
    events.lines.push_back("settled");
    executor.RunAll();
    future.Get();
    events.lines.push_back("gone");
  }

  EXPECT_THAT(events.lines,
              ElementsAre("PROMISE 0", "CONTINUATION 1", "resolve 0", "settled",
                          "before 1", "resolve 1", "after 1", "destroy 1",
                          "gone", "destroy 0"));
}

TEST(PromiseEventsTest, AContinuationOfADoneFutureIsNoDifferent) {
  ManualExecutor executor;
  EventLines events;
  {
    const AsyncHook hook = events.Hook();
    Promise<void> promise(executor);
    promise.SetValue();
    static_cast<void>(
        promise.GetFuture().Then([&] { events.lines.push_back("body"); }));
    events.lines.push_back("registered");
    executor.RunAll();
  }

  EXPECT_THAT(events.lines,
              ElementsAre("PROMISE 0", "resolve 0", "CONTINUATION 1",
                          "registered", "before 1", "body", "resolve 1",
                          "after 1", "destroy 1", "destroy 0"));
}

TEST(PromiseEventsTest, AnUnsettledPromisesContinuationIsDestroyed) {
  EventLines events;
  {
    ManualExecutor executor;
    const AsyncHook hook = events.Hook();
    Promise<void> promise(executor);
    static_cast<void>(promise.GetFuture().Then([] {}));
    executor.Shutdown(OnShutdown::kStop);
  }

  EXPECT_THAT(events.lines, ElementsAre("PROMISE 0", "CONTINUATION 1",
                                        "resolve 0", "destroy 1", "destroy 0"));
}

class DeferTest : public EveryExecutorTest {};

TEST_P(DeferTest, RunsRightAfterTheTaskAndInOrder) {
  const std::unique_ptr<Executor> executor = Make();
  std::vector<std::string> order;  // one thread writes: the task's
  std::thread::id thread;
  executor->Post([&] {
    thread = std::this_thread::get_id();
    executor->Post([] {});
    executor->Defer([&] {
      order.push_back("first");
      EXPECT_EQ(std::this_thread::get_id(), thread);
      EXPECT_EQ(ExecutionAsyncResource().type(), "DEFERRED");
      executor->Defer([&] { order.push_back("third"); });
    });
    executor->Defer([&] { order.push_back("second"); });
    order.push_back("task");
  });
  executor->Drain();

  EXPECT_THAT(order, ElementsAre("task", "first", "second", "third"));
}

TEST_P(DeferTest, AWaitRunsTheDeferredInTheirOrder) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const std::unique_ptr<Executor> executor = Make();
  std::mutex mutex;
  std::vector<std::string> order;
  const auto add = [&](const char* name) {
    const std::lock_guard lock(mutex);
    order.push_back(name);
  };
  executor
      ->Submit([&] {
        executor->Defer([&] {
          add("a");
          executor->Defer([&] { add("c"); });
        });
        executor->Defer([&] { add("b"); });
        Promise<void> promise(*executor);
        Future<void> after = promise.GetFuture().Then([] {});
        promise.SetValue();
        after.Wait();
      })
      .Get();
  executor->Drain();

  if (KindOf(GetParam()) == 0) {
    EXPECT_THAT(order, ElementsAre("a", "b", "c"));
  } else {
    // Where they are queued one by one several threads may run them.
    EXPECT_THAT(order, UnorderedElementsAre("a", "b", "c"));
  }
}

TEST_P(DeferTest, CarriesContextAndTrigger) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  bool checked = false;
  executor->Post([&] {
    const AsyncId self = ExecutionAsyncId();
    storage.Run(3, [&] {
      executor->Defer([&, self] {
        EXPECT_EQ(*storage.GetStore(), 3);
        EXPECT_EQ(TriggerAsyncId(), self);
        checked = true;
      });
    });
    storage.EnterWith(4);
  });
  executor->Drain();

  EXPECT_TRUE(checked);
}

TEST_P(DeferTest, ARunawayTaskStillDefers) {
  int handled = 0;
  bool ran = false;
  const std::unique_ptr<Executor> executor =
      Make({.on_unhandled_exception = [&](std::exception_ptr) { ++handled; }});
  executor->Post([&] {
    executor->Defer([&] {
      ran = true;
      throw std::runtime_error("deferred");
    });
    throw std::runtime_error("task");
  });
  executor->Drain();

  EXPECT_EQ(handled, 2);
  EXPECT_TRUE(ran);
}

TEST_P(DeferTest, OutsideOfATaskItRunsToo) {
  const std::unique_ptr<Executor> executor = Make();
  bool ran = false;
  executor->Defer([&] { ran = true; });
  executor->Drain();

  EXPECT_TRUE(ran);
}

TEST_P(DeferTest, AStopDropsWhatIsDeferred) {
  const std::unique_ptr<Executor> executor = Make();
  bool ran = false;
  executor
      ->Submit([&] {
        executor->Defer([&] { ran = true; });
        executor->Shutdown(OnShutdown::kStop);
      })
      .Get();
  executor->Shutdown(OnShutdown::kStop);

  EXPECT_FALSE(ran);
}

WEFT_EVERY_EXECUTOR(DeferTest);
WEFT_OTHER_EXECUTORS(DeferTest);

TEST(DeferTest, WhatTheMainProgramsDeferComesAfterTheirs) {
  std::vector<std::string> order;
  ManualExecutor executor;
  executor.Post([&] { order.push_back("task"); });
  executor.Defer([&] {
    order.push_back("first");
    executor.Defer([&] { order.push_back("third"); });
  });
  executor.Defer([&] { order.push_back("second"); });
  executor.RunAll();

  EXPECT_THAT(order, ElementsAre("first", "second", "third", "task"));
}

TEST(DeferTest, OnAManualExecutorWhatAWaitHasNotRunKeepsItsPlace) {
  std::vector<std::string> order;
  ManualExecutor executor;
  Promise<void> promise(executor);
  const SharedFuture<void> settled = promise.GetFuture().Share();
  executor.Post([&] {
    executor.Defer([&] {
      order.push_back("first");
      promise.SetValue();  // the wait is over
    });
    executor.Defer([&] {
      order.push_back("second");
      executor.Defer([&] { order.push_back("fourth"); });
    });
    settled.Get();
    order.push_back("waited");
    executor.Defer([&] { order.push_back("third"); });
  });
  executor.Post([&] { order.push_back("next task"); });
  EXPECT_TRUE(executor.RunOne());  // and all that it has deferred

  EXPECT_THAT(order,
              ElementsAre("first", "waited", "second", "third", "fourth"));
  EXPECT_EQ(executor.RunAll(), 1u);
}

// What is deferred by what was deferred, in the wait of something deferred.
TEST(DeferTest, OnAManualExecutorWhatAWaitInAContinuationCausesKeepsItsPlace) {
  std::vector<std::string> order;
  ManualExecutor executor;
  Promise<void> promise(executor);
  const SharedFuture<void> settled = promise.GetFuture().Share();
  executor.Post([&] {
    executor.Defer([&] {
      settled.Get();
      executor.Defer([&] { order.push_back("the waiting one's"); });
    });
    executor.Defer([&] {
      executor.Defer([&] { order.push_back("the other's"); });
      promise.SetValue();
    });
  });
  executor.RunAll();

  EXPECT_THAT(order, ElementsAre("the other's", "the waiting one's"));
}

TEST(DeferTest, OnAManualExecutorTheMainProgramsComeFirst) {
  std::vector<std::string> order;
  ManualExecutor executor;
  executor.Post([&] {
    order.push_back("task");
    executor.Defer([&] { order.push_back("task's"); });
  });
  executor.Post([&] { order.push_back("last"); });
  executor.Defer([&] { order.push_back("main's"); });
  EXPECT_EQ(executor.queued(), 3u);
  EXPECT_EQ(executor.RunAll(), 3u);

  EXPECT_THAT(order, ElementsAre("main's", "task", "task's", "last"));
}

}  // namespace
}  // namespace weft
