// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// When stores are destroyed, and what becomes of those whose storage is.

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/tests/context/context_fixture.h"
#include "weft/tests/support/call_when_gone.h"
#include "weft/tests/support/counted.h"
#include "weft/tests/support/run_on_threads.h"

namespace weft {
namespace {

using testing::IsNull;
using testing::Pointee;
using tests::CallWhenGone;
using tests::Counted;
using tests::RunOnThreads;
using tests::Tally;

class StoreLifetimeTest : public ContextFixture {
 protected:
  Tally tally;  // outlives the flow of the test
};
INSTANTIATE_TEST_SUITE_P(All, StoreLifetimeTest, ContextFixture::All(),
                         ContextFixture::Name);

TEST_P(StoreLifetimeTest, StoreGoesAtTheEndOfRun) {
  const AsyncLocalStorage<Counted> storage;
  storage.Run(Counted(tally), [&] { EXPECT_EQ(tally.live(), 1); });
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(StoreLifetimeTest, StoreGoesWhenFnThrows) {
  const AsyncLocalStorage<Counted> storage;
  EXPECT_THROW(
      storage.Run(Counted(tally), [] { throw std::runtime_error("run"); }),
      std::runtime_error);
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(StoreLifetimeTest, StoreGoesWhenAnotherTakesItsPlace) {
  const AsyncLocalStorage<Counted> storage;
  for (int i = 0; i < 1000; ++i) {
    storage.EnterWith(Counted(tally, i));
    ASSERT_EQ(tally.live(), 1);
    ASSERT_EQ(storage.GetStore()->value(), i);
  }
  storage.EnterWith(std::nullopt);
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(StoreLifetimeTest, EnteringInsideRunRetainsOnlyTheLast) {
  const AsyncLocalStorage<Counted> storage;
  storage.Run(Counted(tally), [&] {
    for (int i = 0; i < 100; ++i) storage.EnterWith(Counted(tally));
    EXPECT_EQ(tally.live(), 2);  // that of Run(), and the last
  });
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(StoreLifetimeTest, EnteringAnotherStorageRetainsNoOldFrame) {
  const AsyncLocalStorage<Counted> one;
  const AsyncLocalStorage<int> two;
  for (int i = 0; i < 100; ++i) {
    one.Run(Counted(tally), [&] { two.EnterWith(i); });
    EXPECT_EQ(tally.live(), 0);
  }
}

TEST_P(StoreLifetimeTest, SnapshotKeepsItsStoreToItsEnd) {
  const AsyncLocalStorage<Counted> storage;
  std::optional<ContextSnapshot> snapshot;
  storage.Run(Counted(tally, 5),
              [&] { snapshot = ContextSnapshot::Capture(); });
  EXPECT_EQ(tally.live(), 1);
  std::optional<ContextSnapshot> copy = snapshot;
  snapshot.reset();
  EXPECT_EQ(tally.live(), 1);
  copy->Run([&] {
    EXPECT_EQ(storage.GetStore()->value(), 5);
    storage.EnterWith(Counted(tally, 6));
    EXPECT_EQ(tally.live(), 2);
  });
  EXPECT_EQ(tally.live(), 1);
  copy.reset();
  EXPECT_EQ(tally.live(), 0);
}

// oven-sh/bun#41359: what was captured in exit() or in a nested run kept the
// outer store, which it could not show.
TEST_P(StoreLifetimeTest, SnapshotKeepsNoStoreThatItDoesNotShow) {
  const AsyncLocalStorage<Counted> storage;
  const AsyncLocalStorage<int> other;
  std::optional<ContextSnapshot> snapshot;
  const auto capture = [&] {
    other.Run(1, [&] { snapshot = ContextSnapshot::Capture(); });
  };
  storage.Run(Counted(tally), [&] { storage.Exit(capture); });
  EXPECT_EQ(tally.live(), 0);
  storage.Run(Counted(tally), [&] { storage.Run(Counted(tally), capture); });
  EXPECT_EQ(tally.live(), 1);
  storage.Run(Counted(tally), [&] {
    storage.EnterWith(Counted(tally));
    capture();
  });
  EXPECT_EQ(tally.live(), 1);
  snapshot.reset();
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(StoreLifetimeTest, FlowKeepsItsStoreWhileAnotherFlowRuns) {
  const AsyncLocalStorage<Counted> storage;
  storage.Run(Counted(tally), [&] {
    const Counted* const store = storage.GetStore();
    ContextSnapshot().Run([&] {
      EXPECT_THAT(storage.GetStore(), IsNull());
      EXPECT_EQ(tally.live(), 1);
    });
    EXPECT_EQ(storage.GetStore(), store);
  });
  EXPECT_EQ(tally.live(), 0);
}

// Nothing of the captured frame is kept by what was run in it.
TEST_P(StoreLifetimeTest, BoundFunctionKeepsTheContextToItsEnd) {
  const AsyncLocalStorage<Counted> storage;
  auto bound = storage.Run(Counted(tally, 5), [&] {
    return std::make_optional(
        AsyncLocalStorage<Counted>::Bind([&] { return storage.GetStore(); }));
  });
  EXPECT_EQ((*bound)()->value(), 5);
  EXPECT_EQ(tally.live(), 1);
  bound.reset();
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(StoreLifetimeTest, DefaultGoesWithItsStorage) {
  {
    const AsyncLocalStorage<Counted> storage(
        {.default_value = Counted(tally, 5)});
    EXPECT_EQ(storage.GetStore()->value(), 5);
    EXPECT_EQ(tally.live(), 1);
  }
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(StoreLifetimeTest, LastOfManyThreadsDestroysOnce) {
  const AsyncLocalStorage<Counted> storage;
  for (int round = 0; round < 20; ++round) {
    std::vector<ContextSnapshot> snapshots(8);
    storage.Run(Counted(tally, round), [&] {
      for (ContextSnapshot& each : snapshots) each = ContextSnapshot::Capture();
    });
    EXPECT_EQ(tally.live(), 1);
    RunOnThreads(8, [&](int index) {
      ContextSnapshot mine =
          std::move(snapshots[static_cast<std::size_t>(index)]);
      mine.Run([&] { EXPECT_EQ(storage.GetStore()->value(), round); });
    });
    EXPECT_EQ(tally.live(), 0);
  }
}

TEST_P(StoreLifetimeTest, ThreadThatEndsDropsWhatItEntered) {
  const AsyncLocalStorage<Counted> storage;
  std::thread([&] {
    storage.EnterWith(Counted(tally));
    storage.Run(Counted(tally), [] {});
    EXPECT_EQ(tally.live(), 1);
  }).join();
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(StoreLifetimeTest, ThreadThatEndsDropsWhatIsLeftOfARun) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<Counted> two;
  std::thread([&] {
    one.Run(1, [&] { two.EnterWith(Counted(tally)); });
    EXPECT_EQ(tally.live(), 1);
  }).join();
  EXPECT_EQ(tally.live(), 0);
}

// Node: test/async-hooks/test-async-local-storage-gcable
TEST_P(StoreLifetimeTest, StorageMayGoBeforeItsStores) {
  auto storage = std::make_unique<AsyncLocalStorage<Counted>>();
  std::optional<ContextSnapshot> snapshot =
      storage->Run(Counted(tally), [] { return ContextSnapshot::Capture(); });
  storage->EnterWith(Counted(tally));
  storage.reset();
  EXPECT_EQ(tally.live(), 2);
  snapshot->Run([&] { EXPECT_EQ(tally.live(), 2); });
  snapshot.reset();
  EXPECT_EQ(tally.live(), 1);
  // The flow drops it as soon as it stores anything.
  const AsyncLocalStorage<int> other;
  other.EnterWith(1);
  EXPECT_EQ(tally.live(), 0);
}

TEST_P(StoreLifetimeTest, NoOtherStorageShowsTheStoresOfOneThatIsGone) {
  auto old = std::make_unique<AsyncLocalStorage<int>>();
  old->EnterWith(1);
  const ContextSnapshot snapshot = ContextSnapshot::Capture();
  old.reset();

  // The first of these takes the place of the old storage; of another type,
  // so that a mistake would read the wrong memory.
  const AsyncLocalStorage<std::string> heir({.default_value = "default"});
  const AsyncLocalStorage<std::string> other;
  for (const AsyncLocalStorage<std::string>* storage : {&heir, &other}) {
    EXPECT_FALSE(storage->IsBound());
    snapshot.Run([&] { EXPECT_FALSE(storage->IsBound()); });
  }
  EXPECT_EQ(*heir.GetStore(), "default");
  heir.Run("heir", [&] {
    EXPECT_EQ(*heir.GetStore(), "heir");
    snapshot.Run([&] {
      EXPECT_FALSE(heir.IsBound());
      heir.EnterWith("inside");
      EXPECT_EQ(*heir.GetStore(), "inside");
    });
    EXPECT_EQ(*heir.GetStore(), "heir");
  });
  EXPECT_FALSE(heir.IsBound());
}

TEST_P(StoreLifetimeTest, StoragesComeAndGoUnderOneSnapshot) {
  ContextSnapshot snapshot;
  for (int i = 0; i < 1000; ++i) {
    const AsyncLocalStorage<int> storage;
    snapshot.Run([&] {
      ASSERT_FALSE(storage.IsBound());
      storage.EnterWith(i);
      snapshot = ContextSnapshot::Capture();
      ASSERT_THAT(storage.GetStore(), Pointee(i));
    });
  }
}

// A store is destroyed when it is not current any more, in the flow that let it
// go, so its destructor may use any storage.
TEST_P(StoreLifetimeTest, DestructorReadsTheContextAroundRun) {
  const AsyncLocalStorage<std::shared_ptr<void>> storage;
  const AsyncLocalStorage<int> other;
  std::vector<bool> bound;
  other.EnterWith(1);
  storage.Run(CallWhenGone([&] {
                bound.push_back(storage.IsBound());
                EXPECT_THAT(other.GetStore(), Pointee(1));
              }),
              [] {});
  EXPECT_THAT(bound, testing::ElementsAre(false));
}

TEST_P(StoreLifetimeTest, DestructorReadsWhatTookItsPlace) {
  const AsyncLocalStorage<int> number;
  const AsyncLocalStorage<std::shared_ptr<void>> storage;
  std::vector<const std::shared_ptr<void>*> seen;
  storage.EnterWith(CallWhenGone([&] { seen.push_back(storage.GetStore()); }));
  storage.EnterWith(std::nullopt);
  EXPECT_THAT(seen, testing::ElementsAre(IsNull()));

  // The same where the end of a scope has to make a frame.
  std::vector<int> numbers;
  storage.Run(CallWhenGone([&] { numbers.push_back(*number.GetStore()); }),
              [&] { number.EnterWith(4); });
  EXPECT_THAT(numbers, testing::ElementsAre(4));
}

TEST_P(StoreLifetimeTest, DestructorMayEnterStores) {
  const AsyncLocalStorage<Counted> other;
  const AsyncLocalStorage<std::shared_ptr<void>> storage;
  const auto enter = [&](int value) {
    return CallWhenGone([&, value] { other.EnterWith(Counted(tally, value)); });
  };
  storage.Run(enter(1), [] {});
  EXPECT_EQ(other.GetStore()->value(), 1);
  storage.Run(enter(2), [&] { other.EnterWith(std::nullopt); });
  EXPECT_EQ(other.GetStore()->value(), 2);
  storage.EnterWith(enter(3));
  storage.EnterWith(std::nullopt);
  EXPECT_EQ(other.GetStore()->value(), 3);
  // Where another flow ends, it is neither that nor this one.
  ContextSnapshot().Run([&] { storage.EnterWith(enter(4)); });
  EXPECT_EQ(other.GetStore()->value(), 3);
  EXPECT_EQ(tally.live(), 1);
}

TEST_P(StoreLifetimeTest, DestructorMayRunAndSnapshot) {
  const AsyncLocalStorage<int> other;
  const AsyncLocalStorage<std::shared_ptr<void>> storage;
  int runs = 0;
  storage.Run(CallWhenGone([&] {
                other.Run(1, [&] {
                  ContextSnapshot::Capture().Run([&] {
                    EXPECT_THAT(other.GetStore(), Pointee(1));
                    ++runs;
                  });
                });
              }),
              [] {});
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(other.IsBound());
}

TEST_P(StoreLifetimeTest, DestructorAtTheEndOfAThreadReadsAnEmptyContext) {
  const AsyncLocalStorage<std::shared_ptr<void>> storage;
  const AsyncLocalStorage<int> other;
  std::vector<bool> bound;
  std::thread([&] {
    other.EnterWith(1);
    storage.EnterWith(CallWhenGone([&] {
      bound.push_back(storage.IsBound());
      bound.push_back(other.IsBound());
    }));
  }).join();
  EXPECT_THAT(bound, testing::ElementsAre(false, false));
}

TEST_P(StoreLifetimeTest, DestructorAtTheEndOfAThreadMayEnterStores) {
  const AsyncLocalStorage<std::shared_ptr<void>> storage;
  const AsyncLocalStorage<Counted> other;
  std::thread([&] {
    storage.EnterWith(
        CallWhenGone([&] { other.EnterWith(Counted(tally, 1)); }));
  }).join();
  EXPECT_EQ(tally.live(), 0);
}

// Used by static constructors and, after main(), by static destructors.
struct UsesStorage {
  explicit UsesStorage(int value) {
    early.Run(value, [&] { seen = *early.GetStore(); });
  }
  ~UsesStorage() {
    late.Run(seen, [&] {
      if (*late.GetStore() != seen) std::abort();
    });
    late.EnterWith(seen);
  }
  const AsyncLocalStorage<int> early;
  int seen = 0;
  static const AsyncLocalStorage<int> late;
};
const UsesStorage uses_storage(3);
const AsyncLocalStorage<int> UsesStorage::late;

TEST_P(StoreLifetimeTest, StaticStoragesWorkBeforeMain) {
  EXPECT_EQ(uses_storage.seen, 3);
  EXPECT_FALSE(UsesStorage::late.IsBound());
}

// The store is entered by the main flow, and outlives its storage.
TEST_P(StoreLifetimeTest, StaticStoragesWorkAfterMain) {
  const auto leave = [] {
    static const AsyncLocalStorage<std::string> dies_early;
    static const UsesStorage dies_first(4);
    dies_early.EnterWith("left");
    std::exit(7);
  };
  EXPECT_EXIT(leave(), testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace weft
