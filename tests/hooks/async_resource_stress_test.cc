// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// One resource on many threads.

#include <array>
#include <cstddef>
#include <functional>
#include <latch>
#include <memory>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/hooks/async_hook.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/async_resource.h"
#include "weft/hooks/execution.h"
#include "weft/tests/support/counted.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using testing::Pointee;
using tests::Counted;
using tests::RunOnThreads;
using tests::StressRounds;
using tests::Tally;

constexpr int kThreads = 4;

// What the after callbacks write and the destroy callback reads. Plain: a race,
// unless the last after happens before the destroy.
struct Witness {
  std::array<int, kThreads> afters = {};
  int destroys = 0;
};
constinit thread_local int index_here = 0;

AsyncHook WitnessHook(Witness& witness, int afters_each) {
  return CreateHook(
      {.after =
           [&](AsyncId) {
             ++witness.afters[static_cast<std::size_t>(index_here)];
           },
       .destroy =
           [&witness, afters_each](AsyncId) {
             for (const int afters : witness.afters) {
               EXPECT_EQ(afters, afters_each);
             }
             ++witness.destroys;
           }});
}

// Guards [D1]: scopes end on all threads while one of them, or another thread,
// asks for the destroy.
TEST(AsyncResourceStressTest, DestroyComesAfterTheLastAfter) {
  const int rounds = StressRounds(4'000);
  std::vector<Witness> witnesses(static_cast<std::size_t>(rounds));
  std::vector<AsyncResource> resources;
  for (int i = 0; i < rounds; ++i) {
    resources.emplace_back(
        "A", AsyncResourceOptions{.require_manual_destroy = i % 2 == 0});
  }
  const auto round_of = [&](AsyncId id) {
    return static_cast<std::size_t>(id - resources.front().async_id());
  };
  ASSERT_EQ(round_of(resources.back().async_id()), resources.size() - 1);
  const AsyncHook hook =
      CreateHook({.after =
                      [&](AsyncId id) {
                        ++witnesses[round_of(id)]
                              .afters[static_cast<std::size_t>(index_here)];
                      },
                  .destroy =
                      [&](AsyncId id) {
                        Witness& witness = witnesses[round_of(id)];
                        for (const int afters : witness.afters) {
                          EXPECT_EQ(afters, 1);
                        }
                        ++witness.destroys;
                      }})
          .Enable();

  std::vector<std::unique_ptr<std::latch>> opened;
  for (int i = 0; i < rounds; ++i) {
    opened.push_back(std::make_unique<std::latch>(kThreads));
  }
  RunOnThreads(kThreads, [&](int index) {
    index_here = index;
    for (int i = 0; i < rounds; ++i) {
      const auto round = static_cast<std::size_t>(i);
      resources[round].RunInAsyncScope([&] {
        opened[round]->arrive_and_wait();  // all scopes are open
        if (index == i % (2 * kThreads)) resources[round].EmitDestroy();
      });
      // In the other rounds, when its own scope is closed already.
      if (index + kThreads == i % (2 * kThreads)) {
        resources[round].EmitDestroy();
      }
    }
  });
  for (const Witness& witness : witnesses) EXPECT_EQ(witness.destroys, 1);
  resources.clear();
  for (const Witness& witness : witnesses) EXPECT_EQ(witness.destroys, 1);
}

// The same where the last of the functions bound to it goes.
TEST(AsyncResourceStressTest, LastBoundFunctionDestroysOnAnyThread) {
  Tally tally;
  const AsyncLocalStorage<Counted> storage;
  for (int round = 0; round < StressRounds(1'000); ++round) {
    Witness witness;
    const AsyncHook hook = WitnessHook(witness, 1).Enable();
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
      index_here = index;
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
