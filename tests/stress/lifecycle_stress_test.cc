// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Executors made, used, stopped and destroyed over and over. How often is a
// flag:
//
//   ./bazelw run -c opt //tests/stress:lifecycle_stress_test -- --cycles=10000

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/future.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/tests/support/count.h"

ABSL_FLAG(int, cycles, 100, "how many executors each case makes");

namespace weft {
namespace {

using tests::Count;

// Of the futures, those that are settled: with a value, or as dropped.
struct Settled {
  int values = 0;
  int dropped = 0;
};

template <typename Futures>
Settled Settle(Futures& futures) {
  Settled settled;
  for (auto& future : futures) {
    EXPECT_TRUE(future.IsReady());
    try {
      future.Get();
      ++settled.values;
    } catch (const ShutdownError&) {
      ++settled.dropped;
    }
  }
  return settled;
}

// How many workers.
class LifecycleStressTest : public testing::TestWithParam<int> {
 protected:
  std::unique_ptr<Executor> Make() const {
    ExecutorOptions options;
    options.concurrency = GetParam();
    return std::make_unique<Executor>(options);
  }

  const std::shared_ptr<const int> value_ = std::make_shared<const int>(7);
  const AsyncLocalStorage<std::shared_ptr<const int>> storage_;
  Count ran_;
  Count inits_;
  Count destroys_;
  const AsyncHook hook_ =
      CreateHook({.init = [this](const auto&) { inits_.Add(); },
                  .destroy = [this](const auto&) { destroys_.Add(); }})
          .Enable();
};

// Run, cancelled, stopped from outside, stopped by a task.
TEST_P(LifecycleStressTest, WhatIsMadeEndsAndIsReleased) {
  constexpr int kTasks = 20;
  const int cycles = absl::GetFlag(FLAGS_cycles);
  int dropped = 0;
  int cancelled = 0;
  for (int cycle = 0; cycle < cycles; ++cycle) {
    ran_.Reset();
    std::vector<Future<void>> futures;
    int unrun = 0;  // of the group
    storage_.Run(value_, [&] {
      const std::unique_ptr<Executor> executor = Make();
      TaskGroup group(*executor);
      if (cycle % 4 == 3) {
        executor->Post([&] { executor->Shutdown(OnShutdown::kStop); });
      }
      try {
        for (int i = 0; i < kTasks; ++i) {
          futures.push_back(executor->Submit([this] { ran_.Add(); }));
          group.Run([this] { ran_.Add(); });
        }
      } catch (const ShutdownError&) {
      }
      if (cycle % 4 == 1) group.Cancel();
      if (cycle % 4 == 2) executor->Shutdown(OnShutdown::kStop);
      try {
        group.Wait();
      } catch (const ShutdownError&) {
        unrun += static_cast<int>(group.failures());
      }
      unrun += static_cast<int>(group.cancelled());
      cancelled += static_cast<int>(group.cancelled());
    });
    const Settled settled = Settle(futures);
    if (cycle % 4 < 2) {
      EXPECT_EQ(settled.values, kTasks);
    }
    if (cycle % 4 < 3) {
      EXPECT_EQ(ran_.get() + unrun + settled.dropped, 2 * kTasks);
    }
    dropped += settled.dropped;
    ASSERT_EQ(value_.use_count(), 1) << "cycle " << cycle;
  }
  EXPECT_GT(dropped, 0);
  EXPECT_GT(cancelled, 0);
  EXPECT_EQ(inits_.get(), destroys_.get());
}

// [A1]: each submission comes before the end, and is run or dropped, or after
// it, and is refused.
TEST_P(LifecycleStressTest, SubmissionsThatRaceWithTheEndAreRunOrRefused) {
  constexpr int kSubmitters = 3;
  const int cycles = absl::GetFlag(FLAGS_cycles) / 10;
  int values = 0;
  for (int cycle = 0; cycle < cycles; ++cycle) {
    const OnShutdown how =
        cycle % 2 == 0 ? OnShutdown::kDrain : OnShutdown::kStop;
    ran_.Reset();
    const std::unique_ptr<Executor> executor = Make();
    std::atomic<int> started{0};
    std::vector<std::vector<Future<void>>> futures(kSubmitters);
    std::vector<std::thread> submitters;
    for (auto& mine : futures) {
      submitters.emplace_back([&, this] {
        try {
          while (true) {
            mine.push_back(executor->Submit([this] { ran_.Add(); }));
            // relaxed: only its value counts.
            if (mine.size() == 1)
              started.fetch_add(1, std::memory_order_relaxed);
          }
        } catch (const ShutdownError&) {
        }
      });
    }
    // relaxed: as above.
    while (started.load(std::memory_order_relaxed) < kSubmitters) {
      std::this_thread::yield();
    }
    const std::size_t dropped = executor->Shutdown(how);
    // Nothing that was accepted is left.
    const std::int64_t ran_by_then = ran_.get();
    for (std::thread& submitter : submitters) submitter.join();
    Settled all;
    for (auto& mine : futures) {
      const Settled settled = Settle(mine);
      all.values += settled.values;
      all.dropped += settled.dropped;
    }
    ASSERT_EQ(all.values, ran_by_then);
    ASSERT_EQ(ran_.get(), ran_by_then);
    ASSERT_EQ(static_cast<std::size_t>(all.dropped), dropped);
    if (how == OnShutdown::kDrain) {
      ASSERT_EQ(all.dropped, 0);
    }
    values += all.values;
  }
  EXPECT_GT(values, 0);
}

INSTANTIATE_TEST_SUITE_P(Workers, LifecycleStressTest,
                         testing::Values(1, 2, 8, 64),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace weft

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  absl::ParseCommandLine(argc, argv);
  return RUN_ALL_TESTS();
}
