// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How often the context layer allocates, and that it changes nothing where it
// cannot.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <vector>

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

using context_internal::AllocateFrame;
using context_internal::EmptyFrameStocks;
using context_internal::frame_stocks;
using context_internal::FrameSizeClass;
using context_internal::FrameStock;
using context_internal::FreeFrame;
using context_internal::kFrameBlockSizes;
using testing::Pointee;
using tests::Counted;
using tests::Tally;

// Both do what those of tests do, with nothing kept that could be used again.
template <typename Fn>
int AllocationsIn(const Fn& fn) {
  EmptyFrameStocks();
  return tests::AllocationsIn(fn);
}
void FailAllocation(int n) {
  EmptyFrameStocks();
  tests::FailAllocation(n);
}

// False under the sanitizers.
constexpr bool kMemoryIsUsedAgain = FrameSizeClass(1) < kFrameBlockSizes.size();

class AllocationTest : public ContextFixture {
 protected:
  Tally tally_;  // outlives the flow of the test
};
INSTANTIATE_TEST_SUITE_P(All, AllocationTest, ContextFixture::All(),
                         ContextFixture::Name);

TEST_P(AllocationTest, ScopesOfSmallStoresStandOnTheStack) {
  struct Largest {
    char bytes[32];
  };
  const AsyncLocalStorage<int> storage;
  const AsyncLocalStorage<Largest> largest;
  const AsyncLocalStorage<std::string> string;
  EXPECT_EQ(AllocationsIn([&] {
              storage.Run(1, [&] {
                storage.Run(2, [] {});
                largest.Run(Largest(), [] {});
              });
              storage.Exit([] {});
              string.Exit([] {});
              auto scope = storage.WithScope(1);
            }),
            0);
}

TEST_P(AllocationTest, LargerStoresTakeOneAllocation) {
  struct TooLarge {
    char bytes[33];
  };
  struct alignas(16) TooAligned {
    char bytes[16];
  };
  const AsyncLocalStorage<TooLarge> large;
  const AsyncLocalStorage<TooAligned> aligned;
  const AsyncLocalStorage<std::unique_ptr<int>> pointer;
  EXPECT_EQ(AllocationsIn([&] { large.Run(TooLarge(), [] {}); }), 1);
  EXPECT_EQ(AllocationsIn([&] { aligned.Run(TooAligned(), [] {}); }), 1);
  EXPECT_EQ(AllocationsIn([&] { pointer.Run(nullptr, [] {}); }), 1);
  EXPECT_EQ(AllocationsIn([&] { auto scope = pointer.WithScope(nullptr); }), 1);
}

using Storages = std::vector<std::unique_ptr<AsyncLocalStorage<int>>>;

// Runs one storage in the other, and returns if each had its store.
bool RunAll(const Storages& storages, std::size_t first = 0) {
  if (first == storages.size()) return true;
  const AsyncLocalStorage<int>& storage = *storages[first];
  return storage.Run(static_cast<int>(first), [&] {
    return RunAll(storages, first + 1) &&
           *storage.GetStore() == static_cast<int>(first);
  });
}

Storages MakeStorages(std::size_t count) {
  Storages storages;
  while (storages.size() < count) {
    storages.push_back(std::make_unique<AsyncLocalStorage<int>>());
  }
  return storages;
}

TEST_P(AllocationTest, ThirtyTwoStoragesFindRoomOnTheStack) {
  const Storages storages = MakeStorages(31);  // and that of the fixture
  EXPECT_EQ(AllocationsIn([&] { EXPECT_TRUE(RunAll(storages)); }), 0);
}

// Whichever they are among how many.
TEST_P(AllocationTest, AFewOfManyStoragesFindRoomOnTheStack) {
  const Storages all = MakeStorages(5'000);
  for (const std::size_t step : {1u, 3u, 32u, 100u, 256u, 1'000u}) {
    for (std::size_t first = 0; first < 64; ++first) {
      bool right = true;
      std::vector<const AsyncLocalStorage<int>*> few;
      for (std::size_t i = 0; i < 4; ++i) {
        few.push_back(all[first + i * step].get());
      }
      EXPECT_EQ(AllocationsIn([&] {
                  few[0]->Run(0, [&] {
                    few[1]->Run(1, [&] {
                      few[2]->Run(2, [&] {
                        few[3]->Run(3, [&] {
                          for (std::size_t i = 0; i < 4; ++i) {
                            const int* const store = few[i]->GetStore();
                            right = right && store != nullptr &&
                                    *store == static_cast<int>(i);
                          }
                        });
                      });
                    });
                  });
                }),
                0);
      EXPECT_TRUE(right);
    }
  }
}

// So many as meet at one place, and no more.
TEST_P(AllocationTest, ManyStoragesInOneFlowDoNot) {
  const Storages storages = MakeStorages(1'000);
  EXPECT_GT(AllocationsIn([&] { EXPECT_TRUE(RunAll(storages)); }), 0);
  // One that is bound again and again takes no more room.
  const AsyncLocalStorage<int>& one = *storages[500];
  bool right = true;
  const std::function<void(int)> recurse = [&](int level) {
    if (level == 0) return;
    one.Run(level, [&] {
      recurse(level - 1);
      right = right && *one.GetStore() == level;
    });
  };
  EXPECT_EQ(AllocationsIn([&] { recurse(100); }), 0);
  EXPECT_TRUE(right);
}

TEST_P(AllocationTest, EnteringAllocatesTwice) {
  const AsyncLocalStorage<int> storage;
  storage.EnterWith(0);  // takes what is around to the heap, too
  for (const std::optional<int> store :
       {std::optional(1), std::optional<int>()}) {
    const ContextSnapshot held = ContextSnapshot::Capture();
    EXPECT_EQ(AllocationsIn([&] { storage.EnterWith(store); }), 2);
    held.Run([&] { EXPECT_TRUE(storage.IsBound()); });
  }
}

TEST_P(AllocationTest, EnteringWhereNobodyElseHoldsTheFrameAllocatesOnce) {
  const AsyncLocalStorage<int> storage;
  const AsyncLocalStorage<int> other;
  storage.EnterWith(0);
  EXPECT_EQ(AllocationsIn([&] { storage.EnterWith(1); }), 1);
  EXPECT_EQ(AllocationsIn([&] { other.EnterWith(2); }), 1);
  EXPECT_EQ(AllocationsIn([&] { storage.EnterWith(std::nullopt); }), 1);
  EXPECT_EQ(storage.GetStore(), nullptr);
  EXPECT_THAT(other.GetStore(), Pointee(2));
}

TEST_P(AllocationTest, WhatIsEnteredUsesMemoryAgain) {
  if (!kMemoryIsUsedAgain) GTEST_SKIP() << "sanitizers see each block";
  const AsyncLocalStorage<int> storage;
  const AsyncLocalStorage<std::string> string;
  const auto enter = [&] {
    ContextSnapshot().Run([&] {
      storage.EnterWith(1);
      string.EnterWith("short");
    });
  };
  enter();
  EXPECT_EQ(tests::AllocationsIn([&] {
              for (int i = 0; i < 100; ++i) enter();
            }),
            0);
}

// A store that is aligned more than memory of frames is comes from elsewhere.
TEST_P(AllocationTest, AlignedStoresKeepTheirAlignment) {
  struct alignas(64) Aligned {
    char bytes[64];
  };
  const AsyncLocalStorage<Aligned> storage;
  for (int i = 0; i < 100; ++i) {
    storage.EnterWith(Aligned());
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(storage.GetStore()) % 64, 0u);
  }
}

TEST(FrameMemoryTest, AThreadKeepsAFewBlocks) {
  if (!kMemoryIsUsedAgain) GTEST_SKIP() << "sanitizers see each block";
  EmptyFrameStocks();
  constexpr int kBlocks = 2 * FrameStock::kMost + 1;
  for (const std::size_t size : kFrameBlockSizes) {
    std::vector<void*> blocks;
    blocks.reserve(kBlocks);
    EXPECT_EQ(tests::AllocationsIn([&] {
                for (int i = 0; i < kBlocks; ++i) {
                  blocks.push_back(AllocateFrame(size));
                }
              }),
              kBlocks);
    for (void* const block : blocks) FreeFrame(block, size);
    blocks.clear();
    EXPECT_EQ(tests::AllocationsIn([&] {
                for (int i = 0; i < kBlocks; ++i) {
                  blocks.push_back(AllocateFrame(size));
                }
              }),
              kBlocks - FrameStock::kMost);
    for (void* const block : blocks) FreeFrame(block, size);
  }
  EmptyFrameStocks();
}

// Nor what destructors free that run after the stocks are over.
TEST(FrameMemoryTest, NothingIsKeptLongerThanTheThread) {
  if (!kMemoryIsUsedAgain) GTEST_SKIP() << "sanitizers see each block";
  static bool is_empty = false;
  static bool stays_empty = false;
  const auto kept = [] { return frame_stocks[0].first != nullptr; };
  struct AtEnd {
    ~AtEnd() {
      if (kept == nullptr) return;
      is_empty = !kept();
      FreeFrame(AllocateFrame(1), 1);
      stays_empty = !kept();
    }
    bool (*kept)() = nullptr;
  };
  std::thread([&] {
    static thread_local AtEnd at_end;  // made before anything is kept
    at_end.kept = kept;
    FreeFrame(AllocateFrame(1), 1);
    EXPECT_TRUE(kept());
  }).join();
  EXPECT_TRUE(is_empty);
  EXPECT_TRUE(stays_empty);
}

TEST_P(AllocationTest, AnEndThatMustKeepMoreAllocatesOnce) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  one.EnterWith(0);
  int inside = 0;
  const int all = AllocationsIn([&] {
    one.Run(1, [&] { inside = AllocationsIn([&] { two.EnterWith(2); }); });
  });
  EXPECT_EQ(inside, 3);  // the store of the Run() moves to the heap
  EXPECT_EQ(all - inside, 1);
}

// Each store and each frame moves to the heap at most once.
TEST_P(AllocationTest, FirstCaptureInAScopeAllocates) {
  const auto capture = [] {
    return AllocationsIn([] { ContextSnapshot::Capture(); });
  };
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<int> two;
  const AsyncLocalStorage<std::string> three;
  capture();  // and what is around, before
  one.Run(1, [&] {
    two.Run(2, [&] {
      EXPECT_EQ(capture(), 3);  // two stores, one frame
      EXPECT_EQ(capture(), 0);
      three.Run("store on the heap", [&] {
        EXPECT_EQ(capture(), 1);
        EXPECT_EQ(capture(), 0);
      });
      EXPECT_EQ(capture(), 0);
    });
    EXPECT_EQ(capture(), 1);  // its frame
    EXPECT_EQ(capture(), 0);
    ContextSnapshot().Run([&] { EXPECT_EQ(capture(), 0); });
  });
  EXPECT_EQ(capture(), 0);
}

TEST_P(AllocationTest, ReadingAndCapturingWhatIsEnteredDoNotAllocate) {
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
  ContextSnapshot held = ContextSnapshot::Capture();
  bool called = false;
  const auto body = [&] { called = true; };
  const auto check = [&] {
    FailAllocation(-1);
    EXPECT_FALSE(called);
    EXPECT_EQ(tally_.live(), 1);
    EXPECT_EQ(one.GetStore()->value(), 1);
    EXPECT_THAT(two.GetStore(), Pointee(2));
  };
  FailAllocation(0);
  EXPECT_THROW(one.Run(Counted(tally_, 3), body), std::bad_alloc);
  check();
  FailAllocation(0);
  EXPECT_THROW(auto scope = one.WithScope(Counted(tally_, 4)), std::bad_alloc);
  check();
  for (int failing = 0; failing < 2; ++failing) {
    FailAllocation(failing);
    EXPECT_THROW(one.EnterWith(Counted(tally_, 5)), std::bad_alloc);
    check();
  }
  held = {};
  one.Run(Counted(tally_, 6), [&] { EXPECT_EQ(tally_.live(), 2); });
  EXPECT_EQ(one.GetStore()->value(), 1);
}

// The same where bindings are too many for the stack: they meet at one place.
TEST_P(AllocationTest, FailureOfALargeFrameChangesAndLeaksNothing) {
  const Storages many = MakeStorages(5 * 32);
  const AsyncLocalStorage<int> small;
  const Storages between = MakeStorages(31);
  const AsyncLocalStorage<Counted> large;
  for (std::size_t i = 0; i < 5; ++i) many[i * 32]->EnterWith(1);
  for (const bool is_small : {true, false}) {
    const std::function<void(int)> recurse = [&](int level) {
      if (level < 4) {
        // Links, so that the next one finds no room.
        return many[static_cast<std::size_t>(level) * 32]->Run(
            2, [&] { recurse(level + 1); });
      }
      for (int failing = 0; failing < 2; ++failing) {
        bool called = false;
        const auto body = [&] { called = true; };
        FailAllocation(failing);
        if (is_small) {
          EXPECT_THROW(small.Run(1, body), std::bad_alloc);
          FailAllocation(failing);
          EXPECT_THROW(small.Exit(body), std::bad_alloc);
        } else {
          EXPECT_THROW(large.Run(Counted(tally_), body), std::bad_alloc);
        }
        FailAllocation(-1);
        EXPECT_FALSE(called);
        EXPECT_FALSE(small.IsBound());
        EXPECT_FALSE(large.IsBound());
        EXPECT_EQ(tally_.live(), 0);
      }
    };
    recurse(0);
  }
}

// At each of its allocations in turn; and it may be tried again.
TEST_P(AllocationTest, FailureOfACaptureChangesAndLeaksNothing) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<Counted> two;
  const AsyncLocalStorage<int> three;
  int failures = 0;
  for (bool failed = true; failed;) {
    failed = false;
    ContextSnapshot snapshot;
    one.Run(1, [&] {
      two.Run(Counted(tally_, 2), [&] {
        three.Run(3, [&] {
          const int* const store = one.GetStore();
          FailAllocation(failures);
          try {
            ContextSnapshot::Capture();
          } catch (const std::bad_alloc&) {
            failed = true;
            EXPECT_EQ(one.GetStore(), store);
          }
          FailAllocation(-1);
          EXPECT_THAT(one.GetStore(), Pointee(1));
          EXPECT_EQ(two.GetStore()->value(), 2);
          EXPECT_THAT(three.GetStore(), Pointee(3));
          snapshot = ContextSnapshot::Capture();
        });
      });
    });
    EXPECT_EQ(tally_.live(), 1);
    snapshot.Run([&] {
      EXPECT_THAT(one.GetStore(), Pointee(1));
      EXPECT_EQ(two.GetStore()->value(), 2);
      EXPECT_THAT(three.GetStore(), Pointee(3));
    });
    snapshot = {};
    EXPECT_EQ(tally_.live(), 0);
    if (failed) ++failures;
  }
  EXPECT_EQ(failures, 3);  // a frame and two stores
}

// The same for EnterWith(), which takes what is around to the heap.
TEST_P(AllocationTest, FailureToEnterInARunChangesAndLeaksNothing) {
  const AsyncLocalStorage<int> one;
  const AsyncLocalStorage<Counted> two;
  int failures = 0;
  for (bool failed = true; failed;) {
    failed = false;
    one.Run(1, [&] {
      FailAllocation(failures);
      try {
        two.EnterWith(Counted(tally_, 2));
      } catch (const std::bad_alloc&) {
        failed = true;
      }
      FailAllocation(-1);
      EXPECT_THAT(one.GetStore(), Pointee(1));
      EXPECT_EQ(two.IsBound(), !failed);
      EXPECT_EQ(tally_.live(), failed ? 0 : 1);
    });
    EXPECT_FALSE(one.IsBound());
    EXPECT_EQ(two.IsBound(), !failed);
    if (failed) ++failures;
  }
  EXPECT_GE(failures, 3);  // its store, a frame, the store of the Run()
}

TEST_P(AllocationTest, FailureLeavesAnUnboundStorageUnbound) {
  const AsyncLocalStorage<Counted> storage;
  const ContextSnapshot held = ContextSnapshot::Capture();
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
