// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Stores that stand on the stack, and how they get to the heap.

#include "weft/context/internal/bound_store.h"

#include <barrier>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/async_local_storage.h"
#include "weft/context/context_snapshot.h"
#include "weft/context/internal/binding.h"
#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/context/storage_scope.h"
#include "weft/tests/context/context_fixture.h"
#include "weft/tests/support/counted.h"
#include "weft/tests/support/meeting.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft {
namespace {

using context_internal::BorrowedFrameScope;
using context_internal::CaptureFrame;
using context_internal::CurrentFrame;
using context_internal::Frame;
using context_internal::FrameRef;
using testing::IsNull;
using testing::Pointee;
using tests::Counted;
using tests::Meeting;
using tests::RunOnThreads;
using tests::StressRounds;
using tests::Tally;

class BoundStoreTest : public ContextFixture {
 protected:
  Tally tally_;  // outlives the flow of the test
};
INSTANTIATE_TEST_SUITE_P(All, BoundStoreTest, ContextFixture::All(),
                         ContextFixture::Name);

TEST_P(BoundStoreTest, CaptureAtEachLevelSeesThatLevel) {
  const AsyncLocalStorage<int> number;
  const AsyncLocalStorage<std::string> string;
  std::vector<ContextSnapshot> snapshots;
  const std::function<void(int, bool)> recurse = [&](int level,
                                                     bool outer_first) {
    if (level == 0) return;
    number.Run(level, [&] {
      string.Run(std::to_string(level), [&] {
        if (outer_first) snapshots.push_back(ContextSnapshot::Capture());
        recurse(level - 1, outer_first);
        EXPECT_THAT(number.GetStore(), Pointee(level));
        if (!outer_first) snapshots.push_back(ContextSnapshot::Capture());
        EXPECT_THAT(number.GetStore(), Pointee(level));
      });
    });
  };
  recurse(10, true);
  recurse(10, false);
  const std::vector<int> levels = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
                                   1,  2, 3, 4, 5, 6, 7, 8, 9, 10};
  ASSERT_EQ(snapshots.size(), levels.size());
  for (std::size_t i = 0; i < levels.size(); ++i) {
    snapshots[i].Run([&] {
      EXPECT_THAT(number.GetStore(), Pointee(levels[i]));
      EXPECT_THAT(string.GetStore(), Pointee(std::to_string(levels[i])));
    });
  }
  EXPECT_FALSE(number.IsBound());
}

TEST_P(BoundStoreTest, CaptureOutlivesItsScopeOnAnotherThread) {
  const AsyncLocalStorage<int> number;
  const AsyncLocalStorage<Counted> counted;
  ContextSnapshot snapshot = number.Run(1, [&] {
    return counted.Run(Counted(tally_, 2),
                       [] { return ContextSnapshot::Capture(); });
  });
  std::thread([&] {
    snapshot.Run([&] {
      EXPECT_THAT(number.GetStore(), Pointee(1));
      EXPECT_EQ(counted.GetStore()->value(), 2);
      number.Run(3, [&] { EXPECT_THAT(number.GetStore(), Pointee(3)); });
    });
    snapshot = {};
  }).join();
  EXPECT_EQ(tally_.live(), 0);
}

// Any size that can stand on the stack, or just not.
template <std::size_t kSize>
struct Bytes {
  static Bytes Make() {
    Bytes made;
    for (std::size_t i = 0; i < kSize; ++i) {
      made.bytes[i] = static_cast<char>(i + 1);
    }
    return made;
  }
  friend bool operator==(const Bytes&, const Bytes&) = default;
  char bytes[kSize];
};

template <std::size_t kSize>
void ExpectCapturedWhole() {
  const AsyncLocalStorage<Bytes<kSize>> storage;
  const auto made = Bytes<kSize>::Make();
  ContextSnapshot snapshot;
  storage.Run(made, [&] {
    const Bytes<kSize>* const store = storage.GetStore();
    EXPECT_EQ(*store, made);
    snapshot = ContextSnapshot::Capture();
    EXPECT_EQ(*storage.GetStore(), made);
    EXPECT_EQ(*store, made);
  });
  snapshot.Run([&] { EXPECT_EQ(*storage.GetStore(), made); });
}

TEST_P(BoundStoreTest, StoresOfAnySizeAreCapturedWhole) {
  ExpectCapturedWhole<1>();
  ExpectCapturedWhole<7>();
  ExpectCapturedWhole<8>();
  ExpectCapturedWhole<31>();
  ExpectCapturedWhole<32>();
  ExpectCapturedWhole<33>();
  ExpectCapturedWhole<1'000>();
}

TEST_P(BoundStoreTest, StoresMayBeTrivialAndMoveOnly) {
  struct Handle {
    explicit Handle(int number) : fd(number) {}
    Handle(Handle&&) = default;
    int fd;
  };
  static_assert(context_internal::kStandsOnStack<Handle>);
  const AsyncLocalStorage<Handle> storage;
  const ContextSnapshot snapshot =
      storage.Run(Handle(3), [] { return ContextSnapshot::Capture(); });
  snapshot.Run([&] { EXPECT_EQ(storage.GetStore()->fd, 3); });
}

TEST_P(BoundStoreTest, NoneIsCaptured) {
  const AsyncLocalStorage<int> small({.default_value = 7});
  const AsyncLocalStorage<std::string> large({.default_value = "seven"});
  const ContextSnapshot snapshot = small.Exit(
      [&] { return large.Exit([] { return ContextSnapshot::Capture(); }); });
  snapshot.Run([&] {
    EXPECT_TRUE(small.IsBound());
    EXPECT_TRUE(large.IsBound());
    EXPECT_THAT(small.GetStore(), IsNull());
    EXPECT_THAT(large.GetStore(), IsNull());
  });
}

// The old pointer is good to the end of the scope.
TEST_P(BoundStoreTest, PointerStaysGoodAcrossACapture) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  one.Run(1, [&] {
    const int* const store = one.GetStore();
    two.Run(2, [&] {
      ContextSnapshot::Capture();
      EXPECT_THAT(one.GetStore(), Pointee(1));
      EXPECT_EQ(*store, 1);
      two.EnterWith(3);
    });
    two.EnterWith(4);
    EXPECT_THAT(one.GetStore(), Pointee(1));
    EXPECT_EQ(*store, 1);
  });
}

TEST_P(BoundStoreTest, EnteredInACapturedScopeStaysBehindIt) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  ContextSnapshot before;
  ContextSnapshot after;
  one.Run(1, [&] {
    before = ContextSnapshot::Capture();
    two.EnterWith(2);
    after = ContextSnapshot::Capture();
    EXPECT_THAT(one.GetStore(), Pointee(1));
  });
  EXPECT_FALSE(one.IsBound());
  EXPECT_THAT(two.GetStore(), Pointee(2));
  before.Run([&] {
    EXPECT_THAT(one.GetStore(), Pointee(1));
    EXPECT_FALSE(two.IsBound());
  });
  after.Run([&] {
    EXPECT_THAT(one.GetStore(), Pointee(1));
    EXPECT_THAT(two.GetStore(), Pointee(2));
  });
}

TEST_P(BoundStoreTest, DisableReachesTheStackAndWhatWasCapturedOfIt) {
  AsyncLocalStorage<int> storage;
  ContextSnapshot before;
  ContextSnapshot after;
  storage.Run(1, [&] {
    before = ContextSnapshot::Capture();
    storage.Run(2, [&] {
      storage.Disable();
      EXPECT_FALSE(storage.IsBound());
      after = ContextSnapshot::Capture();
      EXPECT_FALSE(storage.IsBound());
      storage.Run(3, [&] { EXPECT_THAT(storage.GetStore(), Pointee(3)); });
      EXPECT_FALSE(storage.IsBound());
    });
    EXPECT_FALSE(storage.IsBound());
  });
  before.Run([&] { EXPECT_FALSE(storage.IsBound()); });
  after.Run([&] { EXPECT_FALSE(storage.IsBound()); });
}

TEST_P(BoundStoreTest, WhatWasDisabledIsNotCaptured) {
  AsyncLocalStorage<Counted> one;
  const AsyncLocalStorage<int> two;
  ContextSnapshot snapshot;
  one.Run(Counted(tally_), [&] {
    two.Run(2, [&] {
      one.Disable();
      snapshot = ContextSnapshot::Capture();
      EXPECT_THAT(two.GetStore(), Pointee(2));
    });
    EXPECT_EQ(tally_.live(), 1);  // its scope keeps it
  });
  EXPECT_EQ(tally_.live(), 0);
  snapshot.Run([&] { EXPECT_THAT(two.GetStore(), Pointee(2)); });
}

// Its slot, and its place in the frame on the stack, are another's then.
TEST_P(BoundStoreTest, StorageMayGoWhileItsScopeStands) {
  auto old = std::make_unique<AsyncLocalStorage<int>>();
  const auto scope = old->WithScope(1);
  old.reset();
  const AsyncLocalStorage<std::string> heir;
  EXPECT_FALSE(heir.IsBound());
  const ContextSnapshot snapshot = ContextSnapshot::Capture();
  EXPECT_FALSE(heir.IsBound());
  heir.Run("heir", [&] {
    EXPECT_EQ(*heir.GetStore(), "heir");
    snapshot.Run([&] { EXPECT_FALSE(heir.IsBound()); });
  });
  EXPECT_FALSE(heir.IsBound());
}

// Frames on the stack, too large for it, and again on it.
TEST_P(BoundStoreTest, ManyStoragesNest) {
  std::vector<std::unique_ptr<AsyncLocalStorage<int>>> storages;
  for (int i = 0; i < 40; ++i) {
    storages.push_back(std::make_unique<AsyncLocalStorage<int>>());
  }
  const auto read = [&] {
    std::vector<int> stores;
    for (const auto& storage : storages) {
      stores.push_back(storage->IsBound() ? *storage->GetStore() : -1);
    }
    return stores;
  };
  std::vector<std::pair<ContextSnapshot, std::vector<int>>> captured;
  std::vector<int> expected(40, -1);
  const std::function<void(std::size_t)> recurse = [&](std::size_t level) {
    EXPECT_EQ(read(), expected);
    if (level % 7 == 0) {
      captured.emplace_back(ContextSnapshot::Capture(), expected);
    }
    if (level == 80) return;
    const std::size_t index = level * 27 % 40;
    const int before = std::exchange(expected[index], static_cast<int>(level));
    storages[index]->Run(static_cast<int>(level), [&] { recurse(level + 1); });
    expected[index] = before;
    EXPECT_EQ(read(), expected);
  };
  recurse(0);
  for (const auto& [snapshot, stores] : captured) {
    snapshot.Run([&] { EXPECT_EQ(read(), stores); });
  }
}

TEST_P(BoundStoreTest, ManyStoragesKeepWhatWasEntered) {
  const std::vector<AsyncLocalStorage<int>> more(20);
  const AsyncLocalStorage<int> last;
  const AsyncLocalStorage<Counted> counted;
  const AsyncLocalStorage<int>& first = more.front();
  counted.Run(Counted(tally_), [&] {
    last.Run(1, [&] {
      first.EnterWith(2);
      EXPECT_THAT(last.GetStore(), Pointee(1));
    });
    EXPECT_FALSE(last.IsBound());
    EXPECT_THAT(first.GetStore(), Pointee(2));
    EXPECT_EQ(tally_.live(), 1);
  });
  EXPECT_EQ(tally_.live(), 0);
  EXPECT_THAT(first.GetStore(), Pointee(2));
}

// A child of a fork borrows the frame of a scope that stands on the stack of
// another thread.
TEST_P(BoundStoreTest, ChildOnAnotherThreadBorrowsTheFrame) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<Counted> two;
  ContextSnapshot snapshot;
  one.Run(1, [&] {
    two.Run(Counted(tally_, 2), [&] {
      const Frame* const frame = CurrentFrame();
      const int* const store = one.GetStore();
      std::thread([&] {
        {
          const BorrowedFrameScope scope(frame);
          EXPECT_EQ(one.GetStore(), store);
          EXPECT_EQ(two.GetStore()->value(), 2);
          one.Run(3, [&] { EXPECT_THAT(one.GetStore(), Pointee(3)); });
          EXPECT_EQ(one.GetStore(), store);
          two.EnterWith(Counted(tally_, 4));
          EXPECT_EQ(two.GetStore()->value(), 4);
          EXPECT_THAT(one.GetStore(), Pointee(1));
          snapshot = ContextSnapshot::Capture();
          EXPECT_EQ(tally_.live(), 2);
        }
        EXPECT_FALSE(one.IsBound());
      }).join();
      EXPECT_EQ(two.GetStore()->value(), 2);
    });
  });
  EXPECT_EQ(tally_.live(), 1);
  snapshot.Run([&] {
    EXPECT_THAT(one.GetStore(), Pointee(1));
    EXPECT_EQ(two.GetStore()->value(), 4);
  });
}

// The same on the thread that forked it: what it enters stays in the child.
TEST_P(BoundStoreTest, ChildOnTheSameThreadBorrowsTheFrame) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<Counted> two;
  one.Run(1, [&] {
    const Frame* const frame = CurrentFrame();
    for (int i = 0; i < 3; ++i) {
      {
        const BorrowedFrameScope scope(frame);
        EXPECT_THAT(one.GetStore(), Pointee(1));
        two.Run(Counted(tally_), [&] { one.EnterWith(2); });
        EXPECT_THAT(one.GetStore(), Pointee(2));
        if (i == 1) ContextSnapshot::Capture();
      }
      EXPECT_THAT(one.GetStore(), Pointee(1));
      if (i == 0) two.EnterWith(Counted(tally_, 5));
      EXPECT_EQ(two.GetStore()->value(), 5);
      EXPECT_EQ(tally_.live(), 1);
    }
  });
  EXPECT_FALSE(one.IsBound());
  EXPECT_EQ(two.GetStore()->value(), 5);
}

constexpr char kTooLate[] =
    "weft: .*flow.cc:[0-9]+: a StorageScope outlived the task, snapshot or "
    "resource scope in which it was made; destroy it before that returns";

TEST(BoundStoreDeathTest, AbortsWhenAScopeOutlivesABorrowedOne) {
  const AsyncLocalStorage<int> storage;
  const auto body = [&](const Frame* frame) {
    const BorrowedFrameScope scope(frame);
    std::unique_ptr<StorageScope>(new StorageScope(storage.WithScope(2)))
        .release();
  };
  EXPECT_DEATH(body(nullptr), kTooLate);
  EXPECT_DEATH(storage.Run(1, [&] { body(CurrentFrame()); }), kTooLate);
}

TEST(BoundStoreDeathTest, AbortsWhenAnOuterScopeEndsInABorrowedOne) {
  const AsyncLocalStorage<int> storage;
  std::unique_ptr<StorageScope> outer(new StorageScope(storage.WithScope(1)));
  const auto body = [&] {
    const BorrowedFrameScope scope(CurrentFrame());
    outer.reset();
  };
  EXPECT_DEATH(body(), kTooLate);
}

// Guards [B1]: two threads have the same frame, on a stack, and at the same
// moment capture it, or enter a store of their own beside its stores; what one
// of them copies, the other reads.
TEST(BoundStoreStressTest, ThreadsPromoteOnce) {
  const int rounds = StressRounds(40'000);
  const AsyncLocalStorage<int> number;
  const AsyncLocalStorage<std::optional<long>> small;
  const AsyncLocalStorage<std::string> large;
  const AsyncLocalStorage<int> own;
  const Frame* frame = nullptr;
  FrameRef captured[2];
  std::vector<Meeting> meetings(static_cast<std::size_t>(rounds));
  std::barrier<> begin_and_end(2);
  const auto child = [&](int index, int round) {
    begin_and_end.arrive_and_wait();
    {
      const BorrowedFrameScope scope(frame);
      meetings[static_cast<std::size_t>(round)].Wait(2);
      if (round % 2 != 0) own.EnterWith(index);
      captured[index] = CaptureFrame();
      ASSERT_THAT(number.GetStore(), Pointee(round));
      ASSERT_EQ(**small.GetStore(), round);
      ASSERT_EQ(*large.GetStore(), "large");
    }
    begin_and_end.arrive_and_wait();
  };
  RunOnThreads(2, [&](int index) {
    for (int i = 0; i < rounds; ++i) {
      if (index == 1) {
        child(index, i);
        continue;  // what it has captured goes in the next round
      }
      number.Run(i, [&] {
        large.Run("large", [&] {
          small.Run(i, [&] {
            frame = CurrentFrame();
            child(index, i);
            ASSERT_EQ(captured[0].get() == captured[1].get(), i % 2 == 0);
          });
        });
      });
      captured[0] = {};
    }
  });
}

}  // namespace
}  // namespace weft
