// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task_memory.h"

#include <array>
#include <cstddef>
#include <new>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "weft/context/internal/at_fork.h"
#include "weft/context/internal/mutex.h"
#include "weft/executor/internal/prefetch.h"

namespace weft::executor_internal {
namespace {

using context_internal::AtFork;
using context_internal::Mutex;
using context_internal::MutexLock;

constexpr int kMagazine = 64;  // blocks

struct Block {
  Block* next;           // in a stack
  Block* next_magazine;  // in the depot, in a magazine's first block
};

struct Depot {
  Mutex mutex;
  Block* first ABSL_GUARDED_BY(mutex) = nullptr;  // magazine
  // Of magazines that were not full when their threads ended: fewer blocks than
  // make one.
  Block* rest ABSL_GUARDED_BY(mutex) = nullptr;
  int rest_count ABSL_GUARDED_BY(mutex) = 0;

  // Null if it has none.
  Block* Take() noexcept ABSL_LOCKS_EXCLUDED(mutex) {
    const MutexLock lock(mutex);
    return first == nullptr ? nullptr
                            : std::exchange(first, first->next_magazine);
  }
  void Give(Block& magazine) noexcept ABSL_LOCKS_EXCLUDED(mutex) {
    const MutexLock lock(mutex);
    Keep(magazine);
  }
  void GiveOne(Block& block) noexcept ABSL_LOCKS_EXCLUDED(mutex) {
    const MutexLock lock(mutex);
    block.next = std::exchange(rest, &block);
    if (++rest_count < kMagazine) return;
    rest_count = 0;
    Keep(*std::exchange(rest, nullptr));
  }

 private:
  void Keep(Block& magazine) noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    magazine.next_magazine = std::exchange(first, &magazine);
  }
};

// Never destroyed: threads may end after static destruction.
constinit std::array<Depot, kTaskBlockSizes.size()> depots;

[[maybe_unused]] const bool known_at_fork = [] {
  for (Depot& depot : depots) new AtFork(depot.mutex);
  return true;
}();

// A magazine of new blocks, which begin where cache lines do, or halves of
// them. Throws std::bad_alloc.
Block* NewMagazine(std::size_t size) {
  constexpr std::size_t kLine = 64;
  auto* const memory = static_cast<std::byte*>(
      ::operator new(size * kMagazine, std::align_val_t{kLine}));
  Block* block = nullptr;
  for (int i = kMagazine; i > 0; --i) {
    block = new (memory + size * static_cast<std::size_t>(i - 1))
        Block{block, nullptr};
  }
  return block;
}

// A thread's free blocks of one size: `loaded` of `count` blocks, and `spare`,
// a full magazine or none. When the thread is ending it has none, but says it
// is full, so that each use comes by where nothing is kept any more.
struct Stack {
  Block* loaded = nullptr;
  int count = 0;
  Block* spare = nullptr;
};

struct Cache {
  std::array<Stack, kTaskBlockSizes.size()> stacks;
  bool closed = false;  // the thread is ending
};

constinit thread_local Cache cache;

// Gives back all that the calling thread, which is ending, keeps.
void EmptyCache() noexcept {
  for (std::size_t i = 0; i < kTaskBlockSizes.size(); ++i) {
    Stack& stack = cache.stacks[i];
    if (stack.spare != nullptr) depots[i].Give(*stack.spare);
    while (stack.loaded != nullptr) {
      depots[i].GiveOne(*std::exchange(stack.loaded, stack.loaded->next));
    }
    stack = {.count = kMagazine};
  }
}

// At the end of the thread; destructors that come later keep nothing.
class CacheGuard {
 public:
  void Arm() noexcept { armed_ = true; }
  ~CacheGuard() {
    if (!armed_) return;
    cache.closed = true;
    EmptyCache();
  }

 private:
  bool armed_ = false;
};

constinit thread_local CacheGuard guard;

// Room for one more block in `stack`.
void Unload(Stack& stack, Depot& depot) noexcept {
  guard.Arm();
  if (stack.spare != nullptr) depot.Give(*stack.spare);
  stack.spare = std::exchange(stack.loaded, nullptr);
  stack.count = 0;
}

void Load(Stack& stack, Depot& depot, std::size_t size) {
  guard.Arm();
  Block* magazine = std::exchange(stack.spare, nullptr);
  if (magazine == nullptr) magazine = depot.Take();
  if (magazine == nullptr) magazine = NewMagazine(size);
  stack.loaded = magazine;
  stack.count = kMagazine;
}

Block* Pop(Stack& stack) noexcept {
  --stack.count;
  Block* const next = stack.loaded->next;
  // They come back in no order: it may be far away in memory.
  if (next != nullptr) PrefetchTask(next);
  return std::exchange(stack.loaded, next);
}

void Push(Stack& stack, void* memory) noexcept {
  stack.loaded = new (memory) Block{stack.loaded, nullptr};
  ++stack.count;
}

[[gnu::noinline]] void* AllocateFromDepot(std::size_t size_class) {
  Stack& stack = cache.stacks[size_class];
  Load(stack, depots[size_class], kTaskBlockSizes[size_class]);
  Block* const block = Pop(stack);
  if (cache.closed) [[unlikely]]
    EmptyCache();
  return block;
}

[[gnu::noinline]] void FreeToDepot(void* block,
                                   std::size_t size_class) noexcept {
  Stack& stack = cache.stacks[size_class];
  Unload(stack, depots[size_class]);
  Push(stack, block);
  if (cache.closed) [[unlikely]]
    EmptyCache();
}

}  // namespace

void* AllocateTaskBlock(std::size_t size_class) {
  Stack& stack = cache.stacks[size_class];
  if (stack.loaded == nullptr) [[unlikely]]
    return AllocateFromDepot(size_class);
  return Pop(stack);
}

void FreeTaskBlock(void* block, std::size_t size_class) noexcept {
  Stack& stack = cache.stacks[size_class];
  if (stack.count == kMagazine) [[unlikely]]
    return FreeToDepot(block, size_class);
  Push(stack, block);
}

}  // namespace weft::executor_internal
