// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/memory/task_memory.h"

#include <cstddef>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace weft::executor_internal {
namespace {

constexpr std::size_t kLargest = kTaskBlockSizes.size() - 1;

// Returns how many different blocks `rounds` threads have seen, of which each
// Returns how many different blocks there are in so many rounds of
// `take(blocks)`, which adds some, and `give(blocks)`, which frees them.
template <typename Take, typename Give>
std::size_t BlocksSeen(int rounds, const Take& take, const Give& give) {
  std::set<void*> seen;
  for (int round = 0; round < rounds; ++round) {
    std::vector<void*> blocks;
    take(blocks);
    seen.insert(blocks.begin(), blocks.end());
    give(blocks);
  }
  return seen.size();
}

void TakeSome(std::vector<void*>& blocks) {
  for (int i = 0; i < 60; ++i) blocks.push_back(AllocateTaskBlock(kLargest));
}
void GiveAll(const std::vector<void*>& blocks) {
  for (void* const block : blocks) FreeTaskBlock(block, kLargest);
}

// What threads have when they end is used again.
TEST(TaskMemoryTest, SmokeThreadsThatOnlyFreeKeepNothing) {
  const std::size_t seen = BlocksSeen(100, TakeSome, [](const auto& blocks) {
    std::thread([&] { GiveAll(blocks); }).join();
  });
  EXPECT_LT(seen, 1000u);
}

TEST(TaskMemoryTest, SmokeThreadsThatOnlyAllocateKeepNothing) {
  const std::size_t seen = BlocksSeen(
      100, [](auto& blocks) { std::thread([&] { TakeSome(blocks); }).join(); },
      GiveAll);
  EXPECT_LT(seen, 1000u);
}

}  // namespace
}  // namespace weft::executor_internal
