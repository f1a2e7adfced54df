// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Work wakes workers. They linger for so long here that a wake-up that is lost
// does not come late, but never: then a test hangs.

#include <atomic>
#include <latch>
#include <memory>
#include <thread>

#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/promise.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_event.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using tests::StressRounds;

class WakeTest : public ThreadedExecutorTest {
 protected:
  std::unique_ptr<Executor> MakeLingering() const {
    return Make({.linger = ExecutorOptions::kMaxLinger});
  }
};

// Counts the workers that are parked.
class Parked {
 public:
  Parked()
      : hook_(CreateHook({.park = [this](const ParkEvent&) { Add(1); },
                          .unpark = [this](const UnparkEvent&) { Add(-1); }})) {
    hook_.Enable();
  }
  ~Parked() { hook_.DisableAndWait(); }

  void WaitFor(int count) const {
    // relaxed: only the number counts.
    for (int now; (now = count_.load(std::memory_order_relaxed)) != count;) {
      count_.wait(now, std::memory_order_relaxed);
    }
  }

 private:
  void Add(int count) {
    // relaxed: see WaitFor().
    count_.fetch_add(count, std::memory_order_relaxed);
    count_.notify_all();
  }

  std::atomic<int> count_{0};
  AsyncHook hook_;
};

// Lets about `i` steps go by, so that a race is met at each of its points.
void Spin(int i) {
  std::atomic<int> steps{0};
  // relaxed: nobody else knows it.
  while (steps.fetch_add(1, std::memory_order_relaxed) < i % 4'000) {
  }
}

// Has as many workers as tasks, which wait for each other.
TEST_P(WakeTest, EachTaskFindsAWorkerThatIsParked) {
  const int workers = GetParam();
  const Parked parked;
  const std::unique_ptr<Executor> executor = MakeLingering();
  for (int i = 0; i < StressRounds(300); ++i) {
    std::latch all_run(workers);
    for (int task = 0; task < workers; ++task) {
      executor->Post([&] {
        all_run.count_down();
        all_run.wait();
      });
    }
    all_run.wait();
    executor->Drain();
    parked.WaitFor(workers);
  }
}

TEST_P(WakeTest, SoDoesWhatATaskSubmits) {
  const int workers = GetParam();
  const Parked parked;
  const std::unique_ptr<Executor> executor = MakeLingering();
  for (int i = 0; i < StressRounds(300); ++i) {
    std::latch all_run(workers);
    const auto run = [&] {
      all_run.count_down();
      all_run.wait();
    };
    executor
        ->Submit([&] {
          // None searches that would find what comes. At first most have no
          // thread.
          if (i > 0) parked.WaitFor(workers - 1);
          TaskGroup group(*executor);
          for (int task = 1; task < workers; ++task) {
            i % 2 == 0 ? group.Run(run) : executor->Post(run);
          }
          run();
          group.Wait();
        })
        .Get();
    executor->Drain();
    parked.WaitFor(workers);
  }
}

TEST_P(WakeTest, NoTaskIsMissedByWhoGoesToSleep) {
  const std::unique_ptr<Executor> executor = MakeLingering();
  for (int i = 0; i < StressRounds(5'000); ++i) {
    executor->Submit([] {}).Get();
    Spin(i);
  }
}

TEST_P(WakeTest, NorByATaskThatWaits) {
  const std::unique_ptr<Executor> executor = MakeLingering();
  for (int i = 0; i < StressRounds(5'000); ++i) {
    Promise<void> promise(*executor);
    std::atomic<bool> runs{false};
    Future<void> waits =
        executor->Submit([&, future = promise.GetFuture()]() mutable {
          // relaxed: hands nothing over.
          runs.store(true, std::memory_order_relaxed);
          future.Get();
        });
    // relaxed: as above.
    while (!runs.load(std::memory_order_relaxed)) std::this_thread::yield();
    Spin(i);
    executor->Post([&] { promise.SetValue(); });
    waits.Get();
  }
}

WEFT_THREADED_EXECUTORS(WakeTest);

}  // namespace
}  // namespace weft
