// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Memory for tasks, which are made on one thread and end on another, by the
// million: blocks of a few sizes, used again and again.
//
// Each thread has a stock of free blocks of each size; a stock that grows
// large, or runs empty, gives to or takes from a common depot (block_depot.h)
// many at a time. So a task costs no call of the allocator, and a lock about
// once in 64 tasks, or in 16 where free blocks lie scattered. Memory that was
// needed once is kept until the process ends: as much as the tasks pending at
// the peak. Tasks larger than the largest block come from the allocator, and so
// do all under the sanitizers, which thus see each task's memory come and go.

#ifndef WEFT_EXECUTOR_INTERNAL_MEMORY_TASK_MEMORY_H_
#define WEFT_EXECUTOR_INTERNAL_MEMORY_TASK_MEMORY_H_

#include <array>
#include <cstddef>
#include <new>

#include "absl/base/config.h"
#include "weft/base/language.h"
#include "weft/executor/internal/memory/block_depot.h"
#include "weft/executor/internal/memory/prefetch.h"

namespace weft::executor_internal {

// The smallest is a task of a group whose function has captured one word; the
// larger ones are for coroutines.
inline constexpr std::array<std::size_t, 5> kTaskBlockSizes = {96, 128, 256,
                                                               512, 1024};

// Returns the class of blocks for `size`; kTaskBlockSizes.size() if there is
// none.
[[gnu::always_inline]] constexpr std::size_t TaskSizeClass(
    std::size_t size) noexcept {
#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
  static_cast<void>(size);
  return kTaskBlockSizes.size();
#else
  std::size_t i = 0;
  while (i < kTaskBlockSizes.size() && size > kTaskBlockSizes[i]) ++i;
  return i;
#endif
}

// A thread's free blocks of one size. When the thread begins, and again when it
// is ending, the stock has none, but says it is full, so that each use takes
// the path that makes sure that nothing is kept longer than the thread.
struct TaskStock {
  Block* loaded = nullptr;  // to take from and to put on
  int count = BlockDepot::kMagazine;
  int spare_count = 0;
  Block* spare = nullptr;  // what was loaded when there was enough of it
  // Memory to be cut into blocks, taken when nothing is loaded.
  std::byte* uncut = nullptr;
  std::byte* uncut_end = nullptr;

  void Push(void* memory) noexcept {
    loaded = new (memory) Block{loaded};
    ++count;
  }
  // If something is loaded.
  Block* Pop() noexcept {
    --count;
    Block* const block = loaded;
    loaded = block->next;
    // Blocks that threads free come in no order: the next may be far away in
    // memory.
    if (loaded != nullptr) PrefetchTask(loaded);
    return block;
  }
};
using TaskStocks = std::array<TaskStock, kTaskBlockSizes.size()>;
extern constinit thread_local TaskStocks task_stocks;

// Do what the functions below do where the stock has nothing loaded, or enough.
void* AllocateUnloaded(std::size_t size_class);
void FreeToDepot(void* block, std::size_t size_class) noexcept;

// Returns a block of that class. Throws std::bad_alloc.
[[gnu::always_inline]] inline void* AllocateTaskBlock(std::size_t size_class) {
  TaskStock& stock = task_stocks[size_class];
  return stock.loaded != nullptr ? stock.Pop() : AllocateUnloaded(size_class);
}
[[gnu::always_inline]] inline void FreeTaskBlock(
    void* block, std::size_t size_class) noexcept {
  TaskStock& stock = task_stocks[size_class];
  if (stock.count >= BlockDepot::kMagazine) [[unlikely]]
    return FreeToDepot(block, size_class);
  stock.Push(block);
}

// Inline, so that where the size is known its class is. Throws std::bad_alloc.
[[gnu::always_inline]] inline void* AllocateTask(std::size_t size) {
  const std::size_t size_class = TaskSizeClass(size);
  return size_class == kTaskBlockSizes.size() ? ::operator new(size)
                                              : AllocateTaskBlock(size_class);
}
// `size` is the one given to AllocateTask().
[[gnu::always_inline]] inline void FreeTask(void* memory,
                                            std::size_t size) noexcept {
  const std::size_t size_class = TaskSizeClass(size);
  size_class == kTaskBlockSizes.size() ? ::operator delete(memory)
                                       : FreeTaskBlock(memory, size_class);
}

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_MEMORY_TASK_MEMORY_H_
