// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What AsyncLocalStorage::Disable() unbinds, and what it leaves.

#include <atomic>
#include <latch>
#include <optional>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/tests/context/context_fixture.h"
#include "weft/tests/support/counted.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using testing::IsNull;
using testing::Pointee;
using tests::Counted;
using tests::RunOnThreads;
using tests::StressRounds;
using tests::Tally;

using DisableTest = ContextFixture;
INSTANTIATE_TEST_SUITE_P(All, DisableTest, ContextFixture::All(),
                         ContextFixture::Name);

TEST_P(DisableTest, UnbindsTheStore) {
  AsyncLocalStorage<int> storage({.default_value = 7});
  storage.EnterWith(1);
  storage.Disable();
  EXPECT_FALSE(storage.IsBound());
  EXPECT_THAT(storage.GetStore(), Pointee(7));
}

TEST_P(DisableTest, UnbindsNone) {
  AsyncLocalStorage<int> storage({.default_value = 7});
  storage.EnterWith(std::nullopt);
  storage.Disable();
  EXPECT_FALSE(storage.IsBound());
  EXPECT_THAT(storage.GetStore(), Pointee(7));
}

TEST_P(DisableTest, DoesNothingToAnUnboundStorage) {
  AsyncLocalStorage<int> storage;
  storage.Disable();
  storage.Disable();
  EXPECT_FALSE(storage.IsBound());
  storage.Run(1, [&] { EXPECT_THAT(storage.GetStore(), Pointee(1)); });
}

// Node: test/async-hooks/test-async-local-storage-enable-disable
TEST_P(DisableTest, OuterStoresDoNotComeBack) {
  AsyncLocalStorage<int> storage;
  storage.Run(1, [&] {
    storage.Run(2, [&] {
      storage.Disable();
      EXPECT_THAT(storage.GetStore(), IsNull());
      storage.Exit([&] { EXPECT_THAT(storage.GetStore(), IsNull()); });
      EXPECT_FALSE(storage.IsBound());
    });
    EXPECT_FALSE(storage.IsBound());
  });
  EXPECT_FALSE(storage.IsBound());
  storage.Run(3, [&] { EXPECT_THAT(storage.GetStore(), Pointee(3)); });
}

// What was entered since then lasts to the end of its Run(), and then the outer
// store, disabled long ago, stays away.
TEST_P(DisableTest, OuterStoreStaysAwayBehindALaterOne) {
  AsyncLocalStorage<int> storage;
  storage.Run(1, [&] {
    storage.Run(2, [&] {
      storage.Disable();
      storage.EnterWith(3);
      EXPECT_THAT(storage.GetStore(), Pointee(3));
    });
    EXPECT_FALSE(storage.IsBound());
    storage.EnterWith(4);
    EXPECT_THAT(storage.GetStore(), Pointee(4));
  });
  EXPECT_FALSE(storage.IsBound());
}

TEST_P(DisableTest, OuterStoreStaysAwayAfterALaterRun) {
  AsyncLocalStorage<int> storage;
  storage.Run(1, [&] {
    storage.Disable();
    storage.Run(2, [&] { EXPECT_THAT(storage.GetStore(), Pointee(2)); });
    EXPECT_FALSE(storage.IsBound());
    storage.Exit([&] { storage.EnterWith(3); });
    EXPECT_FALSE(storage.IsBound());
  });
}

TEST_P(DisableTest, OuterStoreStaysAwayWhenAnotherStorageWasEntered) {
  AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  one.Run(1, [&] {
    one.Run(2, [&] {
      one.Disable();
      two.EnterWith(5);
    });
    EXPECT_FALSE(one.IsBound());
    EXPECT_THAT(two.GetStore(), Pointee(5));
  });
  EXPECT_FALSE(one.IsBound());
  EXPECT_THAT(two.GetStore(), Pointee(5));
}

// Only the store before the call is unbound: one given since then, and put back
// at the end of a scope, is not.
TEST_P(DisableTest, LaterStoresAreRestoredAsUsual) {
  AsyncLocalStorage<int> storage;
  storage.EnterWith(0);
  storage.Disable();
  storage.Run(1, [&] {
    storage.Run(2, [&] { storage.EnterWith(3); });
    EXPECT_THAT(storage.GetStore(), Pointee(1));
  });
  EXPECT_FALSE(storage.IsBound());
}

// Node: test/parallel/test-async-local-storage-isolation, second part
TEST_P(DisableTest, LeavesOtherStoragesAlone) {
  AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  const AsyncLocalStorage<int> three;
  one.Run(1, [&] {
    two.Run(2, [&] {
      three.EnterWith(3);
      one.Disable();
      EXPECT_FALSE(one.IsBound());
      EXPECT_THAT(two.GetStore(), Pointee(2));
      EXPECT_THAT(three.GetStore(), Pointee(3));
    });
    EXPECT_FALSE(one.IsBound());
    EXPECT_FALSE(two.IsBound());
    EXPECT_THAT(three.GetStore(), Pointee(3));
  });
  EXPECT_FALSE(one.IsBound());
  EXPECT_THAT(three.GetStore(), Pointee(3));
}

TEST_P(DisableTest, ReachesSnapshots) {
  AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  one.EnterWith(1);
  two.EnterWith(2);
  const ContextSnapshot before = ContextSnapshot::Capture();
  one.Disable();
  one.EnterWith(3);
  const ContextSnapshot after = ContextSnapshot::Capture();
  before.Run([&] {
    EXPECT_FALSE(one.IsBound());
    EXPECT_THAT(two.GetStore(), Pointee(2));
  });
  after.Run([&] { EXPECT_THAT(one.GetStore(), Pointee(3)); });
  EXPECT_THAT(one.GetStore(), Pointee(3));
}

TEST_P(DisableTest, ReachesOtherThreads) {
  AsyncLocalStorage<int> storage;
  std::latch entered(1);
  std::latch disabled(1);
  std::thread thread([&] {
    storage.Run(1, [&] {
      entered.count_down();
      disabled.wait();
      EXPECT_FALSE(storage.IsBound());
      storage.EnterWith(2);
      EXPECT_THAT(storage.GetStore(), Pointee(2));
    });
  });
  entered.wait();
  storage.Disable();
  disabled.count_down();
  thread.join();
}

// "Unbound stores are released as their flows end or store anew."
TEST_P(DisableTest, StoresGoWhenTheirFlowStoresAnew) {
  Tally tally;
  AsyncLocalStorage<Counted> one;
  const AsyncLocalStorage<int> two;
  one.EnterWith(Counted(tally));
  one.Disable();
  two.EnterWith(1);
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(DisableTest, StoresGoWhenTheirRunEnds) {
  Tally tally;
  AsyncLocalStorage<Counted> storage;
  storage.Run(Counted(tally), [&] {
    storage.Run(Counted(tally), [&] { storage.Disable(); });
    EXPECT_EQ(tally.live(), 1);
  });
  EXPECT_EQ(tally.live(), 0);
}

// Readers see the old store or none, never anything else, and none of what is
// read is freed under them.
TEST_P(DisableTest, RacesWithReadersAndWriters) {
  constexpr int kReaders = 3;
  AsyncLocalStorage<int> storage;
  storage.EnterWith(-1);
  const ContextSnapshot old = ContextSnapshot::Capture();
  RunOnThreads(kReaders + 1, [&](int index) {
    for (int i = 0; i < StressRounds(20'000); ++i) {
      if (index == kReaders) {
        storage.Disable();
        continue;
      }
      old.Run([&] {
        const int* store = storage.GetStore();
        if (store != nullptr) {
          EXPECT_EQ(*store, -1);
        }
        storage.Run(index, [&] {
          store = storage.GetStore();
          if (store != nullptr) {
            EXPECT_EQ(*store, index);
          }
        });
      });
    }
  });
  EXPECT_FALSE(storage.IsBound());
  storage.Run(1, [&] { EXPECT_THAT(storage.GetStore(), Pointee(1)); });
}

// What a thread stores after it has seen a storage disabled is not among what
// that Disable() unbinds, also where it has not returned yet.
TEST_P(DisableTest, WhatIsStoredAfterItIsSeenStays) {
  AsyncLocalStorage<int> storage;
  const AsyncLocalStorage<int> other;
  const int rounds = StressRounds(3'000);
  // relaxed, all of them: the key that a thread has read, by [S3], is as new as
  // a round needs it.
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  RunOnThreads(2, [&](int index) {
    for (int round = 1; round <= rounds; ++round) {
      if (index == 0) {
        // relaxed: see above.
        while (begun.load(std::memory_order_relaxed) != round) {
          std::this_thread::yield();
        }
        storage.Disable();
        // relaxed: see above.
        ended.store(round, std::memory_order_relaxed);
        continue;
      }
      storage.Run(1, [&] {
        // relaxed: see above.
        begun.store(round, std::memory_order_relaxed);
        while (storage.GetStore() != nullptr) std::this_thread::yield();
        storage.Run(2, [&] {
          for (int step = 0; step < 3; ++step) {
            // It leaves out what has gone stale.
            other.EnterWith(step);
            EXPECT_THAT(storage.GetStore(), Pointee(2));
          }
        });
      });
      // relaxed: see above.
      while (ended.load(std::memory_order_relaxed) != round) {
        std::this_thread::yield();
      }
    }
  });
}

// A store that is given while the storage is disabled, by several threads at
// once, is one that was given before or after: it is read as what it is or not
// at all, and once it is gone it stays away. Entering another storage, which
// leaves out what has gone stale, makes no difference to what is bound.
TEST_P(DisableTest, WhatIsStoredMeanwhileIsNotMixedUp) {
  constexpr int kDisabling = 2;
  constexpr int kThreads = kDisabling + 3;
  AsyncLocalStorage<int> storage;
  const AsyncLocalStorage<int> other;
  RunOnThreads(kThreads, [&](int index) {
    for (int i = 0; i < StressRounds(20'000); ++i) {
      if (index < kDisabling) {
        storage.Disable();
        continue;
      }
      storage.Run(i, [&] {
        bool is_gone = false;
        for (int step = 0; step < 3; ++step) {
          const int* const store = storage.GetStore();
          if (store == nullptr) {
            is_gone = true;
          } else {
            EXPECT_FALSE(is_gone);
            EXPECT_EQ(*store, i);
          }
          other.EnterWith(step);
        }
      });
    }
  });
  // Where nobody disables it any more all is as usual.
  storage.Run(1, [&] {
    other.EnterWith(1);
    EXPECT_THAT(storage.GetStore(), Pointee(1));
    storage.Disable();
    EXPECT_THAT(storage.GetStore(), IsNull());
    storage.EnterWith(2);
    other.EnterWith(2);
    EXPECT_THAT(storage.GetStore(), Pointee(2));
  });
}

}  // namespace
}  // namespace weft
