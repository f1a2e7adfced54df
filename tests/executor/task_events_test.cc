// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What hooks are told of tasks, in which order, and where they are called.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/resource_state.h"
#include "weft/tests/support/call_when_gone.h"

namespace weft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Every event, with the thread on which it came.
class Recorder {
 public:
  struct Event {
    std::string what;
    AsyncId id;
    std::thread::id thread;
  };

  Recorder()
      : hook_(CreateHook({.init =
                              [this](const InitEvent& event) {
                                Add("init " + std::string(event.type()),
                                    event.async_id());
                                const std::lock_guard<std::mutex> lock(mutex_);
                                triggers_[event.async_id()] =
                                    event.trigger_async_id();
                              },
                          .before = Told("before"),
                          .after = Told("after"),
                          .destroy = Told("destroy"),
                          .promise_resolve = Told("resolve")})
                  .Enable()) {}

  std::vector<std::string> Lines() {
    std::vector<std::string> lines;
    for (const Event& event : events()) lines.push_back(event.what);
    return lines;
  }
  std::vector<Event> events() {
    hook_.DisableAndWait();
    const std::lock_guard<std::mutex> lock(mutex_);
    return events_;
  }
  const std::map<AsyncId, AsyncId>& triggers() const { return triggers_; }
  void Add(std::string what, AsyncId id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    events_.push_back({std::move(what), id, std::this_thread::get_id()});
  }

 private:
  std::function<void(const ResourceEvent&)> Told(const char* what) {
    return [this, what](const ResourceEvent& event) {
      Add(what, event.async_id());
    };
  }

  std::mutex mutex_;
  std::vector<Event> events_;
  std::map<AsyncId, AsyncId> triggers_;
  AsyncHook hook_;
};

TEST(TaskEventsTest, APostedTask) {
  ManualExecutor executor;
  Recorder recorder;
  executor.Post([&] { recorder.Add("body", ExecutionAsyncId()); });
  executor.RunAll();

  EXPECT_THAT(recorder.Lines(),
              ElementsAre("init TASK", "before", "body", "after", "destroy"));
}

TEST(TaskEventsTest, ASubmittedTaskSettlesBeforeAfter) {
  ManualExecutor executor;
  Recorder recorder;
  executor.Submit([&] { recorder.Add("body", ExecutionAsyncId()); }).Get();

  EXPECT_THAT(recorder.Lines(),
              ElementsAre("init FUTURE_TASK", "before", "body", "resolve",
                          "after", "destroy"));
}

TEST(TaskEventsTest, AFutureTaskThatThrowsSettlesToo) {
  ManualExecutor executor;
  Recorder recorder;
  Future<void> future = executor.Submit([] { throw 1; });
  EXPECT_THROW(future.Get(), int);

  EXPECT_THAT(recorder.Lines(), ElementsAre("init FUTURE_TASK", "before",
                                            "resolve", "after", "destroy"));
}

TEST(TaskEventsTest, AGroupsTask) {
  ManualExecutor executor;
  Recorder recorder;
  TaskGroup group(executor);
  group.Run([&] { recorder.Add("body", ExecutionAsyncId()); });
  group.Wait();

  EXPECT_THAT(recorder.Lines(), ElementsAre("init GROUP_TASK", "before", "body",
                                            "after", "destroy"));
}

TEST(TaskEventsTest, TheUnhandledHandlerComesBeforeAfter) {
  Recorder recorder;
  {
    ManualExecutor executor({.on_unhandled_exception = [&](std::exception_ptr) {
      recorder.Add("handler", ExecutionAsyncId());
    }});
    executor.Post([] { throw std::runtime_error("x"); });
    executor.RunAll();
  }
  const std::vector<Recorder::Event> events = recorder.events();

  EXPECT_THAT(recorder.Lines(), ElementsAre("init TASK", "before", "handler",
                                            "after", "destroy"));
  EXPECT_EQ(events[2].id, events[0].id);
}

TEST(TaskEventsTest, CapturesDieBeforeAfter) {
  ManualExecutor executor;
  Recorder recorder;
  struct Capture {
    Recorder& recorder;
    ~Capture() { recorder.Add("capture dies", ExecutionAsyncId()); }
  };
  static_cast<void>(executor.Submit(
      [capture = std::unique_ptr<Capture>(new Capture{recorder})] {}));
  executor.RunAll();

  EXPECT_THAT(recorder.Lines(),
              ElementsAre("init FUTURE_TASK", "before", "capture dies",
                          "resolve", "after", "destroy"));
}

TEST(TaskEventsTest, ADroppedTaskIsMadeAndDestroyed) {
  ManualExecutor executor;
  Recorder recorder;
  executor.Post([] {});
  static_cast<void>(executor.Submit([] {}));
  executor.Shutdown(OnShutdown::kStop);

  EXPECT_THAT(recorder.Lines(), ElementsAre("init TASK", "init FUTURE_TASK",
                                            "destroy", "destroy"));
}

TEST(TaskEventsTest, ARefusedTaskIsNeverMade) {
  ManualExecutor executor;
  executor.Shutdown(OnShutdown::kDrain);
  Recorder recorder;
  EXPECT_ANY_THROW(executor.Post([] {}));

  EXPECT_THAT(recorder.Lines(), IsEmpty());
}

TEST(TaskEventsTest, EachCallbackRunsWhereTheEventIs) {
  ManualExecutor executor;
  const AsyncLocalStorage<std::string> storage;
  std::vector<std::string> seen;
  AsyncId task = kNoAsyncId;
  const auto look = [&](const char* event) {
    seen.push_back(std::string(event) + " " +
                   (storage.IsBound() ? *storage.GetStore() : "nothing") +
                   (ExecutionAsyncId() == task           ? " task"
                    : ExecutionAsyncId() == kMainAsyncId ? " main"
                    : ExecutionAsyncId() == kNoAsyncId   ? " none"
                                                         : " other"));
  };
  const AsyncHook hook =
      CreateHook({.init =
                      [&](const InitEvent& event) {
                        task = event.async_id();
                        look("init");
                      },
                  .before = [&](const BeforeEvent&) { look("before"); },
                  .after = [&](const AfterEvent&) { look("after"); },
                  .destroy = [&](const DestroyEvent&) { look("destroy"); },
                  .promise_resolve =
                      [&](const PromiseResolveEvent&) { look("resolve"); }})
          .Enable();
  storage.Run("submitter's", [&] {
    static_cast<void>(executor.Submit([&] { storage.EnterWith("entered"); }));
  });
  storage.Run("runner's", [&] { executor.RunAll(); });

  EXPECT_THAT(seen,
              ElementsAre("init submitter's main", "before submitter's task",
                          "resolve entered task", "after entered task",
                          "destroy nothing none"));
}

TEST(TaskEventsTest, InitIsGivenTheResourceThatRunsLater) {
  ManualExecutor executor;
  const Resource* made = nullptr;
  const AsyncHook hook = CreateHook({.init = [&](const InitEvent& event) {
                           made = &event.resource();
                         }}).Enable();
  const Resource* running = nullptr;
  executor.Post([&] { running = &ExecutionAsyncResource(); });
  executor.RunAll();

  EXPECT_EQ(running, made);
  EXPECT_NE(running, nullptr);
}

class TaskEvents : public EveryExecutorTest {};

// The classic of continuation-local storage, from hooks and attached state.
TEST_P(TaskEvents, StateIsPassedFromResourceToResource) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const std::unique_ptr<Executor> executor = Make();
  const ResourceState<std::shared_ptr<int>> state;
  auto value = std::make_shared<int>(7);
  AsyncHook hook = CreateHook({.init = [&](const InitEvent& event) {
    if (auto* inherited = state.Get(ExecutionAsyncResource())) {
      state.Set(event.resource(), *inherited);
    }
  }});
  hook.Enable();
  Future<bool> grandchild_sees_it = executor->Submit([&] {
    state.Set(ExecutionAsyncResource(), value);
    return executor
        ->Submit([&] {
          return executor
              ->Submit(
                  [&] { return **state.Get(ExecutionAsyncResource()) == 7; })
              .Get();
        })
        .Get();
  });
  EXPECT_TRUE(grandchild_sees_it.Get());
  Future<bool> stranger_does_not = executor->Submit(
      [&] { return state.Get(ExecutionAsyncResource()) == nullptr; });
  EXPECT_TRUE(stranger_does_not.Get());
  hook.DisableAndWait();

  EXPECT_EQ(value.use_count(), 1) << "state dies with its task";
}

TEST_P(TaskEvents, ValuesThatATaskHasHeldLastDieAsNobody) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::shared_ptr<void>> storage;
  AsyncId died_as = kMainAsyncId;
  std::latch is_last(1);
  Future<AsyncId> id = storage.Run(
      tests::CallWhenGone([&] { died_as = ExecutionAsyncId(); }), [&] {
        return executor->Submit([&] {
          is_last.wait();
          return ExecutionAsyncId();
        });
      });
  is_last.count_down();
  EXPECT_NE(id.Get(), kNoAsyncId);
  EXPECT_EQ(died_as, kNoAsyncId);
}

TEST_P(TaskEvents, StateGoesWithItsTaskAndNotWithTheFuture) {
  const std::unique_ptr<Executor> executor = Make();
  const ResourceState<std::shared_ptr<int>> state;
  const auto value = std::make_shared<int>();
  const Future<void> future =
      executor->Submit([&] { state.Set(ExecutionAsyncResource(), value); });
  future.Wait();
  EXPECT_EQ(value.use_count(), 1);
}

TEST_P(TaskEvents, EveryTaskIsCompleteAndBracketsBalanceOnEachThread) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  Recorder recorder;
  {
    const std::unique_ptr<Executor> executor =
        Make({.on_unhandled_exception = [](std::exception_ptr) {}});
    for (int i = 0; i < 50; ++i) {
      executor->Post([&executor, i] {
        TaskGroup group(*executor);
        for (int j = 0; j < 3; ++j) {
          group.Run([&executor] { executor->Submit([] { return 1; }).Get(); });
        }
        group.Wait();
        if (i % 5 == 0) throw i;
      });
    }
  }

  std::map<AsyncId, std::vector<std::string>> by_id;
  std::map<std::thread::id, std::vector<AsyncId>> open;
  std::set<AsyncId> made = {kMainAsyncId};
  for (const Recorder::Event& event : recorder.events()) {
    by_id[event.id].push_back(event.what.substr(0, event.what.find(' ')));
    std::vector<AsyncId>& stack = open[event.thread];
    if (event.what == "before") stack.push_back(event.id);
    if (event.what == "after") {
      ASSERT_FALSE(stack.empty());
      EXPECT_EQ(stack.back(), event.id);
      stack.pop_back();
    }
    if (event.what.starts_with("init")) {
      EXPECT_TRUE(made.contains(recorder.triggers().at(event.id)))
          << "a trigger is made before what it causes";
      EXPECT_TRUE(made.insert(event.id).second) << "ids are unique";
    }
  }
  EXPECT_EQ(by_id.size(), 50u + 150u + 150u);
  std::size_t promises = 0;
  for (const auto& [id, events] : by_id) {
    if (events.size() == 5) {
      ++promises;
      EXPECT_THAT(events,
                  ElementsAre("init", "before", "resolve", "after", "destroy"));
    } else {
      EXPECT_THAT(events, ElementsAre("init", "before", "after", "destroy"));
    }
  }
  EXPECT_EQ(promises, 150u);
  for (const auto& [thread, stack] : open) EXPECT_THAT(stack, IsEmpty());
}

TEST_P(TaskEvents, AllEventsHaveComeByTheTimeAWaitEnds) {
  const std::unique_ptr<Executor> executor = Make();
  for (int i = 0; i < 100; ++i) {
    Recorder recorder;
    executor->Submit([] {}).Get();
    EXPECT_EQ(recorder.Lines().size(), 5u);
  }
}

TEST_P(TaskEvents, AHookMaySubmitTasksAndWaitForThem) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<int> inits{0};
  std::atomic<int> runs{0};
  const AsyncHook hook =
      CreateHook({.init = [&](const InitEvent& event) {
        // relaxed: counts, read after the executor has drained.
        inits.fetch_add(1, std::memory_order_relaxed);
        // Its own tasks are of another type.
        if (event.type() == "FUTURE_TASK") return;
        executor->Submit([&] { runs.fetch_add(1, std::memory_order_relaxed); })
            .Get();
      }}).Enable();
  for (int i = 0; i < 20; ++i) executor->Post([] {});
  executor->Drain();

  // relaxed: the executor has drained.
  EXPECT_EQ(runs.load(std::memory_order_relaxed), 20);
  EXPECT_EQ(inits.load(std::memory_order_relaxed), 40);
}

TEST_P(TaskEvents, AThrowingHookDoesNotReachTaskOrSubmitter) {
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<int> failures{0};
  const auto fail = [](const ResourceEvent&) {
    throw std::runtime_error("hook");
  };
  for (int kind = 0; kind < 5; ++kind) {
    HookCallbacks callbacks;
    if (kind == 0) callbacks.init = fail;
    if (kind == 1) callbacks.before = fail;
    if (kind == 2) callbacks.after = fail;
    if (kind == 3) callbacks.destroy = fail;
    if (kind == 4) callbacks.promise_resolve = fail;
    AsyncHook hook =
        CreateHook(callbacks, {.on_failure = [&](const HookFailure&) {
                     // relaxed: a count, read after the waits.
                     failures.fetch_add(1, std::memory_order_relaxed);
                   }});
    hook.Enable();
    EXPECT_EQ(executor->Submit([] { return 1; }).Get(), 1);
    EXPECT_EQ(executor->Submit([] { return 2; }).Get(), 2);
  }

  // relaxed: ordered by the waits.
  EXPECT_EQ(failures.load(std::memory_order_relaxed), 5);
}

WEFT_EVERY_EXECUTOR(TaskEvents);
WEFT_OTHER_EXECUTORS(TaskEvents);

}  // namespace
}  // namespace weft
