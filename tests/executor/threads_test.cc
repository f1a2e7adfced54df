// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What only a library with threads can get wrong: flows that run at once, on
// threads that did not submit them, and end in any order.

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "tests/support/stress_rounds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/promise.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

using testing::ElementsAre;
using tests::StressRounds;

class ThreadsTest : public ThreadedExecutorTest {
 protected:
  void Expect(bool holds) {
    // relaxed: a count, read after the executor has drained.
    if (!holds) failures_.fetch_add(1, std::memory_order_relaxed);
  }
  int failures() const {
    // relaxed: the executor has drained.
    return failures_.load(std::memory_order_relaxed);
  }

  std::atomic<int> failures_{0};
  const AsyncLocalStorage<int> storage_;
};

TEST_P(ThreadsTest, ThousandsOfFlowsEachKeepTheirValueToTheGrandchildren) {
  const std::unique_ptr<Executor> executor = Make();
  const auto check = [this](int i) {
    const int* value = storage_.GetStore();
    Expect(value != nullptr && *value == i);
  };
  for (int i = 0; i < StressRounds(10'000); ++i) {
    storage_.Run(i, [&] {
      executor->Post([&, i] {
        check(i);
        for (int child = 0; child < 3; ++child) {
          executor->Post([&, i] {
            check(i);
            executor->Post([&, i] { check(i); });
          });
        }
      });
    });
  }
  executor->Drain();

  EXPECT_EQ(failures(), 0);
}

TEST_P(ThreadsTest, ATaskRunByAThreadThatDidNotSubmitItSeesItsSubmission) {
  const std::unique_ptr<Executor> executor = Make();
  const std::thread::id submitter = std::this_thread::get_id();
  std::latch ran(1);
  storage_.Run(7, [&] {
    executor->Post([&] {
      Expect(std::this_thread::get_id() != submitter);
      Expect(*storage_.GetStore() == 7);
      ran.count_down();
    });
    ran.wait();  // the submitter is blocked: another thread takes the task
  });
  executor->Drain();

  EXPECT_EQ(failures(), 0);
}

TEST_P(ThreadsTest, ParentAndChildEnterAtOnceWithoutMeeting) {
  const std::unique_ptr<Executor> executor = Make();
  const int rounds = StressRounds(100'000);
  const auto enter = [&](int base) {
    for (int i = 0; i < rounds; ++i) {
      storage_.EnterWith(base + i);
      Expect(*storage_.GetStore() == base + i);
    }
  };
  Future<void> parent = executor->Submit([&] {
    storage_.EnterWith(-1);
    Future<void> child = executor->Submit([&] {
      Expect(*storage_.GetStore() == -1);
      enter(1'000'000);
    });
    enter(0);
    child.Get();
    Expect(*storage_.GetStore() == rounds - 1);
  });
  parent.Get();

  EXPECT_EQ(failures(), 0);
}

TEST_P(ThreadsTest, DisableWhileTasksReadShowsTheValueOrNothing) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncLocalStorage<std::string> storage;
  const std::string value = "a string beyond the small";
  storage.Run(value, [&] {
    for (int i = 0; i < 200; ++i) {
      executor->Post([&] {
        for (int j = 0; j < 50; ++j) {
          const std::string* seen = storage.GetStore();
          Expect(seen == nullptr || *seen == value);
        }
      });
    }
  });
  storage.Disable();
  executor->Drain();
  storage.Run(value, [&] {
    executor->Submit([&] { Expect(*storage.GetStore() == value); }).Get();
  });
  executor->Submit([&] { Expect(storage.GetStore() == nullptr); }).Get();

  EXPECT_EQ(failures(), 0);
}

TEST_P(ThreadsTest, AThousandQueuedTasksStoppedFromInsideAreMadeAndDestroyed) {
  std::mutex mutex;
  std::map<AsyncId, std::vector<std::string>> events;
  const auto told = [&](const char* name) {
    return [&, name](const ResourceEvent& event) {
      const std::lock_guard<std::mutex> lock(mutex);
      events[event.async_id()].push_back(name);
    };
  };
  std::atomic<int> runs{0};
  std::size_t dropped = 0;
  {
    const std::unique_ptr<Executor> executor = Make();
    const AsyncHook hook = CreateHook({.init = told("init"),
                                       .before = told("before"),
                                       .destroy = told("destroy")},
                                      {.types = {"TASK"}})
                               .Enable();
    executor
        ->Submit([&] {
          for (int i = 0; i < 1000; ++i) {
            executor->Post([&] {
              // relaxed: a count, read after the executor is gone.
              runs.fetch_add(1, std::memory_order_relaxed);
            });
          }
          dropped = executor->Shutdown(OnShutdown::kStop);
        })
        .Get();
    executor->Shutdown(OnShutdown::kStop);
  }

  EXPECT_EQ(events.size(), 1000u);
  std::size_t never_run = 0;
  for (const auto& [id, of_task] : events) {
    if (of_task.size() == 2) {
      ++never_run;
      EXPECT_THAT(of_task, ElementsAre("init", "destroy"));
    } else {
      EXPECT_THAT(of_task, ElementsAre("init", "before", "destroy"));
    }
  }
  EXPECT_EQ(never_run, dropped);
  // relaxed: the executor is gone.
  EXPECT_EQ(runs.load(std::memory_order_relaxed), 1000 - int(dropped));
}

// Its destructor reads the context and submits.
class SubmitsAtItsEnd {
 public:
  SubmitsAtItsEnd(Executor& executor, const AsyncLocalStorage<int>& storage,
                  std::atomic<int>& seen)
      : executor_(&executor), storage_(&storage), seen_(&seen) {}
  SubmitsAtItsEnd(SubmitsAtItsEnd&& other) noexcept
      : executor_(std::exchange(other.executor_, nullptr)),
        storage_(other.storage_),
        seen_(other.seen_) {}
  ~SubmitsAtItsEnd() {
    if (executor_ == nullptr) return;
    const int here = storage_->IsBound() ? *storage_->GetStore() : -1;
    executor_->Post([here, storage = storage_, seen = seen_] {
      const int there = storage->IsBound() ? *storage->GetStore() : -1;
      // relaxed: a count, read after the executor has drained.
      if (here == there) seen->fetch_add(1, std::memory_order_relaxed);
    });
  }

 private:
  Executor* executor_;
  const AsyncLocalStorage<int>* storage_;
  std::atomic<int>* seen_;
};

TEST_P(ThreadsTest, AValuesDestructorMayReadTheContextAndSubmit) {
  std::atomic<int> alike{0};
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<SubmitsAtItsEnd> values;
  for (int i = 0; i < 100; ++i) {
    values.Run(SubmitsAtItsEnd(*executor, storage_, alike),
               [&] { executor->Post([&] { storage_.EnterWith(1); }); });
  }
  executor->Drain();

  // relaxed: the executor has drained.
  EXPECT_EQ(alike.load(std::memory_order_relaxed), 100);
}

TEST_P(ThreadsTest, APlainThreadCallsWhatWasBoundElsewhereAndKeepsNothing) {
  const std::unique_ptr<Executor> executor = Make();
  auto bound = storage_.Run(3, [&] {
    return executor
        ->Submit([&] {
          return AsyncLocalStorage<int>::Bind(
              [&] { return *storage_.GetStore(); });
        })
        .Get();
  });
  std::thread([&] {
    Expect(!storage_.IsBound());
    const AsyncId root = ExecutionAsyncId();
    Expect(root != kMainAsyncId && TriggerAsyncId() == kNoAsyncId);
    Expect(bound() == 3);
    Expect(!storage_.IsBound() && ExecutionAsyncId() == root);
  }).join();

  EXPECT_EQ(failures(), 0);
}

WEFT_THREADED_EXECUTORS(ThreadsTest);

// Both orders of destruction after main(), with work under way.
void ExitWithStatics(bool executor_first) {
  struct Statics {
    explicit Statics(bool first) {
      if (first) executor = std::make_unique<Executor>();
      storage = std::make_unique<AsyncLocalStorage<int>>(
          AsyncLocalStorage<int>::Options{.name = "static"});
      if (!first) executor = std::make_unique<Executor>();
      executor_first = first;
    }
    ~Statics() {
      if (executor_first) executor.reset();
      storage.reset();
      executor.reset();
    }
    bool executor_first;
    std::unique_ptr<AsyncLocalStorage<int>> storage;
    std::unique_ptr<Executor> executor;
  };
  static Statics statics(executor_first);
  static Future<int> future;
  statics.storage->EnterWith(4);
  for (int i = 0; i < 100; ++i) statics.executor->Post([] {});
  future = statics.executor->Submit([] { return 1; });
  std::exit(future.Get() == 1 ? 0 : 1);
}

TEST(StaticDestructionDeathTest, EitherMayGoFirst) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(ExitWithStatics(true), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(ExitWithStatics(false), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace weft
