// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/storage_slot.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "weft/context/internal/binding.h"
#include "weft/tests/support/run_on_threads.h"
#include "weft/tests/support/stress_rounds.h"

namespace weft::context_internal {
namespace {

using testing::Each;
using tests::RunOnThreads;
using tests::StressRounds;

TEST(StorageSlotTest, IndexesStartAtZeroAndGrow) {
  StorageSlot& zero = StorageSlot::Acquire();
  StorageSlot& one = StorageSlot::Acquire();
  EXPECT_EQ(zero.index(), 0u);
  EXPECT_EQ(one.index(), 1u);
  StorageSlot::Release(one);
  StorageSlot::Release(zero);
}

TEST(StorageSlotTest, OneIsAcquiredOnce) {
  std::vector<std::atomic<const StorageSlot*>> onces(
      static_cast<std::size_t>(StressRounds(2'000)));
  std::vector<std::vector<const StorageSlot*>> seen(8);
  RunOnThreads(8, [&](int i) {
    for (std::atomic<const StorageSlot*>& once : onces) {
      seen[static_cast<std::size_t>(i)].push_back(
          &StorageSlot::AcquireOnce(once, Rule::kSuppress, "once"));
    }
  });
  EXPECT_THAT(seen, Each(seen.front()));
  for (const StorageSlot* slot : seen.front()) {
    StorageSlot::Release(const_cast<StorageSlot&>(*slot));
  }
  // Those that came too late have released theirs.
  std::vector<StorageSlot*> free(onces.size() + 8);
  for (std::uint32_t i = 0; i < free.size(); ++i) {
    free[i] = &StorageSlot::Acquire();
    EXPECT_EQ(free[i]->index(), i);
  }
  for (StorageSlot* slot : free) StorageSlot::Release(*slot);
}

TEST(StorageSlotTest, LowestFreeSlotIsUsedAgain) {
  std::vector<StorageSlot*> slots(5);
  for (StorageSlot*& slot : slots) slot = &StorageSlot::Acquire();
  StorageSlot::Release(*slots[3]);
  StorageSlot::Release(*slots[1]);
  EXPECT_EQ(&StorageSlot::Acquire(), slots[1]);
  EXPECT_EQ(&StorageSlot::Acquire(), slots[3]);
  StorageSlot& next = StorageSlot::Acquire();
  EXPECT_EQ(next.index(), 5u);
  StorageSlot::Release(next);
  for (StorageSlot* slot : slots) StorageSlot::Release(*slot);
}

TEST(StorageSlotTest, KeysNeverComeBack) {
  std::set<std::uint64_t> keys;
  for (int i = 0; i < 10; ++i) {
    StorageSlot& one = StorageSlot::Acquire();
    StorageSlot& two = StorageSlot::Acquire();
    EXPECT_TRUE(keys.insert(one.key()).second || i > 0);
    EXPECT_TRUE(keys.insert(two.key()).second || i > 0);
    one.Renew();
    EXPECT_TRUE(keys.insert(one.key()).second);
    StorageSlot::Release(two);
    EXPECT_TRUE(keys.insert(two.key()).second);
    StorageSlot::Release(one);
    EXPECT_TRUE(keys.insert(one.key()).second);
  }
}

class NoCopier final : public BindingCopier {
  BindingRef Copy(const Binding&) const override { return {}; }
};

TEST(StorageSlotTest, ACopierIsOfOneKey) {
  const auto copier = std::make_shared<NoCopier>();
  StorageSlot& slot = StorageSlot::Acquire(Rule::kCopy, copier);
  const std::uint64_t key = slot.key();
  EXPECT_EQ(slot.CopierOf(key), copier);
  StorageSlot::Release(slot);
  StorageSlot& next =
      StorageSlot::Acquire(Rule::kCopy, std::make_shared<NoCopier>());
  ASSERT_EQ(&next, &slot);
  EXPECT_EQ(slot.CopierOf(key), nullptr);
  StorageSlot::Release(next);
}

TEST(StorageSlotStressTest, NoSlotHasTwoOwners) {
  std::mutex mutex;
  std::set<std::uint32_t> owned;
  RunOnThreads(8, [&](int) {
    for (int i = 0; i < StressRounds(5'000); ++i) {
      StorageSlot& slot = StorageSlot::Acquire();
      {
        const std::lock_guard<std::mutex> lock(mutex);
        ASSERT_TRUE(owned.insert(slot.index()).second);
      }
      const std::uint64_t key = slot.key();
      slot.Renew();
      ASSERT_NE(slot.key(), key);
      {
        const std::lock_guard<std::mutex> lock(mutex);
        owned.erase(slot.index());
      }
      StorageSlot::Release(slot);
    }
  });
  StorageSlot& slot = StorageSlot::Acquire();
  EXPECT_EQ(slot.index(), 0u);
  StorageSlot::Release(slot);
}

}  // namespace
}  // namespace weft::context_internal
