// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/onetbb/task_arena.h"

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "gtest/gtest.h"
#include "oneapi/tbb/global_control.h"
#include "oneapi/tbb/task_arena.h"
#include "tests/adapters/onetbb/event_balance.h"
#include "tests/adapters/onetbb/onetbb_threads.h"
#include "weft/adapters/onetbb/task_group.h"
#include "weft/context/async_local_storage.h"
#include "weft/hooks/execution.h"

namespace weft {
namespace {

class TbbTaskArenaTest : public tests::OneTbbTest {
 protected:
  const ::tbb::global_control control_{
      ::tbb::global_control::max_allowed_parallelism, 16};
  const AsyncLocalStorage<std::string> tenant_;
};

TEST_P(TbbTaskArenaTest, WhatIsEnqueuedRunsInItsContext) {
  tbb::task_arena arena(GetParam());
  constexpr int kTasks = 200;
  std::latch done(kTasks);
  std::atomic<int> wrong{0};
  for (int i = 0; i < kTasks; ++i) {
    tenant_.Run(std::to_string(i), [&] {
      arena.enqueue([&, i] {
        if (*tenant_.GetStore() != std::to_string(i)) {
          // relaxed: a count; the latch orders it.
          wrong.fetch_add(1, std::memory_order_relaxed);
        }
        tenant_.EnterWith("left behind");
        done.count_down();
      });
    });
  }
  done.wait();
  // relaxed: as above.
  EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);
}

TEST_P(TbbTaskArenaTest, WhatIsEnqueuedHasItsEvents) {
  const auto events = std::make_unique<tests::EventBalance>();
  {
    tbb::task_arena arena(GetParam());
    // A captured value goes before the destroy event; a handle's group knows.
    tbb::task_group group;
    std::latch done(20);
    const unsigned line = __LINE__ + 2;
    for (int i = 0; i < 20; ++i) {
      arena.enqueue(group.defer([&] { done.count_down(); }));
    }
    done.wait();
    arena.execute([&] { group.wait(); });
    const auto lives = events->Finish();
    ASSERT_EQ(lives.size(), 20u);
    for (const auto& life : lives) {
      EXPECT_EQ(life.type, "TBB_TASK");
      EXPECT_EQ(life.line, line);
      EXPECT_EQ(life.runs, 1);
    }
  }
}

TEST_P(TbbTaskArenaTest, AnEnqueuedTaskIsAResourceOfTheCallers) {
  tbb::task_arena arena(GetParam());
  std::latch done(1);
  std::string type;
  AsyncId trigger = kNoAsyncId;
  arena.enqueue([&] {
    type = ExecutionAsyncResource().type();
    trigger = TriggerAsyncId();
    done.count_down();
  });
  done.wait();
  EXPECT_EQ(type, "TBB_ENQUEUED_TASK");
  EXPECT_EQ(trigger, ExecutionAsyncId());
}

TEST_P(TbbTaskArenaTest, TasksEnqueueInTheirOwnArena) {
  tbb::task_arena arena(GetParam());
  std::latch done(1);
  std::string seen;
  tenant_.Run("ada", [&] {
    arena.enqueue([&] {
      tbb::this_task_arena::enqueue([&] {
        seen = *tenant_.GetStore();
        done.count_down();
      });
    });
  });
  done.wait();
  EXPECT_EQ(seen, "ada");
}

TEST_P(TbbTaskArenaTest, ExecuteIsACall) {
  tbb::task_arena arena(GetParam());
  tests::EventBalance events;
  tenant_.Run("ada", [&] {
    const AsyncId self = ExecutionAsyncId();
    const int answer = arena.execute([&] {
      EXPECT_EQ(*tenant_.GetStore(), "ada");
      EXPECT_EQ(ExecutionAsyncId(), self);
      EXPECT_EQ(tbb::this_task_arena::max_concurrency(), GetParam());
      tenant_.EnterWith("entered inside");
      return 42;
    });
    EXPECT_EQ(answer, 42);
    EXPECT_EQ(*tenant_.GetStore(), "entered inside");
    EXPECT_THROW(arena.execute([&] {
      tenant_.EnterWith("entered before the exception");
      throw std::runtime_error("x");
    }),
                 std::runtime_error);
    EXPECT_EQ(*tenant_.GetStore(), "entered before the exception");
    EXPECT_EQ(ExecutionAsyncId(), self);
  });
  EXPECT_TRUE(events.Finish().empty());
}

// With no slot for it, the caller's function runs on a thread of the arena.
TEST_P(TbbTaskArenaTest, ExecuteOnAnotherThreadIsTheSameCall) {
  tbb::task_arena arena(GetParam(), /*reserved_for_masters=*/0);
  struct Latches {
    explicit Latches(int threads) : full(threads) {}
    std::latch full;
    std::latch release{1};
  };
  // The tasks' own: nobody waits for their ends.
  const auto latches = std::make_shared<Latches>(GetParam());
  for (int i = 0; i < GetParam(); ++i) {
    arena.enqueue([latches] {
      latches->full.count_down();
      latches->release.wait();
    });
  }
  latches->full.wait();
  std::thread releaser([&] { latches->release.count_down(); });
  tenant_.Run("ada", [&] {
    const AsyncId self = ExecutionAsyncId();
    arena.execute([&] {
      EXPECT_EQ(*tenant_.GetStore(), "ada");
      EXPECT_EQ(ExecutionAsyncId(), self);
      tenant_.EnterWith("entered there");
    });
    EXPECT_EQ(*tenant_.GetStore(), "entered there");
    EXPECT_EQ(ExecutionAsyncId(), self);
  });
  releaser.join();
}

WEFT_ONETBB_THREADS(TbbTaskArenaTest);

}  // namespace
}  // namespace weft
