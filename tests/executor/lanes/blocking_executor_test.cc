// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/blocking_executor.h"

#include <pthread.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/serial_executor.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"

namespace weft {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(BlockingExecutorTest, OptionsAreChecked) {
  for (const int bad : {0, -1, 10'001}) {
    EXPECT_THAT([&] { BlockingExecutor executor({.max_threads = bad}); },
                ThrowsMessage<std::invalid_argument>(
                    AllOf(HasSubstr("max_threads must be from 1 to 10000"),
                          HasSubstr("it is " + std::to_string(bad)))));
  }
  EXPECT_THAT([] { BlockingExecutor executor({.thread_name = ""}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("thread_name")));
  EXPECT_THAT(
      [] {
        BlockingExecutor executor({.linger = std::chrono::milliseconds(-1)});
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("linger")));
}

TEST(BlockingExecutorTest, HasAThreadForEachTaskThatBlocksUpToItsLimit) {
  BlockingExecutor executor({.max_threads = 4});
  EXPECT_EQ(executor.counts().threads, 0);
  std::latch all(5);  // four tasks and this thread
  std::atomic<int> runs{0};
  for (int i = 0; i < 4; ++i) executor.Post([&] { all.arrive_and_wait(); });
  // relaxed: read when it has drained.
  executor.Post([&] { runs.fetch_add(1, std::memory_order_relaxed); });
  EXPECT_EQ(executor.counts().threads, 4);
  EXPECT_GE(executor.counts().waiting_tasks, 1u);
  all.arrive_and_wait();
  executor.Drain();

  // relaxed: it has drained.
  EXPECT_EQ(runs.load(std::memory_order_relaxed), 1);
  EXPECT_EQ(executor.counts().most_threads, 4);
  EXPECT_EQ(executor.counts().waiting_tasks, 0u);
}

TEST(BlockingExecutorTest, IdleThreadsEnd) {
  BlockingExecutor executor({.linger = std::chrono::milliseconds(1)});
  for (int round = 0; round < 3; ++round) {
    std::latch both(2);
    for (int i = 0; i < 2; ++i) executor.Post([&] { both.arrive_and_wait(); });
    executor.Drain();
    while (executor.counts().threads > 0) std::this_thread::yield();
  }
  EXPECT_EQ(executor.counts().started_threads, 6u);
  EXPECT_EQ(executor.counts().idle_threads, 0);
}

// Calls what it was given when its thread ends.
struct AtThreadEnd {
  std::function<void()> call;
  ~AtThreadEnd() {
    if (call) call();
  }
};
thread_local AtThreadEnd at_thread_end;

TEST(BlockingExecutorTest, NobodyWaitsForAThreadThatEnds) {
  std::latch may_end(1);
  std::latch ends(1);
  int threads = -1;
  int ran = 0;
  {
    BlockingExecutor executor(
        {.max_threads = 2, .linger = std::chrono::milliseconds(1)});
    executor.Post([&] {
      at_thread_end.call = [&] {
        threads = executor.counts().threads;
        ends.count_down();
        may_end.wait();
      };
    });
    ends.wait();
    // Its place is free: as many others run at once as there may be threads.
    std::latch both(2);
    Future<void> other = executor.Submit([&] { both.arrive_and_wait(); });
    executor.Submit([&] { both.arrive_and_wait(); }).Get();
    other.Get();
    EXPECT_EQ(executor.counts().most_threads, 2);
    may_end.count_down();
    executor.Submit([&] { ++ran; }).Get();
  }
  EXPECT_EQ(threads, 0);
  EXPECT_EQ(ran, 1);
}

TEST(BlockingExecutorTest, AThreadThatEndsMaySubmitAndWait) {
  for (int round = 0; round < 20; ++round) {
    std::latch done(1);
    BlockingExecutor executor(
        {.max_threads = 1, .linger = std::chrono::milliseconds(1)});
    executor.Post([&] {
      at_thread_end.call = [&] {
        EXPECT_EQ(executor.Submit([] { return 1; }).Get(), 1);
        done.count_down();
      };
    });
    done.wait();
  }
}

TEST(BlockingExecutorTest, AThreadThatEndsMayDestroyIt) {
  std::latch posted(1);
  std::latch gone(1);
  auto* const executor = new BlockingExecutor(
      {.max_threads = 2, .linger = std::chrono::milliseconds(1)});
  executor->Post([&] {
    at_thread_end.call = [&] {
      posted.wait();
      delete executor;
      gone.count_down();
    };
  });
  posted.count_down();
  gone.wait();
}

TEST(BlockingExecutorTest, ThreadsBearItsName) {
  BlockingExecutor executor({.thread_name = "files"});
  const std::string name =
      executor
          .Submit([] {
            std::array<char, 16> buffer{};
            pthread_getname_np(pthread_self(), buffer.data(), buffer.size());
            return std::string(buffer.data());
          })
          .Get();
  EXPECT_EQ(name, "files-0");
}

TEST(BlockingExecutorTest, EachThreadStopsAsOftenAsItStarts) {
  std::atomic<int> starts{0};
  std::atomic<int> stops{0};
  const AsyncHook hook =
      CreateHook({.worker_start =
                      [&](const WorkerStartEvent&) {
                        // relaxed: read when the threads have ended.
                        starts.fetch_add(1, std::memory_order_relaxed);
                      },
                  .worker_stop =
                      [&](const WorkerStopEvent&) {
                        // relaxed: see above.
                        stops.fetch_add(1, std::memory_order_relaxed);
                      }})
          .Enable();
  {
    std::latch all(3);
    BlockingExecutor executor({.linger = std::chrono::milliseconds(1)});
    for (int i = 0; i < 3; ++i) executor.Post([&] { all.arrive_and_wait(); });
  }
  // relaxed: the threads have ended.
  EXPECT_GE(starts.load(std::memory_order_relaxed), 3);
  // relaxed: see above.
  EXPECT_EQ(starts.load(std::memory_order_relaxed),
            stops.load(std::memory_order_relaxed));
}

using BlockingOfTest = EveryExecutorTest;

TEST_P(BlockingOfTest, RunBlockingCarriesTheContextAndGivesTheResult) {
  const std::unique_ptr<Executor> executor = Make();
  BlockingExecutor blocking({.max_threads = 2});
  const AsyncLocalStorage<std::string> storage;
  Future<std::string> future = storage.Run("ada", [&] {
    return executor->Submit([&] {
      const AsyncId self = ExecutionAsyncId();
      return RunBlocking(blocking, [&] {
        EXPECT_EQ(TriggerAsyncId(), self);
        return *storage.GetStore() + " was read";
      });
    });
  });
  EXPECT_EQ(future.Get(), "ada was read");
  EXPECT_THROW(
      RunBlocking(blocking, []() -> int { throw std::runtime_error("boom"); }),
      std::runtime_error);
}

WEFT_EVERY_EXECUTOR(BlockingOfTest);

using ThreadedBlocking = ThreadedExecutorTest;

// More tasks block than there are workers; the workers go on.
TEST_P(ThreadedBlocking, WorkersStayAvailableWhileTasksBlock) {
  const std::unique_ptr<Executor> executor = Make();
  BlockingExecutor blocking({.max_threads = 32});
  std::latch release(1);
  std::vector<Future<void>> blocked;
  for (int i = 0; i < 16; ++i) {
    blocked.push_back(executor->Submit(
        [&] { RunBlocking(blocking, [&] { release.wait(); }); }));
  }
  // Runs though all others wait, and ends their waiting.
  executor->Submit([&] { release.count_down(); }).Get();
  for (Future<void>& future : blocked) future.Get();
}

TEST_P(ThreadedBlocking, TasksThatWaitForTasksNeedNoMoreThreads) {
  BlockingExecutor blocking({.max_threads = GetParam()});
  const auto depth = [&](const auto& self, int left) -> int {
    if (left == 0) return 0;
    return 1 +
           blocking.Submit([&, left] { return self(self, left - 1); }).Get();
  };
  EXPECT_EQ(blocking.Submit([&] { return depth(depth, 20); }).Get(), 20);
}

TEST_P(ThreadedBlocking, AStrandOverItIsSerial) {
  BlockingExecutor blocking({.max_threads = GetParam()});
  SerialExecutor file(blocking);
  std::vector<int> order;
  for (int i = 0; i < 100; ++i) file.Post([&order, i] { order.push_back(i); });
  file.Drain();
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST_P(ThreadedBlocking, ManyThreadsSubmitWhileThreadsComeAndGo) {
  BlockingExecutor blocking(
      {.max_threads = GetParam(), .linger = std::chrono::milliseconds(0)});
  std::atomic<int> runs{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 200; ++j) {
        // relaxed: read when it has drained.
        blocking.Post([&] { runs.fetch_add(1, std::memory_order_relaxed); });
        if (j % 20 == 0) blocking.Submit([] {}).Get();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  blocking.Drain();
  // relaxed: it has drained.
  EXPECT_EQ(runs.load(std::memory_order_relaxed), 800);
  EXPECT_LE(blocking.counts().most_threads, GetParam());
}

WEFT_THREADED_EXECUTORS(ThreadedBlocking);

}  // namespace
}  // namespace weft
