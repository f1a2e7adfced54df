// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a task leaves behind - captures, stores, what it has entered, a result
// that nobody took - is destroyed as the task's own or as nobody's: never in
// the context of who runs it, drops it, or waits for it; and what those
// destructors enter ends with them.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/executor/busy_workers.h"
#include "tests/executor/executor_kinds.h"
#include "tests/executor/ways.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/cancellation.h"
#include "weft/context/context_snapshot.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/join.h"
#include "weft/executor/manual_executor.h"
#include "weft/executor/promise.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/task_group.h"
#include "weft/executor/timer.h"
#include "weft/executor/when_all.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/resource_state.h"

namespace weft {
namespace {

using testing::IsEmpty;

// Two tenants, and witnesses that know whose they are.
class LeftBehindTest : public EveryExecutorTest {
 public:
  // Sees, when it is destroyed, as whom; and leaves a mess.
  class Witness {
   public:
    Witness(LeftBehindTest& test, std::string owner, std::string what)
        : test_(test), owner_(std::move(owner)), what_(std::move(what)) {
      test_.Made();
    }
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;
    ~Witness() {
      const std::string* const tenant = test_.tenant_.GetStore();
      const AsyncId id = ExecutionAsyncId();
      // Its own context, or what another witness has left there.
      const bool is_own =
          tenant != nullptr && tenant->ends_with(owner_) && id != kNoAsyncId;
      const bool is_nobody = tenant == nullptr && id == kNoAsyncId &&
                             TriggerAsyncId() == kNoAsyncId;
      std::string wrong;
      if (!is_own && !is_nobody) {
        wrong = owner_ + "'s " + what_ + " died as " +
                (tenant == nullptr ? "none" : *tenant) + ", id " +
                std::to_string(id);
      }
      test_.tenant_.EnterWith("left by " + owner_);
      test_.Gone(std::move(wrong));
    }

   private:
    LeftBehindTest& test_;
    const std::string owner_;
    const std::string what_;
  };
  using Kept = std::shared_ptr<Witness>;

  Kept MakeWitness(std::string owner, std::string_view what) {
    return std::make_shared<Witness>(*this, std::move(owner),
                                     std::string(what));
  }

  // Calls `fn()` as a tenant's, in whose context there is a witness besides.
  template <typename Fn>
  void As(const std::string& owner, std::string_view what, const Fn& fn) {
    tenant_.Run(owner, [&] {
      // Entered, and not bound by a scope: so the last reference is the task's.
      ContextSnapshot::Capture().Run([&] {
        carried_.EnterWith(MakeWitness(owner, std::string(what) + ": store"));
        fn();
        carried_.EnterWith(nullptr);
      });
    });
  }

  // A function of bob's: with a witness captured, one entered, and one attached
  // to the task.
  std::function<void()> BobsTask(std::string_view what) {
    Kept captured = MakeWitness("bob", std::string(what) + ": capture");
    return [this, captured = std::move(captured), what = std::string(what)] {
      carried_.EnterWith(MakeWitness("bob", what + ": entered"));
      if (ExecutionAsyncId() != kNoAsyncId) {
        state_.Set(ExecutionAsyncResource(),
                   MakeWitness("bob", what + ": state"));
      }
    };
  }

  // Calls `fn()` as ada, who must still be that afterwards.
  template <typename Fn>
  void AsAda(const Fn& fn) {
    tenant_.Run("ada", [&] {
      fn();
      ASSERT_NE(tenant_.GetStore(), nullptr);
      EXPECT_EQ(*tenant_.GetStore(), "ada");
    });
  }

  void ExpectAllIsRight(Executor* executor = nullptr) {
    {
      std::unique_lock lock(mutex_);
      none_left_.wait(lock, [this] { return left_ == 0; });
      EXPECT_THAT(wrong_, IsEmpty());
      wrong_.clear();
    }
    if (executor == nullptr) return;
    for (int i = 0; i < 16; ++i) {
      EXPECT_TRUE(
          executor->Submit([this] { return tenant_.GetStore() == nullptr; })
              .Get());
    }
  }

  static void RunManual(Executor& executor) {
    if (auto* const manual = dynamic_cast<ManualExecutor*>(&executor)) {
      manual->AdvanceBy(std::chrono::milliseconds(1));
    }
  }

  const AsyncLocalStorage<std::string> tenant_;
  const AsyncLocalStorage<Kept> carried_;
  const ResourceState<Kept> state_;

 private:
  void Made() {
    const std::lock_guard lock(mutex_);
    ++left_;
  }
  void Gone(std::string wrong) {
    const std::lock_guard lock(mutex_);
    if (!wrong.empty()) wrong_.push_back(std::move(wrong));
    if (--left_ == 0) none_left_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable none_left_;
  int left_ = 0;
  std::vector<std::string> wrong_;
};
WEFT_EVERY_EXECUTOR(LeftBehindTest);
WEFT_OTHER_EXECUTORS(LeftBehindTest);

TEST_P(LeftBehindTest, ByTasksThatHaveRun) {
  for (const Way& way : kWays) {
    if (!HasClock(way, GetParam())) continue;
    if (std::string_view(way.name) == "AsyncResource") continue;
    SCOPED_TRACE(way.name);
    const auto executor = Make();
    AsAda([&] {
      As("bob", way.name, [&] { way.submit(*executor, BobsTask(way.name)); });
      RunManual(*executor);
      executor->Drain();
    });
    ExpectAllIsRight(executor.get());
  }
}

TEST_P(LeftBehindTest, ByTasksThatThrow) {
  const auto executor = Make({.on_unhandled_exception = [](auto) {}});
  AsAda([&] {
    As("bob", "throwing", [&] {
      static_cast<void>(executor->Submit([this, fn = BobsTask("Submit")] {
        fn();
        throw MakeWitness("bob", "Submit: exception");
      }));
      executor->Post([this, fn = BobsTask("Post")] {
        fn();
        throw MakeWitness("bob", "Post: exception");
      });
    });
    RunManual(*executor);
    executor->Drain();
  });
  ExpectAllIsRight(executor.get());
}

TEST_P(LeftBehindTest, ByTasksWhoseResultNobodyTakes) {
  const auto executor = Make();
  AsAda([&] {
    As("bob", "result", [&] {
      static_cast<void>(executor->Submit(
          [this] { return MakeWitness("bob", "Submit: result"); }));
      static_cast<void>(
          executor->Submit([this] { return MakeWitness("bob", "Then: input"); })
              .Then(
                  [this](Kept) { return MakeWitness("bob", "Then: result"); }));
      static_cast<void>(
          Spawn(*executor, [](LeftBehindTest& test) -> Task<Kept> {
            co_return test.MakeWitness("bob", "Spawn: result");
          }(*this)));
    });
    RunManual(*executor);
    executor->Drain();
  });
  ExpectAllIsRight(executor.get());
}

// The future outlives the executor's part; who drops it is somebody else.
TEST_P(LeftBehindTest, ByTasksWhoseFutureAnotherDrops) {
  const auto executor = Make();
  std::vector<Future<Kept>> futures;
  Future<std::vector<Kept>> all;
  As("bob", "future", [&] {
    futures.push_back(executor->Submit(
        [this] { return MakeWitness("bob", "dropped result"); }));
    futures.push_back(executor->Submit(
        [this]() -> Kept { throw MakeWitness("bob", "dropped exception"); }));
    std::vector<Future<Kept>> inputs;
    inputs.push_back(
        executor->Submit([this] { return MakeWitness("bob", "WhenAll's"); }));
    all = WhenAll(*executor, std::move(inputs));
  });
  RunManual(*executor);
  executor->Drain();
  AsAda([&] {
    futures.clear();
    all = {};
  });
  ExpectAllIsRight(executor.get());
}

TEST_P(LeftBehindTest, ByTasksOfAGroupThatAnotherWaitsFor) {
  const auto executor = Make();
  const auto run = [&] {
    AsAda([&] {
      TaskGroup group(*executor);
      for (int i = 0; i < 8; ++i) {
        As("bob", "group", [&] { group.Run(BobsTask("TaskGroup::Run")); });
      }
      group.Wait();
      EXPECT_EQ(*tenant_.GetStore(), "ada");
      As("bob", "cancelled", [&] { group.Run(BobsTask("cancelled in it")); });
      group.Cancel();
      group.Wait();
    });
  };
  if (WorkersOf(GetParam()) == kManual || KindOf(GetParam()) == kSerialKind ||
      KindOf(GetParam()) == kBoundedKind) {
    run();
  } else {
    executor->Submit(run).Get();
  }
  ExpectAllIsRight(executor.get());
}

TEST_P(LeftBehindTest, ByPartsOfAForkThatEnter) {
  WEFT_SKIP_IF_SERIAL("a serial executor forks nothing");
  const auto executor = Make();
  AsAda([&] {
    executor
        ->Submit([&] {
          const auto part = [&] {
            carried_.EnterWith(MakeWitness("ada", "Join: entered"));
            state_.Set(ExecutionAsyncResource(),
                       MakeWitness("ada", "Join: state"));
          };
          for (int i = 0; i < 8; ++i) Join(part, part, part);
          EXPECT_EQ(*tenant_.GetStore(), "ada");
        })
        .Get();
  });
  ExpectAllIsRight(executor.get());
}

TEST_P(LeftBehindTest, ByTasksThatAreDroppedWhenAnotherStopsTheExecutor) {
  const auto executor = Make();
  Promise<void> promise(*executor);
  {
    std::optional<BusyWorkers> busy;
    if (WorkersOf(GetParam()) != kManual) busy.emplace(*executor);
    std::vector<Future<void>> futures;
    TaskGroup group(*executor);
    As("bob", "dropped", [&] {
      executor->Post(BobsTask("Post"));
      if (KindOf(GetParam()) != kBoundedKind) {  // has room for two
        futures.push_back(executor->Submit(BobsTask("Submit")));
        futures.push_back(Spawn(*executor, CallInCoroutine(BobsTask("Spawn"))));
        group.Run(BobsTask("TaskGroup::Run"));
      }
      futures.push_back(promise.GetFuture().Then(BobsTask("Then")));
      if (HasClock(kWays[6], GetParam())) {
        executor->PostAfter(std::chrono::hours(1), BobsTask("PostAfter"));
        executor->PostEvery(std::chrono::hours(1), BobsTask("PostEvery"),
                            {.keep_context = true});
      }
    });
    AsAda([&] {
      static_cast<void>(executor->ShutdownUntil({}));
      promise.SetValue();
      try {
        group.Wait();
      } catch (...) {
        EXPECT_EQ(*tenant_.GetStore(), "ada");
      }
    });
  }
  ExpectAllIsRight();
}

TEST_P(LeftBehindTest, ByTasksOfACancelledFlow) {
  for (const Way& way : kWays) {
    if (!HasClock(way, GetParam())) continue;
    const std::string_view name = way.name;
    if (name != "Post" && name != "Defer" && name != "PostAfter") continue;
    SCOPED_TRACE(name);
    const auto executor = Make();
    AsAda([&] {
      CancellationSource source;
      source.Cancel();
      As("bob", name, [&] {
        const CancellationScope scope(source.token());
        way.submit(*executor, BobsTask(name));
      });
      RunManual(*executor);
      executor->Drain();
    });
    ExpectAllIsRight(executor.get());
  }
}

TEST_P(LeftBehindTest, ByTimersThatAnotherCancels) {
  if (!HasClock(kWays[6], GetParam())) GTEST_SKIP() << "has no clock";
  const auto executor = Make();
  Timer once;
  Timer often;
  As("bob", "timer", [&] {
    once = executor->PostAfter(std::chrono::hours(1), BobsTask("PostAfter"));
    often = executor->PostEvery(std::chrono::hours(1), BobsTask("PostEvery"),
                                {.keep_context = true});
  });
  AsAda([&] {
    once.Cancel();
    often.Cancel();
  });
  ExpectAllIsRight(executor.get());
}

// Each run of a repeating timer starts in the context as it was captured.
TEST_P(LeftBehindTest, ByEachRunOfATimer) {
  if (!HasClock(kWays[6], GetParam())) GTEST_SKIP() << "has no clock";
  const auto executor = Make();
  Promise<void> third(*executor);
  Future<void> ran = third.GetFuture();
  Timer timer;
  AsAda([&] {
    As("bob", "timer", [&] {
      timer = executor->PostEvery(
          std::chrono::milliseconds(1),
          [&, runs = 0]() mutable {
            EXPECT_EQ(*tenant_.GetStore(), "bob");
            carried_.EnterWith(MakeWitness("bob", "PostEvery: entered"));
            if (++runs == 3) third.SetValue();
          },
          {.keep_context = true});
    });
    for (int i = 0; i < 3; ++i) RunManual(*executor);
    ran.Get();
    timer.Cancel();
    executor->Drain();
  });
  ExpectAllIsRight(executor.get());
}

// Several segments, on whichever thread; ends in one, or is destroyed.
TEST_P(LeftBehindTest, ByCoroutines) {
  const auto executor = Make();
  AsAda([&] {
    As("bob", "coroutine", [&] {
      static_cast<void>(
          Spawn(*executor, [](LeftBehindTest& test, Executor& on) -> Task<> {
            const Kept local = test.MakeWitness("bob", "coroutine: local");
            test.carried_.EnterWith(
                test.MakeWitness("bob", "coroutine: entered"));
            co_await on.Schedule();
            test.carried_.EnterWith(
                test.MakeWitness("bob", "coroutine: again"));
            co_await on.Schedule();
          }(*this, *executor)));
    });
    RunManual(*executor);
    executor->Drain();
  });
  Task<> never_started;
  As("bob", "coroutine", [&] {
    never_started = [](LeftBehindTest&, Kept) -> Task<> {
      co_return;
    }(*this, MakeWitness("bob", "coroutine: argument"));
  });
  AsAda([&] { never_started = {}; });
  ExpectAllIsRight(executor.get());
}

// The destroy hooks of a task, too, run as nobody, and before its stores go.
TEST_P(LeftBehindTest, WhichHooksDoNotChange) {
  const auto executor = Make();
  AsyncHook hook = CreateHook({.destroy = [this](const DestroyEvent&) {
    static_cast<void>(MakeWitness("nobody", "hook"));
  }});
  hook.Enable();
  AsAda([&] {
    As("bob", "hooked", [&] { executor->Post(BobsTask("Post")); });
    RunManual(*executor);
    executor->Drain();
  });
  hook.Disable();
  ExpectAllIsRight(executor.get());
}

// A snapshot's run is nobody's task; what is entered in it dies in neither
// flow.
TEST(LeftBehindBySnapshotTest, WhatWasEnteredDiesWhereNothingIsBound) {
  const AsyncLocalStorage<int> number;
  const AsyncLocalStorage<std::shared_ptr<void>> carried;
  bool was_bound = true;
  const ContextSnapshot snapshot;
  number.Run(1, [&] {
    snapshot.Run([&] {
      number.EnterWith(2);
      carried.EnterWith(std::shared_ptr<void>(nullptr, [&](void*) {
        was_bound = number.GetStore() != nullptr;
        number.EnterWith(3);
      }));
    });
    EXPECT_FALSE(was_bound);
    EXPECT_EQ(*number.GetStore(), 1);
  });
}

}  // namespace
}  // namespace weft
