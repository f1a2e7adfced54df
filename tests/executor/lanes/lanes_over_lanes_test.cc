// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Lanes over lanes, of every kind and four deep: whatever is submitted to the
// topmost, and however that ends, nothing is left at any of them.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "gtest/gtest.h"
#include "tests/executor/executor_kinds.h"
#include "weft/executor/errors.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/parallel_for.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_hook.h"
#include "weft/tests/support/allocations.h"
#include "weft/tests/support/count.h"
#include "weft/tests/support/counted.h"

namespace weft {
namespace {

using tests::Count;
using tests::Counted;
using tests::Tally;

constexpr std::chrono::seconds kLong{30};

// An executor and lanes over it, the lowest first: s a strand, p a level of
// priority, b a bounded one.
class Stack {
 public:
  Stack(int workers, const std::string& lanes) {
    executors_.push_back(MakeExecutor(workers));
    for (const char kind : lanes) {
      Executor& base = *executors_.back();
      switch (kind) {
        case 's':
          executors_.push_back(std::make_unique<SerialExecutor>(base));
          break;
        case 'p':
          executors_.push_back(std::make_unique<NormalPriority>(base));
          break;
        default:
          executors_.push_back(std::make_unique<FewWaiting>(base));
          break;
      }
    }
  }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack() {
    ExpectDrained();
    while (!executors_.empty()) executors_.pop_back();
  }

  std::size_t size() const noexcept { return executors_.size(); }
  Executor& at(std::size_t place) const { return *executors_[place]; }
  Executor& top() const { return *executors_.back(); }

  // Ends the process otherwise: the destructors would never return.
  void ExpectDrained() const {
    for (std::size_t i = size(); i-- > 0;) {
      if (at(i).DrainFor(kLong)) continue;
      ADD_FAILURE() << "executor " << i << " never drains";
      std::fflush(nullptr);
      std::_Exit(1);
    }
  }

 private:
  std::vector<std::unique_ptr<Executor>> executors_;
};

class LanesOverLanesTest
    : public testing::TestWithParam<std::tuple<int, const char*>> {
 protected:
  static int workers() { return std::get<0>(GetParam()); }
  static std::string lanes() { return std::get<1>(GetParam()); }
};

TEST_P(LanesOverLanesTest, NothingIsLeftOfTasks) {
  Count ran;
  const Stack stack(workers(), lanes());
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 100; ++i) stack.top().Post([&] { ran.Add(); });
    for (std::size_t i = 0; i < stack.size(); ++i) {
      stack.at(i).Post([&] {
        ran.Add();
        stack.top().Post([&] { ran.Add(); });
      });
    }
    stack.ExpectDrained();
    // What the lower ones have posted came after the topmost was asked.
    stack.ExpectDrained();
  }
  EXPECT_EQ(ran.get(), 3 * (100 + 2 * static_cast<int>(stack.size())));
}

TEST_P(LanesOverLanesTest, NothingIsLeftOfForks) {
  Count ran;
  const Stack stack(workers(), lanes());
  for (int round = 0; round < 20; ++round) {
    for (std::size_t i = 0; i < stack.size(); ++i) {
      stack.at(i).Post([&] { ran.Add(); });
      ParallelFor(stack.at(i), 0, 5, [&](int) { ran.Add(); });
      Join(stack.at(i), [&] { ran.Add(); }, [&] { ran.Add(); });
      TaskGroup group(stack.at(i));
      group.Run([&] { ran.Add(); });
      group.Wait();
    }
  }
  stack.ExpectDrained();
  EXPECT_EQ(ran.get(), 20 * 9 * static_cast<int>(stack.size()));
}

TEST_P(LanesOverLanesTest, NothingIsLeftOfForksOfOtherThreads) {
  Count ran;
  if (workers() == kManual) GTEST_SKIP() << "one thread at a time may run it";
  const Stack stack(workers(), lanes());
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        ParallelFor(stack.top(), 0, 5, [&](int) { ran.Add(); });
        stack.top().Post([&] { ran.Add(); });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  stack.ExpectDrained();
  EXPECT_EQ(ran.get(), 3 * 100 * 6);
}

// A hook stops one of them at each event of a submission to the topmost.
TEST_P(LanesOverLanesTest, OneIsStoppedDuringASubmission) {
  for (const bool at_enqueue : {false, true}) {
    for (std::size_t stopped = 0; stopped <= lanes().size(); ++stopped) {
      Tally tally;
      Count ran;
      Count refused;
      {
        const Stack stack(workers(), lanes());
        for (int i = 0; i < 2; ++i) stack.top().Post([] {});
        bool is_armed = true;
        const auto stop = [&](const auto&) {
          if (is_armed) stack.at(stopped).ShutdownFor(std::chrono::seconds(0));
          is_armed = false;
        };
        const AsyncHook hook = (at_enqueue ? CreateHook({.enqueue = stop})
                                           : CreateHook({.init = stop}))
                                   .Enable();
        const auto submit = [&](const std::function<void()>& call) {
          try {
            call();
          } catch (const ShutdownError&) {
            refused.Add();
          }
        };
        submit([&] {
          stack.top()
              .Submit([&, counted = Counted(tally)] { ran.Add(); })
              .Get();
        });
        is_armed = false;
        submit(
            [&] { ParallelFor(stack.top(), 0, 1, [&](int) { ran.Add(); }); });
      }
      EXPECT_EQ(ran.get() + refused.get(), 2) << at_enqueue << stopped;
      EXPECT_GE(refused.get(), 1) << at_enqueue << stopped;
      EXPECT_EQ(tally.live(), 0);
    }
  }
}

TEST_P(LanesOverLanesTest, OneIsStoppedDuringALoop) {
  for (std::size_t stopped = 0; stopped <= lanes().size(); ++stopped) {
    Count ran;
    const Stack stack(workers(), lanes());
    bool is_armed = true;
    const AsyncHook hook =
        CreateHook({.enqueue = [&](const auto&) {
          if (!is_armed) return;
          is_armed = false;
          stack.at(stopped).ShutdownFor(std::chrono::seconds(0));
        }}).Enable();
    // It was accepted before: who forks waits for it.
    ParallelFor(stack.top(), 0, 7, [&](int) { ran.Add(); });
    EXPECT_EQ(ran.get(), 7);
  }
}

TEST_P(LanesOverLanesTest, OneIsStoppedWhileTasksWait) {
  for (std::size_t stopped = 0; stopped <= lanes().size(); ++stopped) {
    Tally tally;
    std::vector<Future<int>> futures;
    {
      const Stack stack(workers(), lanes());
      std::thread others([&] {
        for (int i = 0; i < 50; ++i) {
          try {
            futures.push_back(
                stack.top().Submit([counted = Counted(tally)] { return 1; }));
          } catch (const ShutdownError&) {
          }
        }
      });
      if (workers() == kManual) others.join();
      stack.at(stopped).Shutdown(OnShutdown::kStop);
      if (others.joinable()) others.join();
    }
    for (Future<int>& future : futures) {
      try {
        EXPECT_EQ(future.Get(), 1);
      } catch (const ShutdownError&) {
      }
    }
    EXPECT_EQ(tally.live(), 0);
  }
}

// Who stops the lowest finds the lanes over it, however high, dropped.
TEST_P(LanesOverLanesTest, WhatWaitsIsDroppedByAStopBelow) {
  if (workers() != kManual) GTEST_SKIP() << "asks what has not run";
  for (std::size_t stopped = 0; stopped <= lanes().size(); ++stopped) {
    Count ran;
    const Stack stack(workers(), lanes());
    std::vector<Future<void>> futures;
    for (int i = 0; i < 2; ++i) {
      futures.push_back(stack.top().Submit([&] { ran.Add(); }));
    }
    stack.at(stopped).Shutdown(OnShutdown::kStop);
    stack.ExpectDrained();
    EXPECT_EQ(ran.get(), 0) << stopped;
    for (Future<void>& future : futures) {
      EXPECT_THROW(future.Get(), ShutdownError);
    }
  }
}

// Calls `use(lane, executor)` with a lane of each kind over `base`, where
// `executor` is that lane, or its lowest priority.
void WithEachLane(
    Executor& base,
    const std::function<void(const std::function<void()>& drain,
                             const std::function<void()>& shut_down,
                             Executor& executor)>& use) {
  const auto use_lane = [&use](auto& lane, Executor& executor) {
    use([&lane] { lane.Drain(); },
        [&lane] { lane.Shutdown(OnShutdown::kDrain); }, executor);
  };
  {
    SerialExecutor strand(base);
    use_lane(strand, strand);
  }
  {
    PriorityExecutor levels(base);
    use_lane(levels, levels.at(Priority::kLow));
  }
  {
    FewWaiting bounded(base);
    use_lane(bounded, bounded);
  }
}

// A lane may go inside a task of what it stands over. Where that has a strand
// in it nothing of the lane can run before the task has ended: it runs after.
TEST_P(LanesOverLanesTest, OneGoesInsideATaskBelowIt) {
  Count ran;
  const Stack stack(workers(), lanes());
  for (std::size_t i = 0; i < stack.size(); ++i) {
    Executor& base = stack.at(i);
    Future<void> used = base.Submit([&] {
      WithEachLane(base, [&](const auto&, const auto&, Executor& executor) {
        executor.Post([&] { ran.Add(); });
        executor.Post([&] { ran.Add(); });
      });
    });
    ASSERT_TRUE(used.WaitFor(kLong)) << "over executor " << i;
  }
  stack.ExpectDrained();
  EXPECT_EQ(ran.get(), 6 * static_cast<int>(stack.size()));
}

TEST_P(LanesOverLanesTest, OneIsShutDownInsideATaskBelowIt) {
  Count ran;
  const Stack stack(workers(), lanes());
  for (std::size_t i = 0; i < stack.size(); ++i) {
    Executor& base = stack.at(i);
    Future<void> used = base.Submit([&] {
      WithEachLane(base,
                   [&](const auto&, const auto& shut_down, Executor& executor) {
                     executor.Post([&] { ran.Add(); });
                     shut_down();
                     EXPECT_THROW(executor.Post([] {}), ShutdownError);
                   });
    });
    ASSERT_TRUE(used.WaitFor(kLong)) << "over executor " << i;
  }
  stack.ExpectDrained();
  EXPECT_EQ(ran.get(), 3 * static_cast<int>(stack.size()));
}

TEST_P(LanesOverLanesTest, NobodyWaitsForWhatRunsLater) {
  Count ran;
  const Stack stack(workers(), lanes());
  for (std::size_t i = 0; i < stack.size(); ++i) {
    Executor& base = stack.at(i);
    const bool runs_later = lanes().find('s') < i;
    Future<void> used = base.Submit([&] {
      WithEachLane(base,
                   [&](const auto& drain, const auto&, Executor& executor) {
                     const auto before = ran.get();
                     executor.Post([&] { ran.Add(); });
                     if (runs_later) {
                       EXPECT_THROW(drain(), DeadlockError);
                       EXPECT_THROW(static_cast<void>(executor.DrainFor(kLong)),
                                    DeadlockError);
                     } else {
                       drain();
                       EXPECT_EQ(ran.get(), before + 1);
                     }
                   });
    });
    ASSERT_TRUE(used.WaitFor(kLong)) << "over executor " << i;
    used.Get();
  }
  stack.ExpectDrained();
  EXPECT_EQ(ran.get(), 3 * static_cast<int>(stack.size()));
}

// Each way to wait for something of a lane inside a task below it: done, or
// refused where it cannot be, and then it is dropped or runs later. A loop is
// not refused where the calling thread does all of it.
TEST_P(LanesOverLanesTest, EachWaitInsideATaskBelowItEnds) {
  constexpr std::size_t kLoops = 4;  // they begin there
  const std::array<std::function<void(Executor&)>, 6> waits{
      [](Executor& executor) { executor.Submit([] {}).Get(); },
      [](Executor& executor) { executor.Submit([] {}).Share().Wait(); },
      [](Executor& executor) {
        static_cast<void>(executor.Submit([] {}).WaitFor(kLong));
      },
      [](Executor& executor) {
        TaskGroup group(executor);
        group.Run([] {});
        group.Wait();
      },
      [](Executor& executor) { ParallelFor(executor, 0, 5, [](int) {}); },
      [](Executor& executor) { Join(executor, [] {}, [] {}); }};
  const Stack stack(workers(), lanes());
  for (std::size_t i = 0; i < stack.size(); ++i) {
    Executor& base = stack.at(i);
    const bool runs_later = lanes().find('s') < i;
    for (std::size_t wait = 0; wait < waits.size(); ++wait) {
      const std::string which = "wait " + std::to_string(wait) +
                                " over executor " + std::to_string(i);
      Future<void> used = base.Submit([&] {
        WithEachLane(base, [&](const auto&, const auto&, Executor& executor) {
          bool is_refused = false;
          try {
            waits[wait](executor);
          } catch (const DeadlockError&) {
            is_refused = true;
          }
          if (wait < kLoops) {
            EXPECT_EQ(is_refused, runs_later) << which;
          } else {
            EXPECT_LE(is_refused, runs_later) << which;
          }
        });
      });
      ASSERT_TRUE(used.WaitFor(kLong)) << which;
    }
  }
}

TEST_P(LanesOverLanesTest, NothingIsLeftWhereMemoryRunsOut) {
  MakeExecutor(workers())->Submit([] {}).Get();
  const std::array<std::function<void(Executor&, Count&)>, 4> calls{
      [](Executor& executor, Count& ran) {
        executor.Post([&ran] { ran.Add(); });
      },
      [](Executor& executor, Count& ran) {
        ParallelFor(executor, 0, 1, [&ran](int) { ran.Add(); });
      },
      [](Executor& executor, Count& ran) {
        Join(executor, [&ran] { ran.Add(); }, [] {});
      },
      [](Executor& executor, Count& ran) {
        executor
            .Submit([&ran, bytes = std::array<char, 400>()] {
              ran.Add();
              return bytes[0];
            })
            .Get();
      }};
  for (const auto& call : calls) {
    for (int n = 0; n < 12; ++n) {
      Count ran;
      Count refused;
      const Stack stack(workers(), lanes());
      stack.top().Post([] {});
      // A new thread has no memory of tasks that it could use again.
      std::thread([&] {
        tests::FailAllocation(n);
        for (int i = 0; i < 3; ++i) {
          try {
            call(stack.top(), ran);
          } catch (const std::bad_alloc&) {
            refused.Add();
          }
        }
        tests::FailAllocation(-1);
        call(stack.top(), ran);
      }).join();
      stack.ExpectDrained();
      EXPECT_EQ(ran.get() + refused.get(), 4) << "allocation " << n;
      EXPECT_LE(refused.get(), 1);
    }
  }
}

std::string LanesName(
    const testing::TestParamInfo<std::tuple<int, const char*>>& info) {
  return KindName({std::get<0>(info.param), 0}) + "_" + std::get<1>(info.param);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, LanesOverLanesTest,
    testing::Combine(testing::Values(kManual, 1, 2, 8, kBlockingKind + 2),
                     testing::Values("s", "ss", "sss", "ssss", "bsp", "psb",
                                     "sbs", "spbs", "bbb", "ppp")),
    LanesName);

}  // namespace
}  // namespace weft
