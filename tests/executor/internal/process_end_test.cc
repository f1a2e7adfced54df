// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What becomes of executors when their process ends, or forks. Each test runs
// in processes of its own: the first has never had an executor.

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <latch>
#include <memory>
#include <stdexcept>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/blocking_executor.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/serial_executor.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/in_child.h"

namespace weft {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::ThrowsMessage;
using tests::Count;
using tests::InChild;

// The end of a process.

TEST(ExitTest, AStaticExecutorIsDrained) {
  EXPECT_EQ(InChild([] {
              static Count ran;
              struct Check {
                ~Check() { _exit(ran.get() == 40 ? 42 : 1); }
              };
              static const Check after_the_executor;
              static Executor executor({.concurrency = 2});
              for (int i = 0; i < 20; ++i) {
                executor.Post([] {
                  executor.Post([] { ran.Add(); });
                  ran.Add();
                });
              }
              std::exit(0);
            }),
            42);
}

TEST(ExitTest, ABlockingTaskMayCallExit) {
  EXPECT_EQ(InChild([] {
              BlockingExecutor executor({.max_threads = 2});
              std::latch never(1);
              executor.Post([&] { never.wait(); });
              executor.Post([] { std::exit(42); });
              never.wait();
            }),
            42);
}

// oneTBB would crash as it unloads on a thread of its own.
TEST(ExitTest, ExitInAWorkersTaskAbortsWithAMessage) {
  EXPECT_EQ(InChild([] {
              std::signal(SIGABRT, [](int) { _exit(43); });
              Executor executor({.concurrency = 2});
              std::latch never(1);
              executor.Post([&] { never.wait(); });
              executor.Post([] { std::exit(42); });
              never.wait();
            }),
            43);
}

TEST(ExitTest, AWorkersTaskMayCallQuickExit) {
  EXPECT_EQ(InChild([] {
              Executor executor({.concurrency = 2});
              std::latch never(1);
              executor.Post([&] { never.wait(); });
              executor.Post([] { std::quick_exit(42); });
              never.wait();
            }),
            42);
}

// It cannot be drained by the task that would have to end first.
TEST(ExitTest, ExitInATaskOfAStaticExecutorAbortsWithAMessage) {
  EXPECT_EQ(InChild([] {
              static Executor executor({.concurrency = 1});
              std::signal(SIGABRT, [](int) { _exit(43); });
              executor.Post([] { std::exit(42); });
              executor.Drain();
            }),
            43);
}

// "What if a task never ends?"
TEST(ExitTest, AnExecutorThatIsNeverDestroyedDoesNotHoldUpTheEnd) {
  EXPECT_EQ(InChild([] {
              static Executor& executor = *new Executor({.concurrency = 2});
              static std::latch runs(1);
              static std::latch never(1);
              executor.Post([] {
                runs.count_down();
                never.wait();
              });
              runs.wait();
              EXPECT_FALSE(executor.ShutdownFor(milliseconds(1)).finished);
              std::exit(42);
            }),
            42);
}

TEST(ExitTest, UnderscoreExitWaitsForNothing) {
  EXPECT_EQ(InChild([] {
              static Executor executor({.concurrency = 1});
              static std::latch never(1);
              executor.Post([] { never.wait(); });
              _exit(42);
            }),
            42);
}

TEST(ExitTest, AnExecutorThatIsNeverDestroyedWorksInStaticDestructors) {
  EXPECT_EQ(InChild([] {
              static Executor& executor = *new Executor({.concurrency = 2});
              struct Last {
                ~Last() {
                  const bool works =
                      executor.Submit([] { return 1; }).Get() == 1;
                  _exit(works ? 42 : 1);
                }
              };
              static const Last last;
              executor.Submit([] {}).Get();
              std::exit(0);
            }),
            42);
}

// Its thread locals go after all static objects have gone, or never.
TEST(ExitTest, AThreadMaySubmitWhileTheProcessEnds) {
  EXPECT_EQ(InChild([] {
              static Executor& executor = *new Executor({.concurrency = 2});
              static const AsyncLocalStorage<int>& storage =
                  *new AsyncLocalStorage<int>;
              static std::latch runs(1);
              std::thread([] {
                const auto scope = storage.WithScope(1);
                for (;;) {
                  executor.Submit([] { return *storage.GetStore(); }).Get();
                  static const bool once = (runs.count_down(), true);
                  static_cast<void>(once);
                }
              }).detach();
              runs.wait();
              std::exit(42);
            }),
            42);
}

// fork().

TEST(ForkTest, TheFirstExecutorsMayBeMadeInTheChild) {
  EXPECT_EQ(InChild([] {
              Executor executor({.concurrency = 2});
              EXPECT_EQ(executor.Submit([] { return 1; }).Get(), 1);
            }),
            0);
}

// With a task that runs in the parent, and one that waits if there is no thread
// for it.
struct Parent {
  explicit Parent(int kind) : executor(MakeExecutor(kind)) {
    done.Get();
    executor->Post([this] {
      runs.count_down();
      may_end.wait();
    });
    runs.wait();
    pending = executor->Submit([this] {
      may_end.wait();
      return 2;
    });
  }
  ~Parent() {
    may_end.count_down();
    executor->Drain();
  }

  std::latch runs{1};
  std::latch may_end{1};
  std::unique_ptr<Executor> executor;
  Future<int> done = executor->Submit([] { return 1; });
  Future<int> pending;
};

class ForkedExecutorTest : public testing::TestWithParam<int> {
 protected:
  // Runs `child` in a child of a process that has an executor of the kind.
  static void Fork(const std::function<void(Parent&)>& child) {
    EXPECT_EQ(InChild([&] {
                Parent parent(GetParam());
                EXPECT_EQ(InChild([&] { child(parent); }), 0);
                // The parent is as before.
                parent.may_end.count_down();
                EXPECT_EQ(parent.pending.Get(), 2);
                EXPECT_EQ(parent.executor->Submit([] { return 3; }).Get(), 3);
                EXPECT_EQ(parent.executor->Shutdown(OnShutdown::kDrain), 0u);
              }),
              0);
  }
};

auto ThrowsLeftBehind() {
  return ThrowsMessage<std::logic_error>(
      HasSubstr("Executor: used in a child process, but made before fork()"));
}

TEST_P(ForkedExecutorTest, SubmittingInTheChildThrows) {
  Fork([](Parent& parent) {
    Executor& executor = *parent.executor;
    EXPECT_THAT([&] { executor.Post([] {}); }, ThrowsLeftBehind());
    EXPECT_THAT([&] { (void)executor.Submit([] {}); }, ThrowsLeftBehind());
    EXPECT_THAT([&] { executor.Defer([] {}); }, ThrowsLeftBehind());
    EXPECT_THAT([&] { executor.PostAfter(hours(1), [] {}); },
                ThrowsLeftBehind());
    EXPECT_THAT([&] { executor.PostEvery(hours(1), [] {}); },
                ThrowsLeftBehind());
    TaskGroup group(executor);
    EXPECT_THAT([&] { group.Run([] {}); }, ThrowsLeftBehind());
    EXPECT_THAT([&] { Join(executor, [] {}, [] {}); }, ThrowsLeftBehind());
    EXPECT_THAT([&] { ParallelFor(executor, 0, 100, [](int) {}); },
                ThrowsLeftBehind());
    SerialExecutor strand(executor);
    EXPECT_THAT([&] { strand.Post([] {}); }, ThrowsLeftBehind());
  });
}

TEST_P(ForkedExecutorTest, WaitingInTheChildThrowsInsteadOfHanging) {
  Fork([](Parent& parent) {
    EXPECT_EQ(parent.done.valid(), false);
    EXPECT_THAT([&] { parent.pending.Get(); }, ThrowsLeftBehind());
    EXPECT_THAT([&] { parent.executor->Drain(); }, ThrowsLeftBehind());
    EXPECT_THAT([&] { parent.executor->DrainFor(hours(1)); },
                ThrowsLeftBehind());
    EXPECT_THAT([&] { parent.executor->Shutdown(OnShutdown::kDrain); },
                ThrowsLeftBehind());
    EXPECT_THAT([&] { parent.executor->Shutdown(OnShutdown::kStop); },
                ThrowsLeftBehind());
    EXPECT_THAT([&] { parent.executor->ShutdownFor(hours(0)); },
                ThrowsLeftBehind());
  });
}

TEST_P(ForkedExecutorTest, DestructionInTheChildDoesNothing) {
  Fork([](Parent& parent) { parent.executor.reset(); });
}

INSTANTIATE_TEST_SUITE_P(Kinds, ForkedExecutorTest,
                         testing::Values(1, 2, 8, kSerialKind + 2,
                                         kPriorityKind + 2, kBoundedKind + 2,
                                         kBlockingKind + 2),
                         KindName);

TEST(ForkTest, AChildOfAProcessWithAStaticExecutorMayExit) {
  EXPECT_EQ(InChild([] {
              static Executor executor({.concurrency = 1});
              static std::latch runs(1);
              static std::latch may_end(1);
              executor.Post([] {
                runs.count_down();
                may_end.wait();
              });
              executor.Post([] {});
              // exit() has oneTBB destroy itself in the child, where a lock of
              // its own that its thread held would stay held.
              runs.wait();
              EXPECT_EQ(InChild([] { std::exit(42); }), 42);
              may_end.count_down();
              executor.Drain();
            }),
            0);
}

TEST(ForkTest, AChildMayExec) {
  EXPECT_EQ(InChild([] {
              Executor executor({.concurrency = 2});
              executor.Submit([] {}).Get();
              EXPECT_EQ(InChild([] { execl("/bin/true", "true", nullptr); }),
                        0);
              EXPECT_EQ(executor.Submit([] { return 1; }).Get(), 1);
            }),
            0);
}

TEST(ForkTest, ATaskMayForkAChildThatExits) {
  EXPECT_EQ(InChild([] {
              Executor executor({.concurrency = 2});
              executor.Submit([] { EXPECT_EQ(InChild([] { _exit(42); }), 42); })
                  .Get();
              EXPECT_EQ(executor.Submit([] { return 1; }).Get(), 1);
            }),
            0);
}

TEST(ForkTest, AnExecutorThatCouldHaveNoThreadsCannotBeMade) {
  EXPECT_EQ(InChild([] {
              Executor executor({.concurrency = 2});
              executor.Submit([] {}).Get();
              EXPECT_EQ(InChild([] {
                          EXPECT_THAT(
                              [] { Executor in_child; },
                              ThrowsMessage<std::logic_error>(HasSubstr(
                                  "made in a child process after fork(), "
                                  "whose parent had executors")));
                        }),
                        0);
            }),
            0);
}

TEST(ForkTest, ExecutorsThatDoWithoutOneTbbsThreadsWorkInTheChild) {
  EXPECT_EQ(
      InChild([] {
        Executor executor({.concurrency = 2});
        std::latch ticked(1);
        // It has the process's thread for timers started.
        executor.PostAfter(milliseconds(0), [&] { ticked.count_down(); });
        ticked.wait();
        ManualExecutor manual;
        manual.Post([] {});
        const AsyncLocalStorage<int> storage;
        const auto scope = storage.WithScope(1);
        EXPECT_EQ(
            InChild([&] {
              EXPECT_EQ(*storage.GetStore(), 1);
              // The parent's, with its task, and a new one.
              EXPECT_EQ(manual.RunAll(), 1u);
              EXPECT_EQ(manual.Submit([] { return 1; }).Get(), 1);
              ManualExecutor new_one;
              EXPECT_EQ(new_one.Submit([] { return 1; }).Get(), 1);

              BlockingExecutor blocking({.max_threads = 2});
              EXPECT_EQ(
                  blocking.Submit([&] { return *storage.GetStore(); }).Get(),
                  1);
              std::latch in_child(1);
              blocking.PostAfter(milliseconds(0),
                                 [&] { in_child.count_down(); });
              in_child.wait();
            }),
            0);
        EXPECT_EQ(manual.queued(), 1u);
      }),
      0);
}

}  // namespace
}  // namespace weft
