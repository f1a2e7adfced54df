// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/context_snapshot.h"

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/tests/context/context_fixture.h"
#include "weft/tests/support/counted.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using testing::IsNull;
using testing::Pointee;
using tests::RunOnThreads;
using tests::StressRounds;

using ContextSnapshotTest = ContextFixture;
INSTANTIATE_TEST_SUITE_P(All, ContextSnapshotTest, ContextFixture::All(),
                         ContextFixture::Name);

TEST_P(ContextSnapshotTest, RunsInAllStoragesAsTheyWereCaptured) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  one.EnterWith(1);
  two.EnterWith(2);
  const ContextSnapshot snapshot = ContextSnapshot::Capture();
  one.EnterWith(10);
  two.EnterWith(std::nullopt);
  snapshot.Run([&] {
    EXPECT_THAT(one.GetStore(), Pointee(1));
    EXPECT_THAT(two.GetStore(), Pointee(2));
  });
  EXPECT_THAT(one.GetStore(), Pointee(10));
  EXPECT_THAT(two.GetStore(), IsNull());
}

TEST_P(ContextSnapshotTest, HidesWhatWasBoundOnlySinceThen) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two({.default_value = 7});
  one.EnterWith(1);
  const ContextSnapshot snapshot = ContextSnapshot::Capture();
  const AsyncLocalStorage<int> three;  // did not even exist
  two.EnterWith(2);
  three.EnterWith(3);
  snapshot.Run([&] {
    EXPECT_THAT(one.GetStore(), Pointee(1));
    EXPECT_FALSE(two.IsBound());
    EXPECT_THAT(two.GetStore(), Pointee(7));
    EXPECT_FALSE(three.IsBound());
  });
  EXPECT_THAT(two.GetStore(), Pointee(2));
  EXPECT_THAT(three.GetStore(), Pointee(3));
}

TEST_P(ContextSnapshotTest, CapturesThatNoneIsStored) {
  const AsyncLocalStorage<int> storage({.default_value = 7});
  const ContextSnapshot snapshot =
      storage.Exit([] { return ContextSnapshot::Capture(); });
  storage.Run(1, [&] {
    snapshot.Run([&] {
      EXPECT_THAT(storage.GetStore(), IsNull());
      EXPECT_TRUE(storage.IsBound());
    });
  });
}

TEST_P(ContextSnapshotTest, MadeOfNothingHidesEverything) {
  const AsyncLocalStorage<int> storage;
  storage.EnterWith(1);
  ContextSnapshot().Run([&] { EXPECT_FALSE(storage.IsBound()); });
  EXPECT_THAT(storage.GetStore(), Pointee(1));
}

TEST_P(ContextSnapshotTest, DropsWhatWasEnteredInside) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  one.EnterWith(1);
  const ContextSnapshot snapshot = ContextSnapshot::Capture();
  for (int i = 0; i < 3; ++i) {  // each run starts from the capture
    snapshot.Run([&] {
      EXPECT_THAT(one.GetStore(), Pointee(1));
      EXPECT_FALSE(two.IsBound());
      one.EnterWith(10);
      two.EnterWith(20);
    });
    EXPECT_THAT(one.GetStore(), Pointee(1));
    EXPECT_FALSE(two.IsBound());
  }
}

TEST_P(ContextSnapshotTest, RestoresTheCallerWhenFnThrows) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  one.EnterWith(1);
  const ContextSnapshot snapshot = ContextSnapshot::Capture();
  one.EnterWith(10);
  EXPECT_THROW(snapshot.Run([&] {
    two.EnterWith(2);
    throw std::runtime_error("snapshot");
  }),
               std::runtime_error);
  EXPECT_THAT(one.GetStore(), Pointee(10));
  EXPECT_FALSE(two.IsBound());
}

TEST_P(ContextSnapshotTest, SeesTheCaptureWhenEnteredFromWithin) {
  const AsyncLocalStorage<int> storage;
  storage.EnterWith(1);
  const ContextSnapshot snapshot = ContextSnapshot::Capture();
  snapshot.Run([&] {
    storage.EnterWith(2);
    snapshot.Run([&] {
      EXPECT_THAT(storage.GetStore(), Pointee(1));
      storage.EnterWith(3);
    });
    EXPECT_THAT(storage.GetStore(), Pointee(2));
    storage.Run(4, [&] {
      snapshot.Run([&] { EXPECT_THAT(storage.GetStore(), Pointee(1)); });
      EXPECT_THAT(storage.GetStore(), Pointee(4));
    });
  });
  EXPECT_THAT(storage.GetStore(), Pointee(1));
}

TEST_P(ContextSnapshotTest, CaptureInsideARunIsNotChangedByItsEnd) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  ContextSnapshot before;
  ContextSnapshot after;
  one.Run(1, [&] {
    before = ContextSnapshot::Capture();
    two.EnterWith(2);
    one.EnterWith(3);
    after = ContextSnapshot::Capture();
  });
  before.Run([&] {
    EXPECT_THAT(one.GetStore(), Pointee(1));
    EXPECT_FALSE(two.IsBound());
  });
  after.Run([&] {
    EXPECT_THAT(one.GetStore(), Pointee(3));
    EXPECT_THAT(two.GetStore(), Pointee(2));
  });
}

TEST_P(ContextSnapshotTest, PassesArgumentsAndResultsOn) {
  const ContextSnapshot snapshot = ContextSnapshot::Capture();
  int object = 0;
  const auto body = [&](int& reference, std::unique_ptr<int> moved) -> int& {
    reference = *moved;
    return reference;
  };
  static_assert(
      std::is_same_v<
          decltype(snapshot.Run(body, object, std::unique_ptr<int>())), int&>);
  EXPECT_EQ(&snapshot.Run(body, object, std::make_unique<int>(1)), &object);
  EXPECT_EQ(object, 1);
  EXPECT_EQ(&snapshot(body, object, std::make_unique<int>(2)), &object);
  EXPECT_EQ(object, 2);
}

TEST_P(ContextSnapshotTest, CopiesAndMovesAreTheSameCapture) {
  const AsyncLocalStorage<int> storage;
  ContextSnapshot first =
      storage.Run(1, [] { return ContextSnapshot::Capture(); });
  const ContextSnapshot copy = first;
  const ContextSnapshot moved = std::move(first);
  first = storage.Run(2, [] { return ContextSnapshot::Capture(); });
  for (const ContextSnapshot* each : {&copy, &moved}) {
    each->Run([&] { EXPECT_THAT(storage.GetStore(), Pointee(1)); });
  }
  first.Run([&] { EXPECT_THAT(storage.GetStore(), Pointee(2)); });
}

// A snapshot may be replaced by what runs in it.
TEST_P(ContextSnapshotTest, MayBeAssignedWhileItRuns) {
  const AsyncLocalStorage<int> storage;
  ContextSnapshot snapshot =
      storage.Run(1, [] { return ContextSnapshot::Capture(); });
  snapshot.Run([&] {
    snapshot = ContextSnapshot();
    EXPECT_THAT(storage.GetStore(), Pointee(1));
  });
  EXPECT_FALSE(storage.IsBound());
}

TEST_P(ContextSnapshotTest, BoundTwiceRunsInTheInnerCapture) {
  const AsyncLocalStorage<int> storage;
  auto inner = storage.Run(1, [&] {
    return ContextSnapshot::Capture().Bind([&] { return *storage.GetStore(); });
  });
  auto outer = storage.Run(
      2, [&] { return ContextSnapshot::Capture().Bind(std::move(inner)); });
  EXPECT_EQ(outer(), 1);
  EXPECT_FALSE(storage.IsBound());
}

// The wrapping of the TC39 proposal's suite: each function sees where it was
// bound, whatever it is called through.
TEST_P(ContextSnapshotTest, BoundFunctionsCallEachOther) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  const auto read = [&] {
    return std::pair(one.IsBound() ? *one.GetStore() : 0,
                     two.IsBound() ? *two.GetStore() : 0);
  };
  one.Run(1, [&] {
    auto outer = ContextSnapshot::Capture().Bind(read);
    two.Run(2, [&] {
      auto inner = ContextSnapshot::Capture().Bind([&] {
        EXPECT_EQ(read(), std::pair(1, 2));
        EXPECT_EQ(outer(), std::pair(1, 0));
        return read();
      });
      one.Run(3, [&] {
        EXPECT_EQ(inner(), std::pair(1, 2));
        EXPECT_EQ(read(), std::pair(3, 2));
      });
      ContextSnapshot().Run([&] { EXPECT_EQ(inner(), std::pair(1, 2)); });
    });
    EXPECT_EQ(outer(), std::pair(1, 0));
  });
}

TEST_P(ContextSnapshotTest, BoundIsAsCallableAsItsFunction) {
  const ContextSnapshot snapshot;
  auto counter = snapshot.Bind([n = 0]() mutable { return ++n; });
  static_assert(!std::is_invocable_v<const decltype(counter)>);
  static_assert(!std::is_invocable_v<decltype(counter), int>);
  EXPECT_EQ(counter(), 1);
  auto copy = counter;
  EXPECT_EQ(counter(), 2);
  EXPECT_EQ(copy(), 2);

  auto move_only =
      snapshot.Bind([p = std::make_unique<int>(5)](std::unique_ptr<int> q) {
        return *p + *q;
      });
  static_assert(!std::is_copy_constructible_v<decltype(move_only)>);
  const auto moved = std::move(move_only);
  EXPECT_EQ(moved(std::make_unique<int>(6)), 11);

  std::function<int()> erased = snapshot.Bind([] { return 3; });
  EXPECT_EQ(erased(), 3);
}

TEST_P(ContextSnapshotTest, CrossesToOtherThreads) {
  const AsyncLocalStorage<int> storage;
  storage.EnterWith(1);
  const ContextSnapshot snapshot = ContextSnapshot::Capture();
  const auto bound = snapshot.Bind([&] { return *storage.GetStore(); });
  RunOnThreads(2, [&](int) {
    EXPECT_FALSE(storage.IsBound());  // threads do not inherit
    snapshot.Run([&] { EXPECT_THAT(storage.GetStore(), Pointee(1)); });
    EXPECT_EQ(bound(), 1);
    EXPECT_FALSE(storage.IsBound());
  });
}

// One snapshot on eight threads at once: what one enters, no other sees.
TEST(ContextSnapshotStressTest, EachRunStartsFromTheCapture) {
  tests::Tally tally;
  const AsyncLocalStorage<int> number;
  const AsyncLocalStorage<tests::Counted> counted;
  ContextSnapshot snapshot;
  number.Run(-1, [&] {
    counted.Run(tests::Counted(tally, -1),
                [&] { snapshot = ContextSnapshot::Capture(); });
  });
  RunOnThreads(8, [&](int index) {
    for (int i = 0; i < StressRounds(5'000); ++i) {
      const ContextSnapshot copy = snapshot;
      copy.Run([&] {
        ASSERT_THAT(number.GetStore(), Pointee(-1));
        ASSERT_EQ(counted.GetStore()->value(), -1);
        number.EnterWith(index);
        counted.EnterWith(tests::Counted(tally, i));
        number.Run(i, [&] { ASSERT_THAT(number.GetStore(), Pointee(i)); });
        ASSERT_THAT(number.GetStore(), Pointee(index));
        ASSERT_EQ(counted.GetStore()->value(), i);
      });
      ASSERT_FALSE(number.IsBound());
    }
  });
  EXPECT_EQ(tally.live(), 1);
  snapshot = ContextSnapshot();
  EXPECT_EQ(tally.live(), 0);
}

}  // namespace
}  // namespace weft
