// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How often the context layer allocates, and that it changes nothing where it
// cannot.

#include <new>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/tests/context/context_fixture.h"
#include "weft/tests/support/allocations.h"
#include "weft/tests/support/counted.h"

namespace weft {
namespace {

using testing::Pointee;
using tests::AllocationsIn;
using tests::Counted;
using tests::FailAllocation;
using tests::Tally;

class AllocationTest : public ContextFixture {
 protected:
  Tally tally_;  // outlives the flow of the test
};
INSTANTIATE_TEST_SUITE_P(All, AllocationTest, ContextFixture::All(),
                         ContextFixture::Name);

TEST_P(AllocationTest, StoringAllocatesTwice) {
  const AsyncLocalStorage<int> storage;
  EXPECT_EQ(AllocationsIn([&] { storage.Run(1, [] {}); }), 2);
  EXPECT_EQ(AllocationsIn([&] { storage.Exit([] {}); }), 2);
  EXPECT_EQ(AllocationsIn([&] { auto scope = storage.WithScope(1); }), 2);
  EXPECT_EQ(AllocationsIn([&] { storage.EnterWith(1); }), 2);
  EXPECT_EQ(AllocationsIn([&] { storage.EnterWith(2); }), 2);
}

TEST_P(AllocationTest, AnEndThatMustKeepMoreAllocatesOnce) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  EXPECT_EQ(AllocationsIn([&] { one.Run(1, [&] { two.EnterWith(2); }); }), 5);
}

TEST_P(AllocationTest, ReadingAndCapturingDoNotAllocate) {
  AsyncLocalStorage<std::string> storage({.default_value = "default"});
  storage.EnterWith("a string that is too long to stand in the object itself");
  bool bound = true;
  EXPECT_EQ(AllocationsIn([&] {
              for (int i = 0; i < 100; ++i) bound &= storage.IsBound();
              bound &= storage.GetStore() != nullptr;
              const ContextSnapshot snapshot = ContextSnapshot::Capture();
              const ContextSnapshot copy = snapshot;
              copy.Run([&] { bound &= storage.IsBound(); });
              snapshot.Bind([&] { bound &= storage.IsBound(); })();
              storage.Disable();
            }),
            0);
  EXPECT_TRUE(bound);
}

TEST_P(AllocationTest, FailureChangesAndLeaksNothing) {
  const AsyncLocalStorage<Counted> one;
  const AsyncLocalStorage<int> two;
  one.EnterWith(Counted(tally_, 1));
  two.EnterWith(2);
  for (int failing = 0; failing < 2; ++failing) {
    bool called = false;
    const auto body = [&] { called = true; };
    FailAllocation(failing);
    EXPECT_THROW(one.Run(Counted(tally_, 3), body), std::bad_alloc);
    FailAllocation(failing);
    EXPECT_THROW(one.Exit(body), std::bad_alloc);
    FailAllocation(failing);
    EXPECT_THROW(auto scope = one.WithScope(Counted(tally_, 4)),
                 std::bad_alloc);
    FailAllocation(failing);
    EXPECT_THROW(one.EnterWith(Counted(tally_, 5)), std::bad_alloc);
    FailAllocation(-1);

    EXPECT_FALSE(called);
    EXPECT_EQ(tally_.live(), 1);
    EXPECT_EQ(one.GetStore()->value(), 1);
    EXPECT_THAT(two.GetStore(), Pointee(2));
  }
  one.Run(Counted(tally_, 6), [&] { EXPECT_EQ(tally_.live(), 2); });
  EXPECT_EQ(one.GetStore()->value(), 1);
}

TEST_P(AllocationTest, FailureLeavesAnUnboundStorageUnbound) {
  const AsyncLocalStorage<Counted> storage;
  for (int failing = 0; failing < 2; ++failing) {
    FailAllocation(failing);
    EXPECT_THROW(storage.EnterWith(Counted(tally_)), std::bad_alloc);
    FailAllocation(-1);
    EXPECT_FALSE(storage.IsBound());
    EXPECT_EQ(tally_.live(), 0);
  }
}

TEST_P(AllocationTest, StorageThatCannotBeMadeCostsNoSlot) {
  // More storages than ever were, so that making one must allocate.
  std::optional<AsyncLocalStorage<int>> storages[600];
  int failures = 0;
  for (std::optional<AsyncLocalStorage<int>>& storage : storages) {
    FailAllocation(0);
    try {
      storage.emplace();
    } catch (const std::bad_alloc&) {
      ++failures;
      FailAllocation(failures % 2);  // the first that follows, or the second
      try {
        storage.emplace();
      } catch (const std::bad_alloc&) {
        FailAllocation(-1);
        storage.emplace();
      }
    }
    FailAllocation(-1);
    ASSERT_FALSE(storage->IsBound());
  }
  for (std::optional<AsyncLocalStorage<int>>& storage : storages) {
    storage->EnterWith(static_cast<int>(&storage - storages));
  }
  for (std::optional<AsyncLocalStorage<int>>& storage : storages) {
    EXPECT_THAT(storage->GetStore(),
                Pointee(static_cast<int>(&storage - storages)));
  }
}

}  // namespace
}  // namespace weft
