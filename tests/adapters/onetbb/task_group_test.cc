// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Context and hooks through task_group. A thread that waits runs other tasks on
// its stack: other tenants', ones that throw, ones that are not Weft's. The
// waiter must not notice, and they must not see the waiter.

#include "weft/adapters/onetbb/task_group.h"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oneapi/tbb/task_group.h"
#include "tests/adapters/onetbb/event_balance.h"
#include "tests/adapters/onetbb/onetbb_threads.h"
#include "weft/context/async_local_storage.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/execution.h"
#include "weft/tests/support/call_when_gone.h"
#include "weft/tests/support/event_log.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using testing::ElementsAre;

// What a flow can tell of itself.
struct Self {
  std::string tenant;
  AsyncId id;
  AsyncId trigger;
  const Resource* resource;

  friend bool operator==(const Self&, const Self&) = default;
};

class TbbTaskGroupTest : public tests::OneTbbTest {
 protected:
  Self Current() const {
    const std::string* tenant = tenant_.GetStore();
    return {tenant == nullptr ? "none" : *tenant, ExecutionAsyncId(),
            TriggerAsyncId(), &ExecutionAsyncResource()};
  }

  const AsyncLocalStorage<std::string> tenant_;
};

// With one thread, oneTBB takes the newest task first: the order is certain.
TEST(TbbTaskGroupWaiterTest, ForeignAndThrowingTasksLeaveTheWaiterUntouched) {
  const AsyncLocalStorage<std::string> tenant;
  const auto current = [&] {
    const std::string* store = tenant.GetStore();
    return Self{store == nullptr ? "none" : *store, ExecutionAsyncId(),
                TriggerAsyncId(), &ExecutionAsyncResource()};
  };
  std::vector<std::string> order;
  tests::InArena(1, [&] {
    const Self outside = current();
    tbb::task_group graces;
    ::tbb::task_group raws;
    tbb::task_group waiters;
    tenant.Run("ada", [&] {
      waiters.run_and_wait([&] {
        tenant.EnterWith("ada's own");
        const Self before = current();
        Self seen_by_child;
        tbb::task_group group;
        group.run([&] {
          order.push_back("child");
          seen_by_child = current();
        });
        raws.run([&] {
          order.push_back("raw");
          // As on a thread of oneTBB's own.
          EXPECT_EQ(current(), outside);
          tenant.EnterWith("left behind by a raw task");
        });
        tenant.Run("grace", [&] {
          graces.run([&] {
            order.push_back("grace throws");
            EXPECT_EQ(*tenant.GetStore(), "grace");
            tenant.EnterWith("left behind");
            throw std::runtime_error("grace's");
          });
        });

        group.wait();

        EXPECT_EQ(current(), before);
        EXPECT_EQ(before.tenant, "ada's own");
        EXPECT_EQ(seen_by_child.tenant, "ada's own");
        EXPECT_EQ(seen_by_child.trigger, before.id);
        EXPECT_NE(seen_by_child.id, before.id);
      });
    });
    EXPECT_EQ(current(), outside);
    EXPECT_THROW(graces.wait(), std::runtime_error);
    raws.wait();
    EXPECT_EQ(current(), outside);
  });

  EXPECT_THAT(order, ElementsAre("grace throws", "raw", "child"));
}

TEST_P(TbbTaskGroupTest, EachTaskSeesItsSubmittersContext) {
  InArena([&] {
    tbb::task_group group;
    std::atomic<int> right{0};
    for (int i = 0; i < 100; ++i) {
      tenant_.Run(std::to_string(i), [&] {
        group.run([&, i] {
          // relaxed: a count, read after the wait.
          if (*tenant_.GetStore() == std::to_string(i)) {
            right.fetch_add(1, std::memory_order_relaxed);
          }
          tenant_.EnterWith("left behind");
        });
      });
    }
    group.wait();
    // relaxed: as above.
    EXPECT_EQ(right.load(std::memory_order_relaxed), 100);
    EXPECT_EQ(tenant_.GetStore(), nullptr);
  });
}

TEST_P(TbbTaskGroupTest, ADeferredTaskHasTheContextOfDefer) {
  InArena([&] {
    tbb::task_group group;
    std::string seen;
    tbb::task_handle handle = tenant_.Run("deferrer", [&] {
      return group.defer([&] { seen = *tenant_.GetStore(); });
    });
    tenant_.Run("runner", [&] { group.run(std::move(handle)); });
    group.wait();
    EXPECT_EQ(seen, "deferrer");

    handle = tenant_.Run("deferrer again", [&] {
      return group.defer([&] { seen = *tenant_.GetStore(); });
    });
    tenant_.Run("runner", [&] { group.run_and_wait(std::move(handle)); });
    EXPECT_EQ(seen, "deferrer again");
  });
}

TEST_P(TbbTaskGroupTest, CapturesAreDestroyedInTheTasksContext) {
  InArena([&] {
    std::string run_in;
    std::string dropped_in;
    std::string cancelled_in;
    const auto when_gone = [&](std::string& where) {
      return tests::CallWhenGone([&] { where = Current().tenant; });
    };
    tbb::task_group group;
    tenant_.Run("ada", [&] {
      group.run([token = when_gone(run_in)] {});
      group.wait();
      tbb::task_handle handle = group.defer([token = when_gone(dropped_in)] {});
      tenant_.Exit([&] { handle = {}; });
      group.cancel();
      group.run([token = when_gone(cancelled_in)] {});
    });
    group.wait();
    EXPECT_EQ(run_in, "ada");
    EXPECT_EQ(dropped_in, "ada");
    EXPECT_EQ(cancelled_in, "ada");
  });
}

TEST_P(TbbTaskGroupTest, ValuesAreReleasedBeforeWaitReturns) {
  InArena([&] {
    const AsyncLocalStorage<std::shared_ptr<void>> storage;
    std::atomic<bool> gone{false};
    tbb::task_group group;
    storage.Run(tests::CallWhenGone([&] {
                  // relaxed: read after the wait.
                  gone.store(true, std::memory_order_relaxed);
                }),
                [&] {
                  for (int i = 0; i < 10; ++i) group.run([] {});
                });
    group.wait();
    // relaxed: the group has been waited for.
    EXPECT_TRUE(gone.load(std::memory_order_relaxed));
  });
}

TEST_P(TbbTaskGroupTest, EveryTaskHasItsEvents) {
  InArena([&] {
    tests::EventBalance events;
    const AsyncId self = ExecutionAsyncId();
    tbb::task_group group;
    const unsigned line = __LINE__ + 1;
    for (int i = 0; i < 50; ++i) group.run([] { tests::Work(); });
    group.wait();
    group.run_and_wait([] {});
    group.run(group.defer([] {}));
    EXPECT_THROW(group.run_and_wait([] { throw std::logic_error(""); }),
                 std::logic_error);
    const std::vector<tests::EventBalance::Life> lives = events.Finish();
    ASSERT_EQ(lives.size(), 53u);
    for (const auto& life : lives) {
      EXPECT_EQ(life.type, "TBB_TASK");
      EXPECT_EQ(life.trigger, self);
      EXPECT_EQ(life.runs, life.id == lives[51].id ? lives[51].runs : 1);
    }
    EXPECT_EQ(lives[0].line, line);
    EXPECT_EQ(lives[50].line, line + 2);
  });
}

TEST_P(TbbTaskGroupTest, WhatNeverRunsHasInitAndDestroy) {
  InArena([&] {
    tests::EventBalance events;
    tbb::task_group group;
    {
      const tbb::task_handle dropped = group.defer([] {});
    }
    group.cancel();
    for (int i = 0; i < 10; ++i) group.run([] {});
    EXPECT_EQ(group.run_and_wait([] {}), ::tbb::canceled);
    const std::vector<tests::EventBalance::Life> lives = events.Finish();
    EXPECT_EQ(lives.size(), 12u);
    for (const auto& life : lives) EXPECT_EQ(life.runs, 0);
  });
}

TEST(TbbTaskGroupEventsTest, ComeInOrder) {
  tests::InArena(1, [&] {
    tests::EventLog log;
    AsyncHook hook = CreateHook(log.Callbacks()).Enable();
    tbb::task_group group;
    group.run([&] {
      log.Add("in " + log.NameOf(ExecutionAsyncId()));
      group.run([&] { log.Add("in " + log.NameOf(ExecutionAsyncId())); });
    });
    group.wait();
    hook.DisableAndWait();
    EXPECT_THAT(
        log.lines(),
        ElementsAre("init TBB_TASK <- root", "before TBB_TASK", "in TBB_TASK",
                    "init TBB_TASK#2 <- TBB_TASK", "after TBB_TASK",
                    "destroy TBB_TASK", "before TBB_TASK#2", "in TBB_TASK#2",
                    "after TBB_TASK#2", "destroy TBB_TASK#2"));
  });
}

TEST_P(TbbTaskGroupTest, TheCallersContextAndIdsOutliveAnExceptionOfWait) {
  InArena([&] {
    tenant_.Run("ada", [&] {
      const Self before = Current();
      tbb::task_group group;
      for (int i = 0; i < 10; ++i) {
        group.run([&] {
          tenant_.EnterWith("left behind");
          throw std::runtime_error("x");
        });
      }
      EXPECT_THROW(group.wait(), std::runtime_error);
      EXPECT_EQ(Current(), before);
    });
  });
}

TEST_P(TbbTaskGroupTest, TheDestructorsWaitLeavesTheCallerUntouched) {
  InArena([&] {
    tenant_.Run("ada", [&] {
      const Self before = Current();
      try {
        tbb::task_group group;
        for (int i = 0; i < 10; ++i) {
          group.run([&] { tenant_.EnterWith("left behind"); });
        }
        throw std::logic_error("out");
      } catch (const std::logic_error&) {
      }
      EXPECT_EQ(Current(), before);
    });
  });
}

// Two threads with arenas of their own, and threads of oneTBB's that serve
// both; trees of groups, each task waiting for the next.
TEST_P(TbbTaskGroupTest, TenantsNeverMix) {
  std::atomic<int> mixed{0};
  const auto check = [&](const std::string& name) {
    const std::string* store = tenant_.GetStore();
    // relaxed: a count, read after all is done.
    if (store == nullptr || *store != name) {
      mixed.fetch_add(1, std::memory_order_relaxed);
    }
  };
  const auto work = [&](const auto& self, const std::string& name,
                        int depth) -> void {
    check(name);
    if (depth == 0) return;
    tbb::task_group group;
    for (int i = 0; i < 3; ++i) {
      group.run([&, depth] {
        self(self, name, depth - 1);
        tenant_.EnterWith("left behind");
      });
    }
    group.wait();
    check(name);
  };
  InArena([&] {
    ::tbb::task_group both;
    for (int round = 0; round < tests::StressRounds(40); ++round) {
      for (const char* name : {"ada", "grace"}) {
        both.run(
            [&, name] { tenant_.Run(name, [&] { work(work, name, 4); }); });
      }
    }
    both.wait();
  });
  tests::RunOnThreads(2, [&](int i) {
    const std::string name = std::to_string(i);
    InArena([&] {
      for (int round = 0; round < tests::StressRounds(40); ++round) {
        tenant_.Run(name, [&] { work(work, name, 4); });
      }
    });
  });
  // relaxed: all is done.
  EXPECT_EQ(mixed.load(std::memory_order_relaxed), 0);
}

WEFT_ONETBB_THREADS(TbbTaskGroupTest);

}  // namespace
}  // namespace weft
