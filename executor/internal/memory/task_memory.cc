// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/memory/task_memory.h"

#include <array>
#include <cstddef>
#include <new>
#include <utility>

#include "weft/base/threads/at_fork.h"
#include "weft/executor/internal/memory/block_depot.h"
#include "weft/executor/internal/memory/prefetch.h"

namespace weft::executor_internal {
namespace {

using base::AtFork;

template <std::size_t... i>
constexpr std::array<BlockDepot, sizeof...(i)> MakeDepots(
    std::index_sequence<i...>) noexcept {
  return {BlockDepot(kTaskBlockSizes[i])...};
}

// Never destroyed: threads may end after static destruction.
constinit std::array depots =
    MakeDepots(std::make_index_sequence<kTaskBlockSizes.size()>());

[[maybe_unused]] const bool memory_known_at_fork = [] {
  for (BlockDepot& depot : depots) new AtFork(depot.mutex());
  return true;
}();

constinit thread_local bool this_thread_is_ending = false;

void* Cut(TaskStock& stock, std::size_t size) noexcept {
  return std::exchange(stock.uncut, stock.uncut + size);
}

// Gives back all that the calling thread, which is ending, keeps.
void EmptyCache() noexcept {
  for (std::size_t i = 0; i < kTaskBlockSizes.size(); ++i) {
    TaskStock& stock = task_stocks[i];
    while (stock.uncut != stock.uncut_end) {
      stock.Push(Cut(stock, kTaskBlockSizes[i]));
    }
    depots[i].Give(stock.spare);
    depots[i].Give(stock.loaded);
    stock = {};
  }
}

// Empties the cache at the end of the thread; destructors that come later keep
// nothing.
class CacheGuard {
 public:
  void Arm() noexcept { armed_ = true; }
  ~CacheGuard() {
    if (!armed_) return;
    this_thread_is_ending = true;
    EmptyCache();
  }

 private:
  bool armed_ = false;
};

constinit thread_local CacheGuard guard;

void FreeSupply(BlockDepot::Supply supply, std::size_t size_class) noexcept {
  for (; supply.begin != supply.end;
       supply.begin += kTaskBlockSizes[size_class]) {
    FreeTaskBlock(supply.begin, size_class);
  }
  while (supply.list != nullptr) {
    FreeTaskBlock(std::exchange(supply.list, supply.list->next), size_class);
  }
}

[[gnu::noinline]] void* AllocateFromDepot(std::size_t size_class) {
  guard.Arm();
  TaskStock& stock = task_stocks[size_class];
  if (stock.spare != nullptr) {
    stock.loaded = std::exchange(stock.spare, nullptr);
    stock.count = stock.spare_count;
    return stock.Pop();
  }
  const BlockDepot::Supply supply = depots[size_class].Take();
  if (stock.loaded != nullptr || stock.uncut != stock.uncut_end) [[unlikely]] {
    // A user's allocator has made or ended tasks meanwhile.
    FreeSupply(supply, size_class);
    return AllocateTaskBlock(size_class);
  }
  stock.count = 0;
  for (Block* block = supply.list; block != nullptr; block = block->next) {
    ++stock.count;
  }
  stock.loaded = supply.list;
  stock.uncut = supply.begin;
  stock.uncut_end = supply.end;
  void* const block = stock.loaded != nullptr
                          ? stock.Pop()
                          : Cut(stock, kTaskBlockSizes[size_class]);
  if (this_thread_is_ending) [[unlikely]]
    EmptyCache();
  return block;
}

}  // namespace

constinit thread_local TaskStocks task_stocks;

void* AllocateUnloaded(std::size_t size_class) {
  TaskStock& stock = task_stocks[size_class];
  if (stock.uncut != stock.uncut_end) [[likely]]
    return Cut(stock, kTaskBlockSizes[size_class]);
  return AllocateFromDepot(size_class);
}

void FreeToDepot(void* block, std::size_t size_class) noexcept {
  guard.Arm();
  TaskStock& stock = task_stocks[size_class];
  depots[size_class].Give(stock.spare);
  stock.spare = std::exchange(stock.loaded, nullptr);
  stock.spare_count = std::exchange(stock.count, 0);
  stock.Push(block);
  if (this_thread_is_ending) [[unlikely]]
    EmptyCache();
}

}  // namespace weft::executor_internal
