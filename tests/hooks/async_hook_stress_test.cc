// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Hooks that come and go while events happen on other threads.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/internal/hook_registry.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using tests::RunOnThreads;
using tests::StressRounds;

void Nothing() {}

// What one worker's hooks have seen. Plain: a thread's own, or handed over by
// what is tested.
struct alignas(64) Seen {
  int inits = 0;
  int befores = 0;
  int afters = 0;
  int destroys = 0;
  std::vector<AsyncId> running = {};
};
constinit thread_local Seen* seen_here = nullptr;

// Guards [H1]: a list must not be freed under its reader. Hooks that stay see
// each event once, in brackets; those that come and go are read while alive.
TEST(AsyncHookStressTest, TogglesUnderLoad) {
  constexpr int kWorkers = 6;
  constexpr int kTogglers = 2;
  const int rounds = StressRounds(30'000);
  std::vector<Seen> seen(kWorkers);
  const AsyncHook stays =
      CreateHook(
          {.init = [](const InitEvent&) { ++seen_here->inits; },
           .before =
               [](const BeforeEvent& event) {
                 ++seen_here->befores;
                 seen_here->running.push_back(event.async_id());
               },
           .after =
               [](const AfterEvent& event) {
                 ++seen_here->afters;
                 ASSERT_FALSE(seen_here->running.empty());
                 EXPECT_EQ(seen_here->running.back(), event.async_id());
                 seen_here->running.pop_back();
               },
           .destroy = [](const DestroyEvent&) { ++seen_here->destroys; }})
          .Enable();
  // Callbacks that read what dies with them.
  const auto callbacks = [] {
    const auto read = [alive = std::make_shared<int>(42)](const auto&) {
      EXPECT_EQ(*alive, 42);
    };
    return HookCallbacks{
        .init = read, .before = read, .after = read, .destroy = read};
  };

  // relaxed, all of them: a flag that hands nothing over.
  std::atomic<int> workers_left{kWorkers};
  RunOnThreads(kWorkers + kTogglers, [&](int index) {
    if (index >= kWorkers) {
      AsyncHook toggled = CreateHook(callbacks());
      // relaxed: see workers_left.
      while (workers_left.load(std::memory_order_relaxed) > 0) {
        toggled.Enable();
        const AsyncHook comes_and_goes = CreateHook(callbacks()).Enable();
        toggled.Disable();
      }
      return;
    }
    seen_here = &seen[static_cast<std::size_t>(index)];
    for (int i = 0; i < rounds; ++i) {
      const AsyncResource outer("OUTER");
      outer.RunInAsyncScope([&] {
        AsyncResource("INNER").RunInAsyncScope(Nothing);
        outer.RunInAsyncScope(Nothing);
      });
    }
    // relaxed: see workers_left.
    workers_left.fetch_sub(1, std::memory_order_relaxed);
  });

  for (const Seen& each : seen) {
    EXPECT_EQ(each.inits, 2 * rounds);
    EXPECT_EQ(each.befores, 3 * rounds);
    EXPECT_EQ(each.afters, 3 * rounds);
    EXPECT_EQ(each.destroys, 2 * rounds);
    EXPECT_TRUE(each.running.empty());
  }
}

// Runs `count` threads that make events until it is destroyed.
class Load {
 public:
  explicit Load(int count) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this] { Work(); });
  }
  ~Load() {
    // relaxed: the joins follow.
    stop_.store(true, std::memory_order_relaxed);
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void Work() {
    Seen seen;
    seen_here = &seen;
    const AsyncResource resource("LOAD");
    // relaxed: a flag that hands nothing over.
    while (!stop_.load(std::memory_order_relaxed)) {
      resource.RunInAsyncScope(Nothing);
      const AsyncResource short_lived("SHORT");
    }
  }

  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

// Guards [H2]: what callbacks did happens before DisableAndWait() returns, and
// none runs after it. All that they touch is plain, so TSan sees if not.
TEST(AsyncHookStressTest, NothingRunsAfterDisableAndWait) {
  const Load load(2);
  for (int round = 0; round < StressRounds(150); ++round) {
    bool open = true;
    std::atomic<int> calls{0};
    const auto callback = [&](const auto&) {
      EXPECT_TRUE(open);
      // relaxed: only to see that there are calls; must order nothing.
      calls.fetch_add(1, std::memory_order_relaxed);
    };
    AsyncHook hook = CreateHook({.init = callback,
                                 .before = callback,
                                 .after = callback,
                                 .destroy = callback})
                         .Enable();
    // relaxed: as above.
    while (calls.load(std::memory_order_relaxed) == 0) {
      std::this_thread::yield();
    }
    hook.DisableAndWait();
    open = false;
    // relaxed: nobody counts any more.
    const int now = calls.load(std::memory_order_relaxed);
    std::this_thread::yield();
    // relaxed: as above.
    ASSERT_EQ(calls.load(std::memory_order_relaxed), now);
  }
}

// The destructor waits as DisableAndWait() does, and nothing of the hook stays.
TEST(AsyncHookStressTest, NothingRunsAfterTheDestructor) {
  const Load load(2);
  for (int round = 0; round < StressRounds(300); ++round) {
    bool open = true;
    const auto owned = std::make_shared<int>(round);
    {
      const auto callback = [&open, owned](const ResourceEvent&) {
        EXPECT_TRUE(open);
      };
      const AsyncHook hook =
          CreateHook({.before = callback, .after = callback}).Enable();
      std::this_thread::yield();
    }
    open = false;
    ASSERT_EQ(owned.use_count(), 1);
  }
}

// Guards [H1]: a thread that was seen to be idle after a hook was disabled
// keeps nothing of the hook where it opens a batch later. So threads that open
// one after another keep nobody waiting.
TEST(AsyncHookStressTest, ABatchThatOpensLaterKeepsNothing) {
  using hooks_internal::HookReading;
  const auto owned = std::make_shared<int>(1);
  std::promise<void> entered;
  std::promise<void> let_go;
  std::optional<AsyncHook> hook(
      CreateHook({.init = [&, owned](const InitEvent& event) {
        if (event.type() != "STAYS") return;
        entered.set_value();
        let_go.get_future().wait();
      }}));
  hook->Enable();

  std::promise<HookReading*> known;
  std::promise<void> end;
  std::thread opens([&] {
    {
      const AsyncResource makes_a_record("A");
    }
    known.set_value(hooks_internal::this_hook_thread);
    end.get_future().wait();
  });
  HookReading& opening = *known.get_future().get();
  std::thread stays([] { const AsyncResource resource("STAYS"); });
  entered.get_future().wait();

  // It is kept by the one thread; the other is idle, and is seen to be.
  hook->Disable();
  // relaxed: as a batch that opens does it.
  opening.reading.store(HookReading::kOpening, std::memory_order_relaxed);
  let_go.set_value();
  stays.join();
  std::future<void> gone =
      std::async(std::launch::async, [&] { hook.reset(); });
  EXPECT_EQ(gone.wait_for(std::chrono::seconds(60)), std::future_status::ready);
  // It would wait until now if it were kept.
  // relaxed: nothing was called.
  opening.reading.store(HookReading::kIdle, std::memory_order_relaxed);
  gone.wait();
  EXPECT_EQ(owned.use_count(), 1);
  end.set_value();
  opens.join();
}

// Several threads wait for hooks that others are in the middle of, none for
// ever: a wait inside of a callback does not wait.
TEST(AsyncHookStressTest, ThreadsThatDisableEachOthersHooksGoOn) {
  constexpr std::size_t kThreads = 4;
  std::vector<std::unique_ptr<AsyncHook>> hooks(kThreads);
  for (std::unique_ptr<AsyncHook>& hook : hooks) {
    hook = std::make_unique<AsyncHook>(
        CreateHook({.before = [](const BeforeEvent&) {}}));
  }
  std::atomic<int> calls{0};
  const AsyncHook waits =
      CreateHook({.after = [&](const AfterEvent& event) {
        // relaxed: read after the join.
        calls.fetch_add(1, std::memory_order_relaxed);
        hooks[event.async_id() % kThreads]->DisableAndWait();
      }}).Enable();
  const int rounds = StressRounds(2'000);
  RunOnThreads(kThreads, [&](int index) {
    AsyncHook& mine = *hooks[static_cast<std::size_t>(index)];
    const AsyncResource resource("A");
    for (int i = 0; i < rounds; ++i) {
      mine.Enable();
      resource.RunInAsyncScope(Nothing);
      AsyncResource("B").RunInAsyncScope(Nothing);
      mine.DisableAndWait();
    }
  });
  // relaxed: the threads are joined.
  EXPECT_EQ(calls.load(std::memory_order_relaxed),
            2 * rounds * static_cast<int>(kThreads));
}

// A hook is reported once, and its owner may go, whoever fails at the time.
TEST(AsyncHookStressTest, FailuresOnAllThreadsAreReportedOnce) {
  constexpr int kWorkers = 4;
  for (int round = 0; round < StressRounds(300); ++round) {
    int failures = 0;  // plain: there is one
    {
      const AsyncHook hook =
          CreateHook({.before = [](const BeforeEvent&) { throw 1; }},
                     {.on_failure = [&](const HookFailure&) { ++failures; }})
              .Enable();
      RunOnThreads(kWorkers, [](int) {
        for (int i = 0; i < 10; ++i) {
          AsyncResource("A").RunInAsyncScope(Nothing);
        }
      });
    }
    ASSERT_EQ(failures, 1);
  }
}

}  // namespace
}  // namespace weft
