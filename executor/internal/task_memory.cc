// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task_memory.h"

#include <array>
#include <cstddef>
#include <new>
#include <utility>

#include "absl/base/config.h"
#include "absl/base/thread_annotations.h"
#include "weft/context/internal/at_fork.h"
#include "weft/context/internal/mutex.h"

namespace weft::executor_internal {
namespace {

using context_internal::AtFork;
using context_internal::Mutex;
using context_internal::MutexLock;

#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
constexpr bool kKeep = false;
#else
constexpr bool kKeep = true;
#endif

// The larger ones are for coroutines.
constexpr std::array<std::size_t, 4> kSizes = {128, 256, 512, 1024};
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
constinit std::array<Depot, kSizes.size()> depots;

[[maybe_unused]] const bool known_at_fork = [] {
  for (Depot& depot : depots) new AtFork(depot.mutex);
  return true;
}();

// A magazine of new blocks. Throws std::bad_alloc.
Block* NewMagazine(std::size_t size) {
  auto* const memory =
      static_cast<std::byte*>(::operator new(size * kMagazine));
  Block* block = nullptr;
  for (int i = kMagazine; i > 0; --i) {
    block = new (memory + size * static_cast<std::size_t>(i - 1))
        Block{block, nullptr};
  }
  return block;
}

// A thread's free blocks of one size: `loaded` of up to kMagazine blocks, and
// `spare`, a full magazine or none.
struct Stack {
  Block* loaded = nullptr;
  int count = 0;
  Block* spare = nullptr;
};

struct Cache {
  std::array<Stack, kSizes.size()> stacks;
  bool closed = false;  // the thread is ending
};

constinit thread_local Cache cache;

// Gives back all that the calling thread keeps.
void EmptyCache() noexcept {
  for (std::size_t i = 0; i < kSizes.size(); ++i) {
    Stack& stack = cache.stacks[i];
    if (stack.spare != nullptr) depots[i].Give(*stack.spare);
    while (stack.loaded != nullptr) {
      depots[i].GiveOne(*std::exchange(stack.loaded, stack.loaded->next));
    }
    stack = {};
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

// Which size is kept for `size`; kSizes.size(): none.
std::size_t SizeClass(std::size_t size) noexcept {
  if (!kKeep) return kSizes.size();
  std::size_t i = 0;
  while (i < kSizes.size() && size > kSizes[i]) ++i;
  return i;
}

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

}  // namespace

void* AllocateTask(std::size_t size) {
  const std::size_t size_class = SizeClass(size);
  if (size_class == kSizes.size()) return ::operator new(size);
  Stack& stack = cache.stacks[size_class];
  if (stack.loaded == nullptr) [[unlikely]] {
    Load(stack, depots[size_class], kSizes[size_class]);
  }
  --stack.count;
  Block* const block = std::exchange(stack.loaded, stack.loaded->next);
  if (cache.closed) [[unlikely]]
    EmptyCache();
  return block;
}

void FreeTask(void* memory, std::size_t size) noexcept {
  const std::size_t size_class = SizeClass(size);
  if (size_class == kSizes.size()) return ::operator delete(memory);
  Stack& stack = cache.stacks[size_class];
  if (stack.count == kMagazine) [[unlikely]]
    Unload(stack, depots[size_class]);
  auto* const block = new (memory) Block;
  block->next = stack.loaded;
  stack.loaded = block;
  ++stack.count;
  if (cache.closed) [[unlikely]]
    EmptyCache();
}

}  // namespace weft::executor_internal
