// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/inheritance.h"

#include <stdexcept>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/context/context_fixture.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/storage_scope.h"
#include "weft/context/suppress_flow_scope.h"
#include "weft/tests/support/allocations.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using tests::AllocationsIn;
using tests::RunOnThreads;
using tests::StressRounds;

Inheritance<int> Never() { return Inheritance<int>::Never(); }
Inheritance<int> PlusOne() {
  return Inheritance<int>::CopyOnSpawn([](const int& n) { return n + 1; });
}

int Read(const AsyncLocalStorage<int>& storage) {
  const int* const store = storage.GetStore();
  return store == nullptr ? -1 : *store;
}
// What a task would see.
int ReadInTask(const AsyncLocalStorage<int>& storage) {
  return ContextSnapshot::CaptureForTask().Run([&] { return Read(storage); });
}

class InheritanceTest : public ContextFixture {};
INSTANTIATE_TEST_SUITE_P(All, InheritanceTest, ContextFixture::All(),
                         ContextFixture::Name);

TEST_P(InheritanceTest, IsByDefaultOfWhateverIsCurrent) {
  const AsyncLocalStorage<int> storage;
  storage.Run(1, [&] {
    EXPECT_EQ(ReadInTask(storage), 1);
    storage.EnterWith(2);
    EXPECT_EQ(ReadInTask(storage), 2);
  });
}

TEST_P(InheritanceTest, HoldsForScopesAndForWhatIsEntered) {
  const AsyncLocalStorage<int> never({.inheritance = Never()});
  const AsyncLocalStorage<int> copied({.inheritance = PlusOne()});
  never.EnterWith(1);
  copied.EnterWith(2);
  EXPECT_EQ(ReadInTask(never), -1);
  EXPECT_EQ(ReadInTask(copied), 3);
  const StorageScope never_scope = never.WithScope(4);
  const StorageScope copied_scope = copied.WithScope(5);
  EXPECT_EQ(ReadInTask(never), -1);
  EXPECT_EQ(ReadInTask(copied), 6);
  EXPECT_EQ(Read(never), 4);
  EXPECT_EQ(Read(copied), 5);
}

TEST_P(InheritanceTest, NoneIsNotCopied) {
  const AsyncLocalStorage<int> copied(
      {.default_value = 9, .inheritance = PlusOne()});
  EXPECT_EQ(ReadInTask(copied), 9);
  copied.Exit([&] { EXPECT_EQ(ReadInTask(copied), -1); });
}

TEST_P(InheritanceTest, OutlivesADisable) {
  AsyncLocalStorage<int> never({.inheritance = Never()});
  AsyncLocalStorage<int> copied({.inheritance = PlusOne()});
  never.EnterWith(1);
  copied.EnterWith(1);
  never.Disable();
  copied.Disable();
  EXPECT_EQ(ReadInTask(copied), -1);
  never.EnterWith(1);
  copied.EnterWith(1);
  EXPECT_EQ(ReadInTask(never), -1);
  EXPECT_EQ(ReadInTask(copied), 2);
}

TEST_P(InheritanceTest, GoesWithItsStorage) {
  {
    const AsyncLocalStorage<int> never({.inheritance = Never()});
    never.EnterWith(1);
  }
  const AsyncLocalStorage<int> next;  // in the same slot
  EXPECT_EQ(ReadInTask(next), -1);
  next.Run(2, [&] { EXPECT_EQ(ReadInTask(next), 2); });
}

TEST_P(InheritanceTest, ACopyThatFailsChangesNothing) {
  const AsyncLocalStorage<int> other({.inheritance = PlusOne()});
  const AsyncLocalStorage<int> storage(
      {.inheritance = Inheritance<int>::CopyOnSpawn(
           [](const int&) -> int { throw std::out_of_range("no copy"); })});
  other.Run(1, [&] {
    storage.Run(2, [&] {
      EXPECT_THROW(ContextSnapshot::CaptureForTask(), std::out_of_range);
      EXPECT_EQ(Read(other), 1);
      EXPECT_EQ(Read(storage), 2);
      EXPECT_EQ(ContextSnapshot::Capture().Run([&] { return Read(storage); }),
                2);
    });
  });
}

TEST_P(InheritanceTest, WhatACopyCapturesItselfInheritsNothing) {
  int calls = 0;
  const AsyncLocalStorage<int> plain;
  const AsyncLocalStorage<int> storage(
      {.inheritance = Inheritance<int>::CopyOnSpawn([&](const int& n) {
         ++calls;
         EXPECT_EQ(Read(plain), 1);
         EXPECT_EQ(ReadInTask(plain), -1);
         return n;
       })});
  plain.Run(
      1, [&] { storage.Run(2, [&] { EXPECT_EQ(ReadInTask(storage), 2); }); });
  EXPECT_EQ(calls, 1);
}

TEST_P(InheritanceTest, ACopyMayEnterOtherStores) {
  const AsyncLocalStorage<int> other;
  const AsyncLocalStorage<int> storage(
      {.inheritance = Inheritance<int>::CopyOnSpawn([&](const int& n) {
         other.EnterWith(n);
         return n + 1;
       })});
  storage.EnterWith(2);
  EXPECT_EQ(ReadInTask(storage), 3);
  EXPECT_EQ(Read(other), 2);
}

TEST_P(InheritanceTest, AnEmptyCopyIsRefused) {
  EXPECT_THAT([] { Inheritance<int>::CopyOnSpawn(nullptr); },
              testing::ThrowsMessage<std::invalid_argument>(
                  "Inheritance::CopyOnSpawn: copy is empty; it must be a "
                  "function from a store to the store that a task gets"));
}

TEST_P(InheritanceTest, CapturesWithoutCopiesShareOneFrame) {
  const AsyncLocalStorage<int> plain;
  const AsyncLocalStorage<int> never({.inheritance = Never()});
  plain.Run(1, [&] {
    never.Run(2, [&] {
      const ContextSnapshot first = ContextSnapshot::CaptureForTask();
      EXPECT_EQ(AllocationsIn([] { ContextSnapshot::CaptureForTask(); }), 0);
    });
  });
}

class SuppressFlowScopeTest : public ContextFixture {};
INSTANTIATE_TEST_SUITE_P(All, SuppressFlowScopeTest, ContextFixture::All(),
                         ContextFixture::Name);

TEST_P(SuppressFlowScopeTest, EndsWithTheScope) {
  const AsyncLocalStorage<int> storage;
  storage.EnterWith(1);
  {
    const SuppressFlowScope outer;
    {
      const SuppressFlowScope inner;
    }
    EXPECT_EQ(ReadInTask(storage), -1);
    storage.EnterWith(2);
    EXPECT_EQ(ReadInTask(storage), -1);
    EXPECT_EQ(Read(storage), 2);
  }
  EXPECT_EQ(ReadInTask(storage), 2);
}

TEST(InheritanceStressTest, ThreadsCaptureOneFrame) {
  const AsyncLocalStorage<int> plain;
  const AsyncLocalStorage<int> never({.inheritance = Never()});
  for (int i = 0; i < StressRounds(500); ++i) {
    const ContextSnapshot all = plain.Run(1, [&] {
      return never.Run(2, [] { return ContextSnapshot::Capture(); });
    });
    RunOnThreads(4, [&](int) {
      all.Run([&] {
        EXPECT_EQ(ReadInTask(plain), 1);
        EXPECT_EQ(ReadInTask(never), -1);
      });
    });
  }
}

}  // namespace
}  // namespace weft
