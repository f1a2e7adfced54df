// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What crosses into a task, by whichever call it is submitted.

#include "weft/context/inheritance.h"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "tests/executor/ways.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/deadline.h"
#include "weft/context/storage_scope.h"
#include "weft/context/suppress_flow_scope.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/parallel_reduce.h"
#include "weft/executor/promise.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using std::chrono::hours;
using tests::Count;
using tests::StressRounds;

// What `storage` shows, -1 if nothing.
int Read(const AsyncLocalStorage<int>& storage) {
  const int* const store = storage.GetStore();
  return store == nullptr ? -1 : *store;
}

class InheritanceTest : public EveryExecutorTest {
 protected:
  static bool HasClock(const Way& way) {
    return weft::HasClock(way, GetParam());
  }
};
WEFT_EVERY_EXECUTOR(InheritanceTest);
WEFT_OTHER_EXECUTORS(InheritanceTest);

TEST_P(InheritanceTest, WhatIsNeverInheritedIsUnboundInATask) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> request;
  const AsyncLocalStorage<int> plain_never(
      {.inheritance = Inheritance<int>::Never()});
  const AsyncLocalStorage<int> never_with_default(
      {.default_value = 7, .inheritance = Inheritance<int>::Never()});
  for (const Way& way : kWays) {
    if (!HasClock(way)) continue;
    SCOPED_TRACE(way.name);
    request.Run(1, [&] {
      plain_never.Run(2, [&] {
        never_with_default.Run(3, [&] {
          RunBy(way, *executor, [&] {
            EXPECT_EQ(Read(request), 1);
            EXPECT_FALSE(plain_never.IsBound());
            EXPECT_FALSE(never_with_default.IsBound());
            EXPECT_EQ(Read(never_with_default), 7);
          });
          EXPECT_EQ(Read(plain_never), 2);
          EXPECT_EQ(Read(never_with_default), 3);
        });
      });
    });
  }
}

TEST_P(InheritanceTest, ACopyIsMadeOnceForEachTaskAndByItsSubmitter) {
  const std::unique_ptr<Executor> executor = Make();
  std::vector<std::thread::id> copied_on;
  const AsyncLocalStorage<int> request;
  const AsyncLocalStorage<int> depth(
      {.inheritance = Inheritance<int>::CopyOnSpawn([&](const int& parent) {
         copied_on.push_back(std::this_thread::get_id());
         EXPECT_EQ(Read(request), 1);
         return parent + 1;
       })});
  for (const Way& way : kWays) {
    if (!HasClock(way)) continue;
    SCOPED_TRACE(way.name);
    request.Run(1, [&] {
      depth.Run(10, [&] {
        for (int i = 0; i < 3; ++i) {
          RunBy(way, *executor, [&] { EXPECT_EQ(Read(depth), 11); });
        }
        EXPECT_EQ(Read(depth), 10);
      });
    });
    EXPECT_EQ(copied_on, std::vector(3, std::this_thread::get_id()));
    copied_on.clear();
  }
}

TEST_P(InheritanceTest, ATasksTaskGetsACopyOfTheCopy) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> depth(
      {.inheritance = Inheritance<int>::CopyOnSpawn(
           [](const int& parent) { return parent + 1; })});
  std::vector<int> seen;
  const std::function<void()> go_on = [&] {
    seen.push_back(Read(depth));
    if (seen.size() < 4) executor->Post(go_on);
  };
  depth.Run(0, [&] { executor->Post(go_on); });
  executor->Drain();

  EXPECT_THAT(seen, testing::ElementsAre(1, 2, 3, 4));
}

TEST_P(InheritanceTest, WhatACopyThrowsTheSubmittingCallThrows) {
  const std::unique_ptr<Executor> executor = Make();
  bool fails = true;
  const AsyncLocalStorage<int> storage(
      {.inheritance = Inheritance<int>::CopyOnSpawn([&](const int& parent) {
         if (fails) {
           throw std::out_of_range("no copy");
         }
         return parent;
       })});
  for (const Way& way : kWays) {
    if (!HasClock(way)) continue;
    SCOPED_TRACE(way.name);
    Count inits;
    AsyncHook hook = CreateHook({.init = [&](const InitEvent& event) {
      inits.Add(event.type() != "PROMISE");
    }});
    storage.Run(5, [&] {
      fails = true;
      hook.Enable();
      EXPECT_THROW(way.submit(*executor, [] { ADD_FAILURE(); }),
                   std::out_of_range);
      hook.DisableAndWait();
      EXPECT_EQ(Read(storage), 5);
      executor->Drain();
      fails = false;
      RunBy(way, *executor, [&] { EXPECT_EQ(Read(storage), 5); });
    });
    EXPECT_EQ(inits.get(), 0);
  }
}

TEST_P(InheritanceTest, WithTheFlowSuppressedNothingCrosses) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> outside;
  const AsyncLocalStorage<int> inside;
  const AsyncLocalStorage<int> copied(
      {.inheritance = Inheritance<int>::CopyOnSpawn([](const int& parent) {
         ADD_FAILURE();
         return parent;
       })});
  for (const Way& way : kWays) {
    if (!HasClock(way)) continue;
    SCOPED_TRACE(way.name);
    outside.Run(1, [&] {
      copied.Run(2, [&] {
        const DeadlineScope deadline(Deadline::In(hours(1)));
        {
          const SuppressFlowScope suppressed;
          inside.Run(3, [&] {
            RunBy(way, *executor, [&] {
              EXPECT_FALSE(outside.IsBound());
              EXPECT_FALSE(copied.IsBound());
              EXPECT_FALSE(inside.IsBound());
              EXPECT_TRUE(Deadline::Current().is_never());
            });
            EXPECT_EQ(Read(inside), 3);
          });
          EXPECT_EQ(Read(outside), 1);
          EXPECT_EQ(Read(copied), 2);
          EXPECT_FALSE(Deadline::Current().is_never());
        }
      });
      RunBy(way, *executor, [&] { EXPECT_EQ(Read(outside), 1); });
    });
  }
}

TEST_P(InheritanceTest, ASuppressedTaskStillKnowsItsSubmitter) {
  const std::unique_ptr<Executor> executor = Make();
  AsyncId trigger = kNoAsyncId;
  {
    const SuppressFlowScope suppressed;
    executor->Post([&] { trigger = TriggerAsyncId(); });
  }
  executor->Drain();

  EXPECT_EQ(trigger, ExecutionAsyncId());
}

TEST_P(InheritanceTest, PartsOfAForkRunInTheContextOfWhoForked) {
  WEFT_SKIP_IF_SERIAL("cannot fork");
  if (GetParam() >= kSerialKind)
    GTEST_SKIP() << "forks need workers of their own";
  const std::unique_ptr<Executor> executor = Make();
  Count copies;
  const AsyncLocalStorage<int> never(
      {.inheritance = Inheritance<int>::Never()});
  const AsyncLocalStorage<int> copied(
      {.inheritance = Inheritance<int>::CopyOnSpawn([&](const int& parent) {
         copies.Add();
         return parent + 100;
       })});
  const auto check = [&] {
    EXPECT_EQ(Read(never), 1);
    EXPECT_EQ(Read(copied), 2);
  };
  const auto fork = [&] {
    never.Run(1, [&] {
      copied.Run(2, [&] {
        Join(*executor, check, check, check);
        ParallelFor(*executor, 0, 100, [&](int) { check(); });
        ParallelReduce(
            *executor, 0, 100, 0,
            [&](int) {
              check();
              return 1;
            },
            std::plus<>());
      });
    });
  };
  fork();
  executor->Submit(fork).Get();

  EXPECT_EQ(copies.get(), 0);
}

TEST_P(InheritanceTest, ASnapshotHasAllThatIsCurrent) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> never(
      {.inheritance = Inheritance<int>::Never()});
  const SuppressFlowScope suppressed;
  never.Run(1, [&] {
    executor->Post(ContextSnapshot::Capture().Bind([&] {
      EXPECT_EQ(Read(never), 1);
      // In a context with the suppression, nothing goes on from here.
      executor->Post([&] { EXPECT_FALSE(never.IsBound()); });
    }));
  });
  executor->Drain();
}

TEST_P(InheritanceTest, ACoroutineKeepsWhatItHasAcrossItsStretches) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> never(
      {.inheritance = Inheritance<int>::Never()});
  const auto hop = [&]() -> Task<int> {
    EXPECT_EQ(Read(never), -1);
    const StorageScope scope = never.WithScope(4);
    co_await executor->Schedule();
    EXPECT_EQ(Read(never), 4);
    const SuppressFlowScope suppressed;
    co_await executor->Schedule();
    executor->Post([&never] { EXPECT_FALSE(never.IsBound()); });
    co_return Read(never);
  };
  never.Run(1, [&] { EXPECT_EQ(Spawn(*executor, hop()).Get(), 4); });
  executor->Drain();
}

TEST_P(InheritanceTest, ACopyDiesWithItsTask) {
  const std::unique_ptr<Executor> executor = Make();
  using Shared = std::shared_ptr<int>;
  std::mutex mutex;
  std::vector<std::weak_ptr<int>> copies;
  const AsyncLocalStorage<Shared> storage(
      {.inheritance = Inheritance<Shared>::CopyOnSpawn([&](const Shared& of) {
         auto copy = std::make_shared<int>(*of);
         const std::lock_guard<std::mutex> lock(mutex);
         copies.push_back(copy);
         return copy;
       })});
  storage.Run(std::make_shared<int>(1), [&] {
    for (const Way& way : kWays) {
      if (!HasClock(way)) continue;
      RunBy(way, *executor,
            [&] { EXPECT_EQ(storage.GetStore()->use_count(), 1); });
    }
  });
  executor->Shutdown(OnShutdown::kDrain);

  EXPECT_GE(copies.size(), 8u);
  for (const std::weak_ptr<int>& copy : copies) EXPECT_TRUE(copy.expired());
}

TEST_P(InheritanceTest, ADroppedTaskReleasesItsCopy) {
  const std::unique_ptr<Executor> executor = Make();
  using Shared = std::shared_ptr<int>;
  std::weak_ptr<int> copy;
  const AsyncLocalStorage<Shared> storage(
      {.inheritance = Inheritance<Shared>::CopyOnSpawn([&](const Shared& of) {
         auto made = std::make_shared<int>(*of);
         copy = made;
         return made;
       })});
  storage.Run(std::make_shared<int>(1), [&] {
    const Timer timer = executor->PostAfter(hours(1), [] { ADD_FAILURE(); });
    EXPECT_FALSE(copy.expired());
    EXPECT_TRUE(timer.Cancel());
  });
  EXPECT_TRUE(copy.expired());
}

TEST_P(InheritanceTest, AGroupsTasksEachGetTheirs) {
  const std::unique_ptr<Executor> executor = Make();
  int next_copy = 0;
  const AsyncLocalStorage<int> number(
      {.inheritance = Inheritance<int>::CopyOnSpawn(
           [&](const int&) { return ++next_copy; })});
  const AsyncLocalStorage<int> never(
      {.inheritance = Inheritance<int>::Never()});
  std::mutex mutex;
  std::vector<int> seen;
  TaskGroup group(*executor);
  const auto note = [&] {
    EXPECT_FALSE(never.IsBound());
    const std::lock_guard<std::mutex> lock(mutex);
    seen.push_back(Read(number));
  };
  never.Run(1, [&] {
    for (int i = 0; i < 3; ++i) group.Run(note);
    number.Run(0, [&] {
      for (int i = 0; i < 10; ++i) group.Run(note);
    });
    for (int i = 0; i < 3; ++i) group.Run(note);
  });
  group.Wait();

  EXPECT_THAT(seen, testing::UnorderedElementsAre(-1, -1, -1, -1, -1, -1, 1, 2,
                                                  3, 4, 5, 6, 7, 8, 9, 10));
}

// ----- What users of other libraries have complained of -----

// python/cpython#128555: since 3.14 threads inherit the context, and what must
// not go along has no way to say so.
TEST_P(InheritanceTest, OneStorageStaysBehindWhileTheOthersGoAlong) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> request;
  const AsyncLocalStorage<int> lock_held(
      {.name = "lock_held", .inheritance = Inheritance<int>::Never()});
  int seen_request = 0;
  bool seen_lock = true;
  request.Run(42, [&] {
    lock_held.Run(1, [&] {
      executor->Post([&] {
        seen_request = Read(request);
        seen_lock = lock_held.IsBound();
      });
    });
  });
  executor->Drain();

  EXPECT_EQ(seen_request, 42);
  EXPECT_FALSE(seen_lock);
}

// dotnet/corefx#26071, npgsql#6105: a timer that a cache or a pool starts in
// the first request keeps that request for ever; and suppressing the flow left
// a stale value on the thread.
TEST_P(InheritanceTest, ATimerSetWithTheFlowSuppressedKeepsNoRequest) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::shared_ptr<int>> request;
  auto first = std::make_shared<int>(1);
  const std::weak_ptr<int> left = first;
  Timer timer;
  request.Run(std::move(first), [&] {
    const SuppressFlowScope suppressed;
    timer = executor->PostAfter(hours(1), [] {});
  });
  EXPECT_TRUE(left.expired());
  EXPECT_FALSE(request.IsBound());
  EXPECT_TRUE(timer.Cancel());
}

// The same where the request says so once, for all timers.
TEST_P(InheritanceTest, WhatIsNeverInheritedIsNotKeptByWhatIsPending) {
  const std::unique_ptr<Executor> executor = Make();
  using Shared = std::shared_ptr<int>;
  const AsyncLocalStorage<Shared> connection(
      {.inheritance = Inheritance<Shared>::Never()});
  auto first = std::make_shared<int>(1);
  const std::weak_ptr<int> left = first;
  const auto wait = [](SharedFuture<void> until) -> Task<> { co_await until; };
  Promise<void> end(*executor);
  const SharedFuture<void> ended = end.GetFuture().Share();
  TaskGroup group(*executor);
  std::vector<Future<void>> pending;
  Timer timer;
  connection.Run(std::move(first), [&] {
    timer = executor->PostAfter(hours(1), [] {});
    pending.push_back(ended.Then([] {}));
    pending.push_back(Spawn(*executor, wait(ended)));
    group.Run([] {});
  });
  EXPECT_TRUE(left.expired());
  end.SetValue();
  for (Future<void>& future : pending) future.Get();
  EXPECT_TRUE(timer.Cancel());
}

// golang/go#50032: a request's labels leak into the workers that it is the
// first to start, and into all that these do later.
TEST_P(InheritanceTest, AWorkerStartedByARequestIsNotLabelledByIt) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<std::string> label;
  std::vector<bool> labelled;
  label.Run("request 1", [&] {
    const SuppressFlowScope suppressed;
    executor->Post([&] {
      labelled.push_back(label.IsBound());
      executor->Post([&] { labelled.push_back(label.IsBound()); });
    });
  });
  executor->Drain();

  EXPECT_THAT(labelled, testing::ElementsAre(false, false));
}

// tokio-rs/tracing with tokio#6158: a span stays open because what it has
// started holds it. A child gets a link to it instead.
TEST_P(InheritanceTest, ASpanClosesWhileWhatItHasStartedIsPending) {
  struct Span {
    int parent;
    int id;
    std::shared_ptr<void> open;  // null: a link
  };
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<Span> span(
      {.inheritance = Inheritance<Span>::CopyOnSpawn([](const Span& from) {
         return Span{from.id, from.id + 1, nullptr};
       })});
  bool is_open = true;
  std::shared_ptr<void> open(nullptr, [&](void*) { is_open = false; });
  Promise<void> gate(*executor);
  Future<int> parent;
  span.Run(Span{0, 1, std::move(open)}, [&] {
    parent = gate.GetFuture().Then([&] { return span.GetStore()->parent; });
  });
  EXPECT_FALSE(is_open);
  gate.SetValue();
  EXPECT_EQ(parent.Get(), 1);
}

// ----- Many threads -----

class InheritanceStressTest : public ThreadedExecutorTest {};
WEFT_THREADED_EXECUTORS(InheritanceStressTest);

TEST_P(InheritanceStressTest, TasksSubmitInOneContextAtOnce) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> request;
  const AsyncLocalStorage<int> never(
      {.inheritance = Inheritance<int>::Never()});
  const AsyncLocalStorage<int> depth(
      {.inheritance = Inheritance<int>::CopyOnSpawn(
           [](const int& parent) { return parent + 1; })});
  Count right;
  const int rounds = StressRounds(2'000);
  const auto submit = [&](int expected_depth) {
    // Parts share the context in which the loop was begun.
    ParallelFor(*executor, 0, rounds, [&, expected_depth](int i) {
      const auto check = [&, expected_depth] {
        right.Add(Read(request) == 1 && !never.IsBound() &&
                  Read(depth) == expected_depth);
      };
      if (i % 2 == 0) {
        executor->Post(check);
      } else {
        executor->Submit(check).Get();
      }
    });
  };
  request.Run(1, [&] {
    never.Run(2, [&] {
      submit(-1);
      executor->Drain();
      depth.Run(0, [&] { submit(1); });
    });
  });
  executor->Drain();

  EXPECT_EQ(right.get(), 2 * rounds);
}

TEST_P(InheritanceStressTest, AStorageGoesWhileItsStoreIsCopied) {
  const std::unique_ptr<Executor> executor = Make();
  Count wrong;
  for (int i = 0; i < StressRounds(500); ++i) {
    auto storage =
        std::make_unique<AsyncLocalStorage<int>>(AsyncLocalStorageOptions<int>{
            .inheritance = Inheritance<int>::CopyOnSpawn(
                [](const int& parent) { return parent + 1; })});
    TaskGroup group(*executor);
    ContextSnapshot captured;
    storage->Run(1, [&] { captured = ContextSnapshot::Capture(); });
    for (int j = 0; j < 4; ++j) {
      group.Run(captured.Bind([&] { executor->Post([] {}); }));
    }
    storage.reset();
    const AsyncLocalStorage<int> next;  // in the same slot
    captured.Run([&] { wrong.Add(next.IsBound()); });
    group.Wait();
  }
  EXPECT_EQ(wrong.get(), 0);
}

}  // namespace
}  // namespace weft
