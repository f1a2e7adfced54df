// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// One resource on many threads.

#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/hook_event.h"
#include "weft/tests/support/counted.h"
#include "weft/tests/support/meeting.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using testing::Pointee;
using tests::Counted;
using tests::Meeting;
using tests::RunOnThreads;
using tests::StressRounds;
using tests::Tally;

constexpr std::size_t kThreads = 2;

constinit thread_local std::size_t index_here = 0;

// What callbacks on several threads write and the destroy callback reads.
// Plain: a race, unless all of it happens before the destroy.
struct Witness {
  std::array<int, kThreads> afters = {};
  bool asked = false;
  int destroys = 0;
};

// A resource for each round, so that threads meet in the rounds only.
class Rounds {
 public:
  explicit Rounds(int count) : witnesses_(static_cast<std::size_t>(count)) {
    for (int i = 0; i < count; ++i) {
      resources_.emplace_back(
          "A", AsyncResourceOptions{.require_manual_destroy = i % 2 == 0});
    }
    hook_.Enable();
  }

  std::size_t size() const { return witnesses_.size(); }
  AsyncResource& resource(std::size_t round) { return resources_[round]; }
  Witness& witness(std::size_t round) { return witnesses_[round]; }

  void EmitDestroy(std::size_t round) {
    witnesses_[round].asked = true;
    resources_[round].EmitDestroy();
  }
  void Clear() { resources_.clear(); }

 private:
  // Made one after the other, by one thread.
  Witness& Of(AsyncId id) {
    return witnesses_[static_cast<std::size_t>(id -
                                               resources_.front().async_id())];
  }

  std::vector<Witness> witnesses_;
  std::vector<AsyncResource> resources_;
  AsyncHook hook_ =
      CreateHook({.after =
                      [this](const AfterEvent& event) {
                        ++Of(event.async_id()).afters[index_here];
                      },
                  .destroy =
                      [this](const DestroyEvent& event) {
                        Witness& witness = Of(event.async_id());
                        EXPECT_TRUE(witness.asked);
                        EXPECT_THAT(witness.afters, testing::Each(1));
                        ++witness.destroys;
                      }});
};

// Guards [D1]: scopes end on all threads while one of these asks for the
// destroy, inside of its own scope or after it.
TEST(AsyncResourceStressTest, DestroyComesAfterTheLastAfter) {
  Rounds rounds(StressRounds(20'000));
  std::vector<Meeting> opened(rounds.size());
  RunOnThreads(kThreads, [&](int thread) {
    index_here = static_cast<std::size_t>(thread);
    for (std::size_t i = 0; i < rounds.size(); ++i) {
      const std::size_t asker = i % (2 * kThreads);
      rounds.resource(i).RunInAsyncScope([&] {
        opened[i].Wait(kThreads);
        if (index_here == asker) rounds.EmitDestroy(i);
      });
      if (index_here + kThreads == asker) rounds.EmitDestroy(i);
    }
  });
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    ASSERT_EQ(rounds.witness(i).destroys, 1);
    ASSERT_THAT(rounds.witness(i).afters, testing::Each(1));
  }
  rounds.Clear();
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    ASSERT_EQ(rounds.witness(i).destroys, 1);
  }
}

// Scopes may also open after the destroy has been asked for: whatever they meet
// there, it is delivered once.
TEST(AsyncResourceStressTest, DestroyIsDeliveredOnceAmongNewScopes) {
  const int rounds = StressRounds(20'000);
  std::vector<AsyncResource> resources;
  for (int i = 0; i < rounds; ++i) resources.emplace_back("A");
  std::vector<Meeting> met(resources.size());
  std::atomic<int> destroys{0};
  const AsyncHook hook = CreateHook({.destroy = [&](const DestroyEvent&) {
                           // relaxed: read after the join.
                           destroys.fetch_add(1, std::memory_order_relaxed);
                         }}).Enable();
  RunOnThreads(kThreads, [&](int thread) {
    for (std::size_t i = 0; i < resources.size(); ++i) {
      met[i].Wait(kThreads);
      if (thread == static_cast<int>(i % kThreads)) {
        resources[i].EmitDestroy();
      } else {
        for (int j = 0; j < 10; ++j) resources[i].RunInAsyncScope([] {});
      }
    }
  });
  // relaxed: the threads are joined.
  EXPECT_EQ(destroys.load(std::memory_order_relaxed), rounds);
  resources.clear();
  // relaxed: as above.
  EXPECT_EQ(destroys.load(std::memory_order_relaxed), rounds);
}

// The same where the last of the functions bound to it goes.
TEST(AsyncResourceStressTest, LastBoundFunctionDestroysOnAnyThread) {
  Tally tally;
  const AsyncLocalStorage<Counted> storage;
  for (int round = 0; round < StressRounds(1'000); ++round) {
    Witness witness;
    const AsyncHook hook =
        CreateHook(
            {.after = [&](const AfterEvent&) { ++witness.afters[index_here]; },
             .destroy =
                 [&](const DestroyEvent&) {
                   EXPECT_THAT(witness.afters, testing::Each(1));
                   ++witness.destroys;
                 }})
            .Enable();
    std::array<std::function<AsyncId()>, kThreads> bound;
    AsyncId id = 0;
    storage.Run(Counted(tally, round), [&] {
      const AsyncResource resource("A");
      id = resource.async_id();
      bound.fill(resource.Bind([&] {
        EXPECT_EQ(storage.GetStore()->value(), round);
        return ExecutionAsyncId();
      }));
    });
    RunOnThreads(kThreads, [&](int index) {
      index_here = static_cast<std::size_t>(index);
      std::function<AsyncId()> mine =
          std::exchange(bound[static_cast<std::size_t>(index)], nullptr);
      EXPECT_EQ(mine(), id);
    });
    ASSERT_EQ(witness.destroys, 1);
    ASSERT_EQ(tally.live(), 0);
  }
}

// Each thread runs in the capture, under the resource's ids, and comes back.
TEST(AsyncResourceStressTest, ScopesOnManyThreadsAreApart) {
  const AsyncLocalStorage<int> storage;
  const AsyncResource resource =
      storage.Run(-1, [] { return AsyncResource("A"); });
  RunOnThreads(8, [&](int index) {
    const AsyncId root = ExecutionAsyncId();
    for (int i = 0; i < StressRounds(5'000); ++i) {
      resource.RunInAsyncScope([&] {
        ASSERT_THAT(storage.GetStore(), Pointee(-1));
        ASSERT_EQ(ExecutionAsyncId(), resource.async_id());
        storage.EnterWith(index);
        ASSERT_THAT(storage.GetStore(), Pointee(index));
      });
      ASSERT_FALSE(storage.IsBound());
      ASSERT_EQ(ExecutionAsyncId(), root);
    }
  });
}

}  // namespace
}  // namespace weft
