// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/memory/block_depot.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/run_on_threads.h"
#include "tests/support/stress_rounds.h"

namespace weft::executor_internal {
namespace {

constexpr std::size_t kSize = 96;
constexpr std::size_t kMagazine = BlockDepot::kMagazine;

// A depot that is kept, as its memory is. Tests give back what they take by
// the region.
BlockDepot& MakeDepot(std::size_t size = kSize) {
  static auto& depots = *new std::vector<std::unique_ptr<BlockDepot>>;
  return *depots.emplace_back(std::make_unique<BlockDepot>(size));
}

// The blocks of a supply, in its order.
std::vector<std::byte*> BlocksOf(BlockDepot::Supply supply,
                                 std::size_t size = kSize) {
  std::vector<std::byte*> blocks;
  for (; supply.begin != supply.end; supply.begin += size) {
    blocks.push_back(supply.begin);
  }
  for (Block* block = supply.list; block != nullptr; block = block->next) {
    blocks.push_back(reinterpret_cast<std::byte*>(block));
  }
  return blocks;
}

void Give(BlockDepot& depot, const std::vector<std::byte*>& blocks) {
  Block* list = nullptr;
  for (std::byte* const block : blocks) list = new (block) Block{list};
  depot.Give(list);
}

class BlockDepotSizeTest : public testing::TestWithParam<std::size_t> {};

TEST_P(BlockDepotSizeTest, SmokeFreshBlocksLieTogetherAndApartFromOthers) {
  BlockDepot& depot = MakeDepot(GetParam());
  std::set<std::byte*> all;
  constexpr std::size_t kSlabs = 1000;  // more than a region has
  for (std::size_t i = 0; i < kSlabs; ++i) {
    const BlockDepot::Supply supply = depot.Take();
    EXPECT_EQ(supply.list, nullptr);
    const std::vector<std::byte*> blocks = BlocksOf(supply, GetParam());
    ASSERT_EQ(blocks.size(), kMagazine);
    for (std::byte* const block : blocks) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 32, 0u);
      // Nothing else lies there.
      new (block) std::byte[GetParam()]();
      all.insert(block);
    }
  }
  ASSERT_EQ(all.size(), kSlabs * kMagazine);
  std::byte* last = nullptr;
  for (std::byte* const block : all) {
    if (last != nullptr) {
      ASSERT_GE(block - last, static_cast<std::ptrdiff_t>(GetParam()));
    }
    last = block;
  }
  Give(depot, {all.begin(), all.end()});
}

INSTANTIATE_TEST_SUITE_P(Sizes, BlockDepotSizeTest,
                         testing::Values(BlockDepot::kLeastBytes, 96, 1024,
                                         BlockDepot::kMostBytes),
                         [](const auto& test_info) {
                           return std::to_string(test_info.param);
                         });

TEST(BlockDepotTest, SmokeWhatComesBackInDisorderIsTakenInOrder) {
  BlockDepot& depot = MakeDepot();
  std::vector<std::byte*> blocks;
  for (int i = 0; i < 500; ++i) {
    const std::vector<std::byte*> more = BlocksOf(depot.Take());
    blocks.insert(blocks.end(), more.begin(), more.end());
  }
  std::shuffle(blocks.begin(), blocks.end(), std::minstd_rand(1));
  Give(depot, blocks);
  std::vector<std::byte*> again;
  for (int i = 0; i < 500; ++i) {
    const BlockDepot::Supply supply = depot.Take();
    EXPECT_EQ(supply.end - supply.begin,
              static_cast<std::ptrdiff_t>(kMagazine * kSize));
    const std::vector<std::byte*> more = BlocksOf(supply);
    again.insert(again.end(), more.begin(), more.end());
  }
  std::sort(blocks.begin(), blocks.end());
  std::sort(again.begin(), again.end());
  EXPECT_EQ(again, blocks);
  Give(depot, again);
}

TEST(BlockDepotTest, SmokePartsOfSlabsAreUsedBeforeFreshMemory) {
  BlockDepot& depot = MakeDepot();
  const std::vector<std::byte*> one = BlocksOf(depot.Take());
  const std::vector<std::byte*> other = BlocksOf(depot.Take());
  std::vector<std::byte*> part = {one[3], other[5], one[60], one[7], other[0]};
  Give(depot, part);
  std::vector<std::byte*> taken = BlocksOf(depot.Take());
  std::sort(part.begin(), part.end());
  std::sort(taken.begin(), taken.end());
  EXPECT_EQ(taken, part);
  // Nothing is left of them.
  EXPECT_EQ(BlocksOf(depot.Take()).size(), kMagazine);
}

TEST(BlockDepotTest, SmokeASlabMayBecomeWholeAfterItWasTakenInParts) {
  BlockDepot& depot = MakeDepot();
  std::vector<std::byte*> blocks = BlocksOf(depot.Take());
  for (int round = 0; round < 3; ++round) {
    Give(depot, {blocks[0]});
    Give(depot, {blocks[1]});
    EXPECT_EQ(BlocksOf(depot.Take()).size(), 2u);
    Give(depot, blocks);
    EXPECT_EQ(BlocksOf(depot.Take()), blocks);
  }
}

// A block has one owner at a time: what it writes is there, and TSan sees no
// race.
TEST(BlockDepotTest, StressEachBlockHasOneOwner) {
  BlockDepot& depot = MakeDepot();
  constexpr int kThreads = 4;
  tests::RunOnThreads(kThreads, [&](int thread) {
    std::minstd_rand random(static_cast<unsigned>(thread) + 1);
    std::vector<std::byte*> own;
    const auto mark = static_cast<std::byte>(thread + 1);
    for (int i = 0; i < tests::StressRounds(20'000); ++i) {
      if (random() % 2 == 0) {
        for (std::byte* const block : BlocksOf(depot.Take())) {
          block[kSize - 1] = mark;
          own.push_back(block);
        }
      } else {
        std::vector<std::byte*> back;
        for (std::size_t n = random() % 100; n > 0 && !own.empty(); --n) {
          std::swap(own[random() % own.size()], own.back());
          ASSERT_EQ(own.back()[kSize - 1], mark);
          back.push_back(own.back());
          own.pop_back();
        }
        Give(depot, back);
      }
    }
    Give(depot, own);
  });
}

}  // namespace
}  // namespace weft::executor_internal
