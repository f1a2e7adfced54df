// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The seam alone, on plain threads, so that ThreadSanitizer sees all of it.

#include "weft/adapters/onetbb/internal/flow_scopes.h"

#include <atomic>
#include <memory>
#include <new>
#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "weft/adapters/onetbb/internal/bound_task.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/storage_scope.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/default_trigger_scope.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/tests/support/allocations.h"
#include "weft/tests/support/call_when_gone.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft::tbb_internal {
namespace {

using Shared = std::shared_ptr<void>;

TEST(OutsideScopeTest, HidesContextIdsAndTrigger) {
  const AsyncLocalStorage<int> storage;
  const AsyncId root = ExecutionAsyncId();
  storage.Run(1, [&] {
    const AsyncResource resource("CALLER");
    resource.RunInAsyncScope([&] {
      const DefaultTriggerScope trigger(42);
      {
        const OutsideScope outside;
        EXPECT_FALSE(storage.IsBound());
        EXPECT_EQ(ExecutionAsyncId(), root);
        EXPECT_EQ(AsyncResource("INNER").trigger_async_id(), root);
        storage.EnterWith(2);
      }
      EXPECT_EQ(*storage.GetStore(), 1);
      EXPECT_EQ(ExecutionAsyncId(), resource.async_id());
      EXPECT_EQ(AsyncResource("INNER").trigger_async_id(), 42u);
    });
  });
}

TEST(OutsideScopeTest, WhereNothingRunsItStaysSo) {
  AsyncId inside = kMainAsyncId;
  AsyncId afterwards = kMainAsyncId;
  AsyncHook hook = CreateHook({.destroy = [&](const DestroyEvent&) {
                     {
                       const OutsideScope outside;
                       inside = ExecutionAsyncId();
                     }
                     afterwards = ExecutionAsyncId();
                   }}).Enable();
  AsyncResource("ONE").EmitDestroy();
  EXPECT_EQ(inside, kNoAsyncId);
  EXPECT_EQ(afterwards, kNoAsyncId);
}

TEST(AlgorithmCallTest, LendsTheCallersContextToBodies) {
  const AsyncLocalStorage<int> storage;
  storage.Run(1, [&] {
    const AsyncId self = ExecutionAsyncId();
    {
      const AlgorithmCall call("CALL", {});
      EXPECT_FALSE(storage.IsBound());
      const BodyScope body(call);
      EXPECT_EQ(*storage.GetStore(), 1);
      EXPECT_EQ(ExecutionAsyncResource().type(), "CALL");
      EXPECT_EQ(TriggerAsyncId(), self);
    }
    EXPECT_EQ(*storage.GetStore(), 1);
    EXPECT_EQ(ExecutionAsyncId(), self);
  });
}

TEST(AlgorithmCallTest, LendsWhatItsInitHasEntered) {
  const AsyncLocalStorage<int> storage;
  AsyncHook hook = CreateHook({.init = [&](const InitEvent&) {
                     storage.EnterWith(2);
                   }}).Enable();
  storage.Run(1, [&] {
    const AlgorithmCall call("CALL", {});
    const BodyScope body(call);
    EXPECT_EQ(*storage.GetStore(), 2);
  });
}

TEST(AlgorithmCallTest, NeitherCallNorBodyAllocates) {
  const AsyncLocalStorage<int> storage;
  storage.Run(1, [&] {
    EXPECT_EQ(tests::AllocationsIn([&] {
                const AlgorithmCall call("CALL", {});
                for (int i = 0; i < 10; ++i) const BodyScope body(call);
              }),
              0);
  });
}

TEST(BodyScopeTest, KeepsTheCallersFrameWhateverItEnters) {
  const AsyncLocalStorage<Shared> storage;
  const AsyncLocalStorage<int> other;
  bool gone = false;
  storage.Run(tests::CallWhenGone([&] { gone = true; }), [&] {
    const AlgorithmCall call("CALL", {});
    const ContextSnapshot none;
    for (int i = 0; i < 100; ++i) {
      const BodyScope body(call);
      const ContextSnapshot start = ContextSnapshot::Capture();
      other.EnterWith(1);
      other.EnterWith(2);
      if (i % 2 == 0) storage.EnterWith(nullptr);
      other.Run(3, [&] { storage.EnterWith(nullptr); });
      start.Run([&] { EXPECT_NE(storage.GetStore()->use_count(), 0); });
    }
    for (int i = 0; i < 100; ++i) {
      const BodyScope body(call);
      {
        const StepScope steps(call);
        EXPECT_TRUE(steps.IsFresh());
        other.EnterWith(1);
        EXPECT_FALSE(steps.IsFresh());
      }
      EXPECT_FALSE(other.IsBound());
      EXPECT_NE(storage.GetStore()->use_count(), 0);
    }
    EXPECT_FALSE(gone);
  });
  EXPECT_TRUE(gone);  // no reference too many, and none too few (ASan)
}

TEST(BodyScopeTest, BodiesNestAndSnapshotsOutliveTheCall) {
  const AsyncLocalStorage<Shared> storage;
  bool gone = false;
  std::optional<ContextSnapshot> kept;
  storage.Run(tests::CallWhenGone([&] { gone = true; }), [&] {
    const AlgorithmCall call("CALL", {});
    const BodyScope outer(call);
    storage.EnterWith(nullptr);
    {
      const BodyScope inner(call);
      EXPECT_NE(storage.GetStore()->use_count(), 0);
      kept = ContextSnapshot::Capture();
      storage.EnterWith(nullptr);
    }
    EXPECT_EQ(storage.GetStore()->use_count(), 0);
  });
  EXPECT_FALSE(gone);
  kept.reset();
  EXPECT_TRUE(gone);
}

// As when a thread runs a body of the call inside another, again and again.
TEST(BodyScopeTest, ManyFlowsMayBorrowAtOnce) {
  const AsyncLocalStorage<Shared> storage;
  bool gone = false;
  storage.Run(tests::CallWhenGone([&] { gone = true; }), [&] {
    const AlgorithmCall call("CALL", {});
    const auto descend = [&](const auto& self, int depth) -> void {
      const BodyScope body(call);
      EXPECT_NE(storage.GetStore()->use_count(), 0);
      storage.EnterWith(nullptr);
      EXPECT_FALSE(gone);
      if (depth > 0) self(self, depth - 1);
    };
    descend(descend, 1000);
    EXPECT_FALSE(gone);
  });
  EXPECT_TRUE(gone);
}

TEST(BodyScopeDeathTest, AStorageScopeMustEndInside) {
  const AsyncLocalStorage<int> storage;
  EXPECT_DEATH(
      {
        const AlgorithmCall call("CALL", {});
        const BodyScope body(call);
        new StorageScope(storage.WithScope(1));  // leaked on purpose
      },
      "a StorageScope outlived");
}

TEST(BodyScopeStressTest, ThreadsShareOneCall) {
  const AsyncLocalStorage<std::string> storage;
  std::atomic<int> wrong{0};
  for (int round = 0; round < tests::StressRounds(100); ++round) {
    bool gone = false;
    const AsyncLocalStorage<Shared> token;
    token.Run(tests::CallWhenGone([&] { gone = true; }), [&] {
      storage.Run("caller", [&] {
        const AlgorithmCall call("CALL", {});
        tests::RunOnThreads(8, [&](int thread) {
          for (int i = 0; i < 100; ++i) {
            const BodyScope body(call);
            if (*storage.GetStore() != "caller") {
              // relaxed: a count, read when the threads have ended.
              wrong.fetch_add(1, std::memory_order_relaxed);
            }
            if (i % 2 == 0) storage.EnterWith(std::to_string(thread));
            const ContextSnapshot snapshot = ContextSnapshot::Capture();
          }
        });
      });
    });
    EXPECT_TRUE(gone);
  }
  // relaxed: the threads have ended.
  EXPECT_EQ(wrong.load(std::memory_order_relaxed), 0);
}

TEST(BoundTaskTest, RunsOnceInItsContextAndIsGone) {
  const AsyncLocalStorage<int> storage;
  const auto token = std::make_shared<int>(0);
  auto task = storage.Run(1, [&] {
    return BindTask([&, token] { return *storage.GetStore(); }, "TASK", {});
  });
  EXPECT_EQ(token.use_count(), 2);
  EXPECT_EQ(task(), 1);
  EXPECT_EQ(token.use_count(), 1);
}

TEST(BoundTaskTest, ItsOneAllocationMayFail) {
  const auto token = std::make_shared<int>(0);
  tests::FailAllocation(0);
  EXPECT_THROW(BindTask([token] {}, "TASK", {}), std::bad_alloc);
  tests::FailAllocation(-1);
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_EQ(tests::AllocationsIn([&] { BindTask([token] {}, "TASK", {}); }), 1);
}

TEST(CallerFlowTest, ContinuesOnAnotherThreadAndComesBack) {
  const AsyncLocalStorage<std::string> storage;
  const AsyncResource resource("CALLER");
  resource.RunInAsyncScope([&] {
    storage.EnterWith("before");
    const DefaultTriggerScope trigger(42);
    {
      CallerFlow caller;
      EXPECT_FALSE(storage.IsBound());
      tests::RunOnThreads(1, [&](int) {
        {
          const CallerFlow::Scope scope(caller);
          EXPECT_EQ(*storage.GetStore(), "before");
          EXPECT_EQ(ExecutionAsyncId(), resource.async_id());
          EXPECT_EQ(AsyncResource("INNER").trigger_async_id(), 42u);
          storage.EnterWith("there");
        }
        EXPECT_FALSE(storage.IsBound());
      });
    }
    EXPECT_EQ(*storage.GetStore(), "there");
    EXPECT_EQ(ExecutionAsyncId(), resource.async_id());
  });
  EXPECT_FALSE(storage.IsBound());
}

}  // namespace
}  // namespace weft::tbb_internal
