// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/storage_scope.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <type_traits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/internal/frame_memory.h"
#include "weft/tests/context/context_fixture.h"
#include "weft/tests/support/allocations.h"
#include "weft/tests/support/counted.h"

namespace weft {
namespace {

using testing::IsNull;
using testing::Pointee;
using tests::Counted;
using tests::FailAllocation;
using tests::Tally;

static_assert(!std::is_copy_constructible_v<StorageScope>);
static_assert(!std::is_move_constructible_v<StorageScope>);
static_assert(!std::is_copy_assignable_v<StorageScope>);
static_assert(!std::is_move_assignable_v<StorageScope>);

using ScopePtr = std::unique_ptr<StorageScope>;

// A scope that ends when the test says so.
ScopePtr NewScope(const AsyncLocalStorage<int>& storage, int store) {
  return ScopePtr(new StorageScope(storage.WithScope(store)));
}

using StorageScopeTest = ContextFixture;
INSTANTIATE_TEST_SUITE_P(All, StorageScopeTest, ContextFixture::All(),
                         ContextFixture::Name);

TEST_P(StorageScopeTest, KeepsTheStoreToItsEnd) {
  const AsyncLocalStorage<int> storage;
  {
    const StorageScope scope = storage.WithScope(1);
    EXPECT_THAT(storage.GetStore(), Pointee(1));
  }
  EXPECT_FALSE(storage.IsBound());
}

TEST_P(StorageScopeTest, StoresNone) {
  const AsyncLocalStorage<int> storage({.default_value = 7});
  {
    const StorageScope scope = storage.WithScope(std::nullopt);
    EXPECT_THAT(storage.GetStore(), IsNull());
    EXPECT_TRUE(storage.IsBound());
  }
  EXPECT_THAT(storage.GetStore(), Pointee(7));
}

TEST_P(StorageScopeTest, Nests) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  const StorageScope outer = one.WithScope(1);
  {
    const StorageScope inner = one.WithScope(2);
    const StorageScope other = two.WithScope(3);
    EXPECT_THAT(one.GetStore(), Pointee(2));
    EXPECT_THAT(two.GetStore(), Pointee(3));
    one.Run(4, [&] { EXPECT_THAT(one.GetStore(), Pointee(4)); });
    EXPECT_THAT(one.GetStore(), Pointee(2));
  }
  EXPECT_THAT(one.GetStore(), Pointee(1));
  EXPECT_FALSE(two.IsBound());
}

TEST_P(StorageScopeTest, EndsWithAnException) {
  const AsyncLocalStorage<int> storage;
  const auto body = [&] {
    const StorageScope scope = storage.WithScope(1);
    throw std::runtime_error("body");
  };
  EXPECT_THROW(body(), std::runtime_error);
  EXPECT_FALSE(storage.IsBound());
}

TEST_P(StorageScopeTest, EndsWhatWasEnteredInside) {
  const AsyncLocalStorage<int> storage;
  storage.EnterWith(0);
  {
    const StorageScope scope = storage.WithScope(1);
    storage.EnterWith(2);
    storage.EnterWith(3);
    EXPECT_THAT(storage.GetStore(), Pointee(3));
  }
  EXPECT_THAT(storage.GetStore(), Pointee(0));
}

TEST_P(StorageScopeTest, KeepsWhatOthersEntered) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  {
    const StorageScope scope = one.WithScope(1);
    two.EnterWith(2);
  }
  EXPECT_FALSE(one.IsBound());
  EXPECT_THAT(two.GetStore(), Pointee(2));
}

// The scopes of two storages, each with something entered inside the other's.
TEST_P(StorageScopeTest, InterleavedStoragesKeepEachTheirOwn) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  const AsyncLocalStorage<int> three;
  {
    const StorageScope outer = one.WithScope(1);
    {
      const StorageScope inner = two.WithScope(2);
      one.EnterWith(10);
      three.EnterWith(30);
    }
    EXPECT_THAT(one.GetStore(), Pointee(10));
    EXPECT_FALSE(two.IsBound());
    EXPECT_THAT(three.GetStore(), Pointee(30));
  }
  EXPECT_FALSE(one.IsBound());
  EXPECT_FALSE(two.IsBound());
  EXPECT_THAT(three.GetStore(), Pointee(30));
}

TEST_P(StorageScopeTest, ReleasesItsStore) {
  Tally tally;
  const AsyncLocalStorage<Counted> one;
  const AsyncLocalStorage<int> two;
  {
    const StorageScope scope = one.WithScope(Counted(tally));
    EXPECT_EQ(tally.live(), 1);
  }
  EXPECT_EQ(tally.live(), 0);
  {
    const StorageScope scope = one.WithScope(Counted(tally));
    two.EnterWith(1);
    one.EnterWith(Counted(tally));
  }
  EXPECT_EQ(tally.live(), 0);
}

// A scope inside a snapshot belongs to that run, and leaves outer ones alone.
TEST_P(StorageScopeTest, ScopesOfAnInnerFlowAreItsOwn) {
  const AsyncLocalStorage<int> storage;
  const StorageScope outer = storage.WithScope(1);
  ContextSnapshot().Run([&] {
    EXPECT_FALSE(storage.IsBound());
    const StorageScope inner = storage.WithScope(2);
    EXPECT_THAT(storage.GetStore(), Pointee(2));
  });
  EXPECT_THAT(storage.GetStore(), Pointee(1));
}

TEST_P(StorageScopeTest, ThreadsHaveScopesOfTheirOwn) {
  const AsyncLocalStorage<int> storage;
  const StorageScope scope = storage.WithScope(1);
  std::thread([&] {
    EXPECT_FALSE(storage.IsBound());
    const StorageScope inner = storage.WithScope(2);
    EXPECT_THAT(storage.GetStore(), Pointee(2));
  }).join();
  EXPECT_THAT(storage.GetStore(), Pointee(1));
}

TEST_P(StorageScopeTest, MayOutliveItsStorage) {
  const AsyncLocalStorage<int> other;
  auto storage = std::make_unique<AsyncLocalStorage<int>>();
  {
    const StorageScope scope = storage->WithScope(1);
    storage.reset();
    other.EnterWith(2);
  }
  EXPECT_THAT(other.GetStore(), Pointee(2));
}

constexpr char kWrongEnd[] =
    "weft: .*bound_store.cc:[0-9]+: a StorageScope must be destroyed on the "
    "flow that made it, innermost first; keep it in a local variable";
constexpr char kTooLate[] =
    "weft: .*flow.cc:[0-9]+: a StorageScope outlived the task, snapshot or "
    "resource scope in which it was made; destroy it before that returns";

TEST(StorageScopeDeathTest, AbortsWhenDestroyedOutOfOrder) {
  const AsyncLocalStorage<int> storage;
  ScopePtr outer = NewScope(storage, 1);
  ScopePtr inner = NewScope(storage, 2);
  EXPECT_DEATH(outer.reset(), kWrongEnd);
  inner.reset();
  outer.reset();
  EXPECT_FALSE(storage.IsBound());
}

TEST(StorageScopeDeathTest, AbortsWhenDestroyedOnAnotherThread) {
  const AsyncLocalStorage<int> storage;
  ScopePtr scope = NewScope(storage, 1);
  EXPECT_DEATH(std::thread([&] { scope.reset(); }).join(), kWrongEnd);
}

TEST(StorageScopeDeathTest, AbortsWhenItOutlivesARun) {
  const AsyncLocalStorage<int> storage;
  EXPECT_DEATH(storage.Run(1, [&] { NewScope(storage, 2).release(); }),
               kWrongEnd);
}

TEST(StorageScopeDeathTest, AbortsWhenItOutlivesASnapshot) {
  const AsyncLocalStorage<int> storage;
  EXPECT_DEATH(ContextSnapshot().Run([&] { NewScope(storage, 2).release(); }),
               kTooLate);
}

TEST(StorageScopeDeathTest, AbortsWhenDestroyedInsideAnInnerFlow) {
  const AsyncLocalStorage<int> storage;
  ScopePtr scope = NewScope(storage, 1);
  EXPECT_DEATH(ContextSnapshot().Run([&] { scope.reset(); }), kWrongEnd);
}

TEST(StorageScopeDeathTest, TerminatesWhenItsEndCannotAllocate) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  const auto body = [&] {
    const StorageScope scope = one.WithScope(1);
    two.EnterWith(2);
    context_internal::EmptyFrameStocks();
    FailAllocation(0);
  };
  EXPECT_DEATH(body(), "");
}

}  // namespace
}  // namespace weft
