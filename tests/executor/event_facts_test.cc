// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Checks what the events of each kind of resource tell: its id, type, trigger
// and place, the resource with what is attached to it, and the worker.

#include <algorithm>
#include <chrono>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/resource.h"
#include "weft/hooks/resource_state.h"
#include "weft/hooks/worker_id.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::EndsWith;

// Attaches to each resource what its init tells, and compares all its later
// events with that.
class Witness {
 public:
  // The events of the resources of one type.
  struct Seen {
    std::vector<std::string> events = {};  // in the order of their coming
    AsyncId trigger = kNoAsyncId;
    unsigned line = 0;
    std::string file = {};
    std::vector<WorkerId> workers = {};  // that started it
  };

  Witness() { hook_.Enable(); }

  Seen Take(const std::string& type) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(seen_[type], {});
  }
  int steals() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return steals_;
  }
  void Stop() { hook_.DisableAndWait(); }

 private:
  struct Facts {
    const Resource* resource;
    AsyncId id;
    std::string type;
    AsyncId trigger;
    unsigned line;
  };

  void OnInit(const InitEvent& event) {
    Resource& resource = event.resource();
    EXPECT_EQ(event.async_id(), resource.async_id());
    EXPECT_EQ(event.type(), resource.type());
    EXPECT_EQ(event.trigger_async_id(), resource.trigger_async_id());
    EXPECT_EQ(event.where().line(), resource.source_location().line());
    const Facts facts{&resource, event.async_id(), std::string(event.type()),
                      event.trigger_async_id(), event.where().line()};
    state_.Set(resource, facts);
    const std::lock_guard<std::mutex> lock(mutex_);
    made_.emplace(facts.id, facts);
    Seen& seen = seen_[facts.type];
    seen.events.push_back("init");
    seen.trigger = facts.trigger;
    seen.line = facts.line;
    seen.file = event.where().file_name();
  }

  void Compare(const ResourceEvent& event, const Facts& facts) {
    EXPECT_EQ(event.async_id(), facts.id);
    EXPECT_EQ(event.type(), facts.type);
    EXPECT_EQ(event.trigger_async_id(), facts.trigger);
    EXPECT_EQ(event.where().line(), facts.line);
  }

  template <typename Event>
  void OnEvent(const Event& event) {
    const Facts* const facts = state_.Get(event.resource());
    ASSERT_NE(facts, nullptr) << HookEventName(Event::kKind);
    EXPECT_EQ(&event.resource(), facts->resource);
    Compare(event, *facts);
    const std::lock_guard<std::mutex> lock(mutex_);
    seen_[facts->type].events.emplace_back(HookEventName(Event::kKind));
  }

  // In these the resource runs.
  template <typename Event>
  void OnRun(const Event& event) {
    EXPECT_EQ(&event.resource(), &ExecutionAsyncResource());
    OnEvent(event);
  }

  void OnStart(const StartEvent& event) {
    OnEvent(event);
    const std::lock_guard<std::mutex> lock(mutex_);
    seen_[std::string(event.type())].workers.push_back(event.worker());
  }

  void OnSteal(const StealEvent& event) {
    EXPECT_EQ(event.from().executor, event.to().executor);
    EXPECT_NE(event.from().worker, event.to().worker);
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto made = made_.find(event.async_id());
    ASSERT_NE(made, made_.end());
    Compare(event, made->second);
    ++steals_;
  }

  const ResourceState<Facts> state_;
  std::mutex mutex_;  // guards all below but the hook
  std::map<AsyncId, Facts> made_;
  std::map<std::string, Seen> seen_;
  int steals_ = 0;
  AsyncHook hook_ = CreateHook(
      {.init = [this](const InitEvent& event) { OnInit(event); },
       .before = [this](const BeforeEvent& event) { OnRun(event); },
       .after = [this](const AfterEvent& event) { OnRun(event); },
       .destroy = [this](const DestroyEvent& event) { OnEvent(event); },
       .promise_resolve =
           [this](const PromiseResolveEvent& event) { OnEvent(event); },
       .enqueue = [this](const EnqueueEvent& event) { OnEvent(event); },
       .start = [this](const StartEvent& event) { OnStart(event); },
       .steal = [this](const StealEvent& event) { OnSteal(event); }});
};

void ExpectMadeHere(const Witness::Seen& seen, AsyncId trigger) {
  EXPECT_EQ(seen.trigger, trigger);
  EXPECT_THAT(seen.file, EndsWith("event_facts_test.cc"));
}

unsigned Line(std::source_location where = std::source_location::current()) {
  return where.line();
}

TEST(EventFactsTest, OfATask) {
  ManualExecutor executor;
  Witness witness;
  const unsigned line = Line() + 1;
  executor.Post([] {});
  executor.RunAll();
  const Witness::Seen seen = witness.Take("TASK");
  EXPECT_THAT(seen.events, ElementsAre("init", "enqueue", "start", "before",
                                       "after", "destroy"));
  EXPECT_EQ(seen.line, line);
  ExpectMadeHere(seen, ExecutionAsyncId());
  ASSERT_EQ(seen.workers.size(), 1u);
  EXPECT_EQ(seen.workers[0].worker, 0);
}

TEST(EventFactsTest, OfATaskWithAFuture) {
  ManualExecutor executor;
  Witness witness;
  const unsigned line = Line() + 1;
  static_cast<void>(executor.Submit([] {}));
  executor.RunAll();
  const Witness::Seen seen = witness.Take("FUTURE_TASK");
  EXPECT_THAT(seen.events, ElementsAre("init", "enqueue", "start", "before",
                                       "promise_resolve", "after", "destroy"));
  EXPECT_EQ(seen.line, line);
}

TEST(EventFactsTest, OfATaskThatDoesNotRun) {
  Witness witness;
  {
    ManualExecutor executor;
    executor.Post([] {});
    executor.Shutdown(OnShutdown::kStop);
  }
  EXPECT_THAT(witness.Take("TASK").events,
              ElementsAre("init", "enqueue", "destroy"));
}

TEST(EventFactsTest, OfADeferredTask) {
  ManualExecutor executor;
  Witness witness;
  AsyncId task = kNoAsyncId;
  executor.Post([&] {
    task = ExecutionAsyncId();
    executor.Defer([] {});
  });
  executor.RunAll();
  const Witness::Seen seen = witness.Take("DEFERRED");
  EXPECT_THAT(seen.events,
              ElementsAre("init", "start", "before", "after", "destroy"));
  ExpectMadeHere(seen, task);
}

TEST(EventFactsTest, OfAPromiseAndItsContinuation) {
  ManualExecutor executor;
  Witness witness;
  unsigned then_line = 0;
  {
    const unsigned line = Line() + 1;
    Promise<int> promise(executor);
    then_line = Line() + 1;
    Future<int> next = promise.GetFuture().Then([](int n) { return n; });
    promise.SetValue(1);
    executor.RunAll();
    next.Get();
    const Witness::Seen seen = witness.Take("PROMISE");
    EXPECT_THAT(seen.events, ElementsAre("init", "promise_resolve"));
    EXPECT_EQ(seen.line, line);
    ExpectMadeHere(seen, ExecutionAsyncId());
  }
  EXPECT_THAT(witness.Take("PROMISE").events, ElementsAre("destroy"));
  const Witness::Seen seen = witness.Take("CONTINUATION");
  EXPECT_THAT(seen.events, ElementsAre("init", "enqueue", "start", "before",
                                       "promise_resolve", "after", "destroy"));
  EXPECT_EQ(seen.line, then_line);
}

TEST(EventFactsTest, OfATimer) {
  ManualExecutor executor;
  Witness witness;
  const unsigned line = Line() + 1;
  Timer timer = executor.PostEvery(std::chrono::milliseconds(1), [] {});
  executor.AdvanceBy(std::chrono::milliseconds(2));
  timer.Cancel();
  const Witness::Seen seen = witness.Take("TIMEOUT");
  EXPECT_THAT(seen.events,
              ElementsAre("init", "enqueue", "start", "before", "after",
                          "enqueue", "start", "before", "after", "destroy"));
  EXPECT_EQ(seen.line, line);
  ExpectMadeHere(seen, ExecutionAsyncId());
  EXPECT_EQ(seen.workers.size(), 2u);
}

TEST(EventFactsTest, OfACoroutine) {
  ManualExecutor executor;
  Witness witness;
  const auto hop = [&]() -> Task<> { co_await executor.Schedule(); };
  Spawn(executor, hop()).Get();
  const Witness::Seen seen = witness.Take("COROUTINE");
  EXPECT_THAT(seen.events, ElementsAre("init", "enqueue", "start", "before",
                                       "after", "enqueue", "start", "before",
                                       "promise_resolve", "after", "destroy"));
  ExpectMadeHere(seen, ExecutionAsyncId());
  EXPECT_EQ(seen.workers.size(), 2u);
}

TEST(EventFactsTest, OfAGroupsTask) {
  ManualExecutor executor;
  Witness witness;
  TaskGroup group(executor);
  const unsigned line = Line() + 1;
  group.Run([] {});
  group.Wait();
  const Witness::Seen seen = witness.Take("GROUP_TASK");
  EXPECT_THAT(seen.events, ElementsAre("init", "enqueue", "start", "before",
                                       "after", "destroy"));
  EXPECT_EQ(seen.line, line);
  ExpectMadeHere(seen, ExecutionAsyncId());
}

TEST(EventFactsTest, OfAFork) {
  ManualExecutor executor;
  Witness witness;
  AsyncId task = kNoAsyncId;
  unsigned line = 0;
  executor.Post([&] {
    task = ExecutionAsyncId();
    line = Line() + 1;
    Join([] {}, [] {});
  });
  executor.RunAll();
  const Witness::Seen seen = witness.Take("FORK_TASK");
  EXPECT_THAT(seen.events,
              ElementsAre("init", "start", "before", "after", "destroy"));
  EXPECT_EQ(seen.line, line);
  ExpectMadeHere(seen, task);
}

TEST(EventFactsTest, OfAnAsyncResource) {
  Witness witness;
  const unsigned line = Line() + 1;
  std::optional<AsyncResource> resource = AsyncResource("MINE");
  resource->RunInAsyncScope([] {});
  resource.reset();
  const Witness::Seen seen = witness.Take("MINE");
  EXPECT_THAT(seen.events, ElementsAre("init", "before", "after", "destroy"));
  EXPECT_EQ(seen.line, line);
  ExpectMadeHere(seen, ExecutionAsyncId());
}

class EventFactsOnThreadsTest : public EveryExecutorTest {};
WEFT_EVERY_EXECUTOR(EventFactsOnThreadsTest);
WEFT_OTHER_EXECUTORS(EventFactsOnThreadsTest);

// Whoever runs, steals, settles or drops it.
TEST_P(EventFactsOnThreadsTest, AreThoseOfTheResourceWhereverItGoes) {
  WEFT_SKIP_IF_SERIAL("its tasks wait for others of its tasks");
  Witness witness;
  {
    const std::unique_ptr<Executor> executor = Make();
    TaskGroup group(*executor);
    for (int i = 0; i < 100; ++i) {
      group.Run([&] {
        executor->Submit([] {}).Get();
        executor->Defer([] {});
        Join([] {}, [] {}, [] {});
      });
    }
    group.Wait();
    executor->Drain();
  }
  witness.Stop();
  const auto count = [](const Witness::Seen& seen, std::string_view event) {
    return std::count(seen.events.begin(), seen.events.end(), event);
  };
  for (const char* type : {"GROUP_TASK", "FUTURE_TASK", "DEFERRED"}) {
    const Witness::Seen seen = witness.Take(type);
    for (const char* event : {"init", "start", "before", "after", "destroy"}) {
      EXPECT_EQ(count(seen, event), 100) << type << ' ' << event;
    }
  }
}

// The first half waits for the other, which somebody has to take from it.
TEST(StealFactsTest, OfAForkThatIsStolen) {
  Witness witness;
  {
    Executor executor({.concurrency = 2});
    executor
        .Submit([] {
          std::latch stolen(1);
          Join([&] { stolen.wait(); }, [&] { stolen.count_down(); });
        })
        .Get();
  }
  witness.Stop();
  EXPECT_GE(witness.steals(), 1);
}

class WorkerFactsTest : public ThreadedExecutorTest {};
WEFT_THREADED_EXECUTORS(WorkerFactsTest);

// The calling thread's id, by its last WorkerStartEvent.
thread_local std::optional<WorkerId> this_worker;

TEST_P(WorkerFactsTest, AThreadIsOneWorkerInAllItsEvents) {
  std::mutex mutex;
  std::map<std::string, int> counts;
  const auto told = [&](const auto& event) {
    EXPECT_EQ(event.worker(), this_worker);
    const std::lock_guard<std::mutex> lock(mutex);
    ++counts[std::string(HookEventName(event.kKind))];
  };
  AsyncHook hook = CreateHook({.start = told,
                               .worker_start =
                                   [&](const WorkerStartEvent& event) {
                                     this_worker = event.worker();
                                     told(event);
                                   },
                               .worker_stop = told,
                               .park = told,
                               .unpark = told})
                       .Enable();
  {
    const std::unique_ptr<Executor> executor = Make();
    for (int round = 0; round < 20; ++round) {
      Promise<void> promise(*executor);
      Future<void> waiter = executor->Submit(
          [future = promise.GetFuture()]() mutable { future.Get(); });
      while (executor->stats().threads.blocked == 0) std::this_thread::yield();
      promise.SetValue();
      waiter.Get();
    }
  }
  hook.DisableAndWait();
  EXPECT_EQ(counts["start"], 20);
  EXPECT_GE(counts["worker_start"], 1);
  EXPECT_EQ(counts["worker_start"], counts["worker_stop"]);
  EXPECT_GE(counts["park"], 1);
  EXPECT_EQ(counts["park"], counts["unpark"]);
}

}  // namespace
}  // namespace weft
