// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/task_group.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <latch>
#include <memory>
#include <mutex>
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
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/future/group_task.h"
#include "weft/executor/internal/memory/task_memory.h"
#include "weft/executor/join.h"
#include "weft/executor/priority_executor.h"
#include "weft/executor/serial_executor.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/tests/support/call_when_gone.h"

namespace weft {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

int Read(const std::atomic<int>& count) {
  // relaxed: read after a wait that orders it.
  return count.load(std::memory_order_relaxed);
}

void Increment(std::atomic<int>& count) {
  // relaxed: a count; the tests read it after a wait.
  count.fetch_add(1, std::memory_order_relaxed);
}

TEST(GroupTaskTest, WithOneWordFitsTheSmallestBlock) {
  const auto word_of = [](std::size_t word) { return [word] { return word; }; };
  using Fn = decltype(word_of(0));
  EXPECT_LE(sizeof(executor_internal::GroupTask<Fn>),
            executor_internal::kTaskBlockSizes.front());
}

class TaskGroupTest : public EveryExecutorTest {};

TEST_P(TaskGroupTest, WaitReturnsWhenAllHaveEnded) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  std::atomic<int> runs{0};
  for (int i = 0; i < 100; ++i) group.Run([&] { Increment(runs); });
  group.Wait();

  EXPECT_EQ(Read(runs), 100);
  EXPECT_EQ(group.failures(), 0u);
}

TEST_P(TaskGroupTest, WaitOfAnEmptyGroupReturns) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  group.Wait();

  EXPECT_EQ(group.failures(), 0u);
}

TEST_P(TaskGroupTest, TasksSeeTheContextOfRun) {
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> storage;
  std::atomic<int> right{0};
  TaskGroup group(*executor);
  const AsyncId self = ExecutionAsyncId();
  for (int i = 0; i < 50; ++i) {
    storage.Run(i, [&] {
      group.Run([&, i] {
        if (*storage.GetStore() == i && TriggerAsyncId() == self &&
            ExecutionAsyncResource().type() == "GROUP_TASK") {
          Increment(right);
        }
      });
    });
  }
  group.Wait();

  EXPECT_EQ(Read(right), 50);
  EXPECT_FALSE(storage.IsBound());
}

TEST_P(TaskGroupTest, TasksMayAddToTheGroup) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  std::atomic<int> runs{0};
  const auto grow = [&](const auto& self, int depth) -> void {
    Increment(runs);
    if (depth == 0) return;
    group.Run([&self, depth] { self(self, depth - 1); });
    group.Run([&self, depth] { self(self, depth - 1); });
  };
  group.Run([&] { grow(grow, 6); });
  group.Wait();

  EXPECT_EQ(Read(runs), 127);
}

TEST_P(TaskGroupTest, TheFirstExceptionIsThrownAndTheOthersCounted) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  std::atomic<int> runs{0};
  for (int i = 0; i < 20; ++i) {
    group.Run([&, i] {
      Increment(runs);
      if (i % 4 == 0) throw std::runtime_error("failed");
    });
  }

  EXPECT_THAT([&] { group.Wait(); },
              ThrowsMessage<std::runtime_error>(HasSubstr("failed")));
  EXPECT_EQ(group.failures(), 5u);
  EXPECT_EQ(Read(runs), 20);
}

TEST_P(TaskGroupTest, OfSequentialFailuresTheEarliestIsThrown) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  // Called when the task has failed.
  auto next = tests::CallWhenGone(
      [&] { group.Run([] { throw std::logic_error("later"); }); });
  group.Run([next = std::move(next)] { throw std::runtime_error("earlier"); });
  EXPECT_THROW(group.Wait(), std::runtime_error);
  EXPECT_EQ(group.failures(), 2u);
}

TEST_P(TaskGroupTest, CanBeUsedAgainAfterAFailure) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  group.Run([] { throw 1; });
  EXPECT_THROW(group.Wait(), int);
  bool ran = false;
  group.Run([&] { ran = true; });
  group.Wait();

  EXPECT_TRUE(ran);
  EXPECT_EQ(group.failures(), 0u);
}

TEST_P(TaskGroupTest, ValuesAreReleasedByTheTimeAWaitEnds) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  const AsyncLocalStorage<std::shared_ptr<int>> storage;
  for (int i = 0; i < 10; ++i) {
    const auto value = std::make_shared<int>(i);
    storage.Run(value, [&] {
      for (int task = 0; task < 10; ++task) group.Run([] {});
    });
    group.Wait();
    EXPECT_EQ(value.use_count(), 1);
  }
}

TEST_P(TaskGroupTest, AContextThatItHasReleasedItHoldsAnew) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  const AsyncLocalStorage<std::shared_ptr<void>> storage;
  bool is_gone = false;
  storage.EnterWith(tests::CallWhenGone([&] { is_gone = true; }));
  group.Run([] {});
  group.Wait();
  bool was_gone = true;
  group.Run([&] { was_gone = is_gone; });
  storage.EnterWith(nullptr);
  group.Wait();
  EXPECT_FALSE(was_gone);
  EXPECT_TRUE(is_gone);
}

TEST_P(TaskGroupTest, WaitInsideItsOwnTaskIsAnError) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  group.Run([&] { group.Wait(); });

  EXPECT_THAT([&] { group.Wait(); },
              ThrowsMessage<DeadlockError>(HasSubstr("waits for itself")));
}

TEST_P(TaskGroupTest, NestedGroupsWaitInsideTasks) {
  WEFT_SKIP_IF_SERIAL("its task waits for another of its tasks");
  const std::unique_ptr<Executor> executor = Make();
  const AsyncLocalStorage<int> depth;
  std::atomic<int> leaves{0};
  std::atomic<int> mismatches{0};
  const auto split = [&](const auto& self, int level) -> void {
    depth.Run(level, [&] {
      if (level == 6) return Increment(leaves);
      TaskGroup group(*executor);
      for (int i = 0; i < 2; ++i) {
        group.Run([&self, level, &depth, &mismatches] {
          if (*depth.GetStore() != level) Increment(mismatches);
          self(self, level + 1);
        });
      }
      group.Wait();
      if (*depth.GetStore() != level) Increment(mismatches);
    });
  };
  executor->Submit([&] { split(split, 0); }).Get();

  EXPECT_EQ(Read(leaves), 64);
  EXPECT_EQ(Read(mismatches), 0);
}

TEST_P(TaskGroupTest, DestructorWaits) {
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<int> runs{0};
  {
    TaskGroup group(*executor);
    for (int i = 0; i < 50; ++i) group.Run([&] { Increment(runs); });
  }

  EXPECT_EQ(Read(runs), 50);
}

TEST_P(TaskGroupTest, AFailureNobodyWaitedForReachesTheHandler) {
  std::string what;
  const std::unique_ptr<Executor> executor =
      Make({.on_unhandled_exception = [&](std::exception_ptr exception) {
        try {
          std::rethrow_exception(exception);
        } catch (const UnseenFailureError& error) {
          what = error.what();
          EXPECT_THAT([&] { error.rethrow_nested(); },
                      ThrowsMessage<std::runtime_error>("unseen"));
        }
      }});
  int line = 0;
  {
    TaskGroup group(*executor);
    line = __LINE__ - 1;
    group.Run([] { throw std::runtime_error("unseen"); });
  }

  EXPECT_THAT(
      what,
      AllOf(HasSubstr("task_group_test.cc:" + std::to_string(line) + ": "),
            HasSubstr("std::runtime_error: unseen")));
}

TEST_P(TaskGroupTest, RunAfterShutdownIsAnErrorAndLeavesTheGroupUsable) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  executor->Shutdown(OnShutdown::kDrain);

  EXPECT_THROW(group.Run([] {}), ShutdownError);
  group.Wait();
  EXPECT_EQ(group.failures(), 0u);
}

TEST_P(TaskGroupTest, ARunThatAStopOvertakesLeavesTheGroupAsItWas) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  bool destroyed = false;
  {
    // The stop comes between the task's acceptance and its queueing.
    const AsyncHook hook =
        CreateHook(
            {.init =
                 [&](const InitEvent&) {
                   executor
                       ->Submit([&] { executor->Shutdown(OnShutdown::kStop); })
                       .Get();
                 },
             .destroy = [&](const DestroyEvent&) { destroyed = true; }},
            {.types = {"GROUP_TASK"}})
            .Enable();
    EXPECT_THROW(group.Run([] {}), ShutdownError);
  }
  group.Wait();

  EXPECT_EQ(group.failures(), 0u);
  EXPECT_TRUE(destroyed);
}

TEST_P(TaskGroupTest, DroppedTasksCountAsFailures) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  std::atomic<int> runs{0};
  const std::size_t dropped =
      executor
          ->Submit([&] {
            for (int i = 0; i < 100; ++i) group.Run([&] { Increment(runs); });
            return executor->Shutdown(OnShutdown::kStop);
          })
          .Get();
  if (dropped == 0) {
    group.Wait();
  } else {
    EXPECT_THROW(group.Wait(), ShutdownError);
  }

  EXPECT_EQ(group.failures(), dropped);
  EXPECT_EQ(static_cast<std::size_t>(Read(runs)) + dropped, 100u);
}

TEST_P(TaskGroupTest, CancelledTasksDoNotRunAndAreCountedApart) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  std::vector<std::string> events;  // of the group's tasks: none runs
  std::mutex mutex;
  const auto add = [&](const char* event) {
    const std::lock_guard<std::mutex> lock(mutex);
    events.push_back(event);
  };
  const AsyncHook hook =
      CreateHook({.init = [&](const InitEvent&) { add("init"); },
                  .before = [&](const BeforeEvent&) { add("before"); },
                  .destroy = [&](const DestroyEvent&) { add("destroy"); }},
                 {.types = {"GROUP_TASK"}})
          .Enable();
  std::atomic<int> runs{0};
  group.Cancel();
  EXPECT_TRUE(group.is_cancelled());
  for (int i = 0; i < 10; ++i) group.Run([&] { Increment(runs); });
  group.Wait();

  EXPECT_EQ(Read(runs), 0);
  EXPECT_EQ(group.cancelled(), 10u);
  EXPECT_EQ(group.failures(), 0u);
  EXPECT_EQ(std::count(events.begin(), events.end(), "init"), 10);
  EXPECT_EQ(std::count(events.begin(), events.end(), "before"), 0);
  EXPECT_EQ(std::count(events.begin(), events.end(), "destroy"), 10);
  // The next ones run.
  group.Run([&] { Increment(runs); });
  group.Wait();
  EXPECT_EQ(Read(runs), 1);
  EXPECT_EQ(group.cancelled(), 0u);
}

TEST_P(TaskGroupTest, ATaskMayCancelTheRestOfItsGroup) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  std::atomic<int> runs{0};
  for (int i = 0; i < 500; ++i) {
    group.Run([&] {
      Increment(runs);
      group.Cancel();
    });
  }
  group.Wait();

  EXPECT_GE(Read(runs), 1);
  EXPECT_EQ(static_cast<std::size_t>(Read(runs)) + group.cancelled(), 500u);
}

// Nothing foreign runs on the waiter's stack, whatever else is queued.
TEST_P(TaskGroupTest, AWaitRunsNoOthersThanTheGroupsTasks) {
  if (WorkersOf(GetParam()) == kManual) {
    GTEST_SKIP() << "there a wait runs what is queued, in order";
  }
  if (KindOf(GetParam()) == kSerialKind) {
    GTEST_SKIP() << "no task of a strand may wait for others of it";
  }
  const std::unique_ptr<Executor> executor = Make();
  std::atomic<int> foreign_inside{0};
  std::atomic<int> runs{0};
  executor
      ->Submit([&] {
        thread_local bool waiting = false;
        TaskGroup outer(*executor);
        const auto foreign = [&] {
          if (waiting) Increment(foreign_inside);
        };
        for (int i = 0; i < 20; ++i) outer.Run(foreign);
        TaskGroup group(*executor);
        for (int i = 0; i < 20; ++i) {
          group.Run([&] {
            const bool was_waiting = std::exchange(waiting, false);
            Increment(runs);
            waiting = was_waiting;
          });
          outer.Run(foreign);
          executor->Post(foreign);
        }
        waiting = true;
        group.Wait();
        waiting = false;
        EXPECT_EQ(Read(runs), 20);
        outer.Wait();
      })
      .Get();
  executor->Drain();

  EXPECT_EQ(Read(foreign_inside), 0);
}

WEFT_EVERY_EXECUTOR(TaskGroupTest);
WEFT_OTHER_EXECUTORS(TaskGroupTest);

// What it cannot wait for goes with it: it would use what has gone.
TEST(SerialTaskGroupTest, InsideATaskOfTheStrandItDropsWhatWaits) {
  std::mutex mutex;
  std::vector<std::string> told;
  Executor base(
      {.concurrency = 2,
       .on_unhandled_exception = [&](const std::exception_ptr& exception) {
         const std::lock_guard<std::mutex> lock(mutex);
         try {
           std::rethrow_exception(exception);
         } catch (const UnseenFailureError& error) {
           told.push_back(error.what());
         }
       }});
  SerialExecutor strand(base);
  PriorityExecutor over_strand(strand);
  for (Executor* const executor :
       {static_cast<Executor*>(&strand), &over_strand.at(Priority::kNormal)}) {
    std::atomic<int> runs{0};
    std::atomic<int> gone{0};
    const auto leave = [&](bool waits) {
      TaskGroup group(*executor);
      for (int i = 0; i < 3; ++i) {
        group.Run([&, guard = tests::CallWhenGone([&] { Increment(gone); })] {
          Increment(runs);
        });
      }
      if (waits) group.Wait();
    };
    Future<void> waiter = executor->Submit([&] { leave(true); });
    EXPECT_THROW(waiter.Get(), DeadlockError);
    EXPECT_EQ(Read(gone), 3);
    EXPECT_THAT(told, testing::IsEmpty()) << "the exception has told it";
    executor->Submit([&] { leave(false); }).Get();
    EXPECT_EQ(Read(gone), 6);
    EXPECT_THAT(std::exchange(told, {}),
                testing::ElementsAre(
                    HasSubstr("a task waits for another task of the same")));
    // Others come to their turn.
    leave(true);
    EXPECT_EQ(Read(runs), 3);
    executor->Drain();
  }
}

class ThreadedTaskGroupTest : public ThreadedExecutorTest {};

TEST_P(ThreadedTaskGroupTest, AWaitIsNotHeldUpByWhatItsTasksWorkerRunsNext) {
  const std::unique_ptr<Executor> executor = Make();
  TaskGroup group(*executor);
  std::latch all_queued(1);
  std::latch waited(1);
  executor->Post([&] { all_queued.wait(); });
  group.Run([] {});
  executor->Post([&] { waited.wait(); });
  all_queued.count_down();
  group.Wait();
  waited.count_down();
  executor->Drain();
}

TEST_P(ThreadedTaskGroupTest, AWaitLosesNoForkAroundIt) {
  const std::unique_ptr<Executor> executor = Make();
  Executor other({.concurrency = 1});
  std::atomic<AsyncId> waiter{kNoAsyncId};
  std::latch has_looked(1);
  const AsyncHook hook = CreateHook({.park = [&](const ParkEvent&) {
                           AsyncId id = ExecutionAsyncId();
                           // relaxed: the waiter's own store, or another
                           // thread's id.
                           if (waiter.compare_exchange_strong(
                                   id, kNoAsyncId, std::memory_order_relaxed)) {
                             has_looked.count_down();
                           }
                         }}).Enable();
  const auto waits = [&] {
    // It has nothing of its own to run here.
    TaskGroup group(other);
    group.Run([&] { has_looked.wait(); });
    // relaxed: see above.
    waiter.store(ExecutionAsyncId(), std::memory_order_relaxed);
    group.Wait();
    return 1;
  };
  const auto [one, two] =
      executor->Submit([&] { return Join(waits, [] { return 2; }); }).Get();
  EXPECT_EQ(one + two, 3);
}

WEFT_THREADED_EXECUTORS(ThreadedTaskGroupTest);

}  // namespace
}  // namespace weft
