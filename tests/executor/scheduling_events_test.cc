// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What hooks are told of executors and workers; subsets of events; where in the
// source a task comes from; default triggers.

#include <algorithm>
#include <atomic>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <source_location>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/default_trigger_scope.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;

class SchedulingEventsTest : public EveryExecutorTest {};

TEST_P(SchedulingEventsTest, EveryTaskIsQueuedThenStartedByAWorker) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  std::mutex mutex;
  std::map<AsyncId, std::vector<std::string>> events;
  std::set<std::uint64_t> executors;
  int highest_worker = -1;
  const auto told = [&](const char* name) {
    return [&, name](const ResourceEvent& event) {
      const std::lock_guard<std::mutex> lock(mutex);
      events[event.async_id()].push_back(name);
    };
  };
  {
    const std::unique_ptr<Executor> executor = Make();
    const AsyncHook hook =
        CreateHook({.init = told("init"),
                    .before = told("before"),
                    .enqueue = told("enqueue"),
                    .start =
                        [&](const StartEvent& event) {
                          const std::lock_guard<std::mutex> lock(mutex);
                          events[event.async_id()].push_back("start");
                          executors.insert(event.worker().executor);
                          highest_worker =
                              std::max(highest_worker, event.worker().worker);
                        }})
            .Enable();
    for (int i = 0; i < 50; ++i) {
      executor->Post([&] { executor->Submit([] {}).Get(); });
    }
    executor->Drain();
    EXPECT_LT(highest_worker, executor->concurrency() +
                                  executor->stats().threads.most_spare_threads);
  }

  EXPECT_EQ(events.size(), 100u);
  for (const auto& [id, of_task] : events) {
    EXPECT_THAT(of_task, ElementsAre("init", "enqueue", "start", "before"));
  }
  EXPECT_EQ(executors.size(), 1u);
  EXPECT_GE(highest_worker, 0);
}

TEST_P(SchedulingEventsTest, ADeferredTaskIsStartedButNeverQueued) {
  std::vector<std::string> events;
  const std::unique_ptr<Executor> executor = Make();
  AsyncHook hook = CreateHook(
      {.enqueue = [&](const EnqueueEvent&) { events.push_back("enqueue"); },
       .start = [&](const StartEvent&) { events.push_back("start"); }},
      {.types = {"DEFERRED"}});
  hook.Enable();
  executor->Post([&] { executor->Defer([] {}); });
  executor->Drain();
  hook.DisableAndWait();

  if (KindOf(GetParam()) == kSerialKind) {
    // There it waits until the task has ended.
    EXPECT_THAT(events, ElementsAre("enqueue", "start"));
  } else {
    EXPECT_THAT(events, ElementsAre("start"));
  }
}

WEFT_EVERY_EXECUTOR(SchedulingEventsTest);
WEFT_OTHER_EXECUTORS(SchedulingEventsTest);

class WorkerEventsTest : public ThreadedExecutorTest {};

TEST_P(WorkerEventsTest, EachWorkerStopsAsOftenAsItStarts) {
  std::mutex mutex;
  std::map<int, int> running;  // by worker
  int starts = 0;
  bool overlap = false;
  const AsyncHook hook =
      CreateHook({.worker_start =
                      [&](const WorkerStartEvent& event) {
                        const std::lock_guard lock(mutex);
                        ++starts;
                        overlap |= ++running[event.worker().worker] != 1;
                      },
                  .worker_stop =
                      [&](const WorkerStopEvent& event) {
                        const std::lock_guard lock(mutex);
                        overlap |= --running[event.worker().worker] != 0;
                      }})
          .Enable();
  {
    const std::unique_ptr<Executor> executor = Make();
    for (int round = 0; round < 20; ++round) {
      for (int i = 0; i < 20; ++i) executor->Post([] {});
      executor->Drain();
    }
  }

  EXPECT_FALSE(overlap) << "one thread at a time is a worker";
  EXPECT_GE(starts, 1);
  for (const auto& [worker, count] : running) {
    EXPECT_EQ(count, 0);
    EXPECT_LT(worker, GetParam());
  }
}

TEST_P(WorkerEventsTest, AWaitThatFindsNothingToRunParks) {
  const std::unique_ptr<Executor> executor = Make();
  Promise<void> promise(*executor);
  std::latch parked(1);
  // Workers that have nothing to do park as well, outside of tasks.
  std::atomic<AsyncId> waiter_id{kNoAsyncId};
  std::atomic<int> parks{0};
  std::atomic<int> unparks{0};
  const auto is_waiter = [&] {
    // relaxed: the waiter's own store, or another thread's id.
    return ExecutionAsyncId() == waiter_id.load(std::memory_order_relaxed);
  };
  AsyncHook hook = CreateHook(
      {.park =
           [&](const ParkEvent&) {
             // relaxed: counts of one thread, read when it has ended.
             if (is_waiter() &&
                 parks.fetch_add(1, std::memory_order_relaxed) == 0) {
               parked.count_down();
             }
           },
       .unpark =
           [&](const UnparkEvent&) {
             // relaxed: as above.
             if (is_waiter()) unparks.fetch_add(1, std::memory_order_relaxed);
           }});
  hook.Enable();
  Future<void> waiter =
      executor->Submit([&, future = promise.GetFuture()]() mutable {
        // relaxed: read by this thread.
        waiter_id.store(ExecutionAsyncId(), std::memory_order_relaxed);
        future.Get();
      });
  parked.wait();
  promise.SetValue();
  waiter.Get();
  hook.DisableAndWait();

  // relaxed: the waiter has ended.
  EXPECT_GE(parks.load(std::memory_order_relaxed), 1);
  EXPECT_EQ(unparks.load(std::memory_order_relaxed),
            parks.load(std::memory_order_relaxed));
}

WEFT_THREADED_EXECUTORS(WorkerEventsTest);

TEST(HookSubsetTest, AHookIsToldOnlyOfTheTypesItAsksFor) {
  ManualExecutor executor;
  std::vector<std::string> seen;
  AsyncHook hook = CreateHook(
      {.init =
           [&](const InitEvent& event) {
             seen.push_back(std::string(event.type()));
           },
       .before = [&](const BeforeEvent&) { seen.push_back("before"); },
       .after = [&](const AfterEvent&) { seen.push_back("after"); },
       .destroy = [&](const DestroyEvent&) { seen.push_back("destroy"); },
       .promise_resolve =
           [&](const PromiseResolveEvent&) { seen.push_back("resolve"); }},
      {.types = {"FUTURE_TASK", "MINE"}});
  hook.Enable();
  executor.Post([] {});
  Future<void> future = executor.Submit([] {});
  executor.RunAll();
  AsyncResource("MINE").RunInAsyncScope([] {});
  AsyncResource("OTHER").RunInAsyncScope([] {});
  hook.Disable();

  EXPECT_THAT(
      seen, ElementsAre("FUTURE_TASK", "before", "resolve", "after", "destroy",
                        "MINE", "before", "after", "destroy"));
}

TEST(HookSubsetTest, AHookMaySkipWhatItsOwnCallbacksDo) {
  int inits = 0;
  int seen_by_other = 0;
  const AsyncHook other =
      CreateHook({.init = [&](const InitEvent&) { ++seen_by_other; }}).Enable();
  const AsyncHook hook = CreateHook({.init =
                                         [&](const InitEvent&) {
                                           ++inits;
                                           const AsyncResource nested("NESTED");
                                         }},
                                    {.nested = HookOptions::Nested::kSkip})
                             .Enable();
  const AsyncResource resource("OUTER");

  EXPECT_EQ(inits, 1);
  EXPECT_EQ(seen_by_other, 2);
}

TEST(SourceLocationTest, AResourceKnowsWhereItWasMade) {
  ManualExecutor executor;
  std::vector<unsigned> lines;
  std::vector<std::string> files;
  const AsyncHook hook = CreateHook({.init = [&](const InitEvent& event) {
                           lines.push_back(event.where().line());
                           files.push_back(event.where().file_name());
                         }}).Enable();
  std::vector<unsigned> expected;
  const auto here = [&](std::source_location where =
                            std::source_location::current()) {
    expected.push_back(where.line());
  };
  TaskGroup group(executor);
  // clang-format off
  here(); executor.Post([] {});
  here(); executor.Defer([] {});
  here(); Future<int> future = executor.Submit([] { return 1; });
  here(); group.Run([] {});
  here(); Promise<int> promise(executor);
  here(); Future<int> next = promise.GetFuture().Then([](int n) { return n; });
  here(); const AsyncResource resource("MINE");
  here(); const auto bound = AsyncResource::Bind([] {}, "BOUND");
  // clang-format on
  promise.SetValue(1);
  executor.RunAll();

  EXPECT_EQ(lines, expected);
  for (const std::string& file : files) {
    EXPECT_THAT(file, EndsWith("scheduling_events_test.cc"));
  }
  EXPECT_EQ(ExecutionAsyncResource().source_location().line(), 0u);
}

TEST(DefaultTriggerScopeTest, NamesTheCauseOfWhatIsMadeInside) {
  ManualExecutor executor;
  const AsyncResource cause("CAUSE");
  Future<AsyncId> trigger;
  Future<AsyncId> childs_trigger;
  {
    const DefaultTriggerScope scope(cause.async_id());
    EXPECT_EQ(AsyncResource("A").trigger_async_id(), cause.async_id());
    EXPECT_EQ(AsyncResource("B", {.trigger_async_id = 7}).trigger_async_id(),
              7u);
    EXPECT_EQ(ExecutionAsyncId(), kMainAsyncId);
    trigger = executor.Submit([] { return TriggerAsyncId(); });
    childs_trigger = executor.Submit([] {
      return AsyncResource("C").trigger_async_id() - ExecutionAsyncId();
    });
    {
      const DefaultTriggerScope inner(9);
      EXPECT_EQ(AsyncResource("D").trigger_async_id(), 9u);
    }
    EXPECT_EQ(AsyncResource("E").trigger_async_id(), cause.async_id());
    // What runs inside is not concerned, wherever it runs.
    EXPECT_EQ(childs_trigger.Get(), 0u);
    EXPECT_EQ(AsyncResource("F").trigger_async_id(), cause.async_id());
  }

  EXPECT_EQ(trigger.Get(), cause.async_id());
  EXPECT_EQ(AsyncResource("G").trigger_async_id(), kMainAsyncId);
}

}  // namespace
}  // namespace weft
