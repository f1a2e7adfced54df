// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Memory in blocks of one size, from which threads fill their own stocks and to
// which they give back their surplus.
//
// Blocks lie in slabs, each of as many blocks as a thread takes at a time, one
// behind the other. A block goes back to its own slab, whichever thread gives
// it and in whatever order: so blocks that are taken together lie together. (J.
// Bonwick, "The Slab Allocator", USENIX 1994, for slabs; J. Bonwick, J. Adams,
// "Magazines and Vmem", USENIX 2001, for stocks of threads.) If blocks went
// from thread to thread in the order in which they came, their order in memory
// would be lost after a few rounds, and each access to a task would wait for
// memory.
//
// Slabs lie in regions, each of which begins at a multiple of its size: so a
// block's address says which slab it is of. Regions are kept for ever.

#ifndef WEFT_EXECUTOR_INTERNAL_MEMORY_BLOCK_DEPOT_H_
#define WEFT_EXECUTOR_INTERNAL_MEMORY_BLOCK_DEPOT_H_

#include <cstddef>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"

namespace weft::executor_internal {

// A free block.
struct Block {
  Block* next;
};

// Thread-safe.
class BlockDepot {
 public:
  // The number of blocks of a slab, and about how many change hands at a time.
  static constexpr int kMagazine = 64;

  // A list of blocks, or a run of memory that is to be cut into them.
  struct Supply {
    Block* list = nullptr;
    std::byte* begin = nullptr;
    std::byte* end = nullptr;
  };

  // `block_size` is a multiple of 32 within these limits.
  static constexpr std::size_t kLeastBytes = 64;
  static constexpr std::size_t kMostBytes = 4096;
  explicit constexpr BlockDepot(std::size_t block_size) noexcept
      : slab_bytes_(static_cast<std::uint32_t>(block_size) * kMagazine) {}
  BlockDepot(const BlockDepot&) = delete;
  BlockDepot& operator=(const BlockDepot&) = delete;

  // Returns at least one block. Throws std::bad_alloc.
  Supply Take() ABSL_LOCKS_EXCLUDED(mutex_);
  void Give(Block* list) noexcept ABSL_LOCKS_EXCLUDED(mutex_);

  base::Mutex& mutex() noexcept { return mutex_; }

 private:
  // Its blocks that are in the depot, and the lists that it is in.
  struct Slab {
    Block* free = nullptr;
    Slab* next_whole = nullptr;
    Slab* next_part = nullptr;
    int count = 0;
    bool is_part = false;  // in that list; it may be whole or empty by now
  };
  struct Region;

  std::byte* MemoryOf(const Slab& slab) const noexcept;
  Slab& SlabOf(const Block& block) const noexcept;

  // Each returns null if there is none.
  Slab* TakeWhole() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Slab* TakeUnused() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Returns, if no slab is whole, the blocks of one or more that have some.
  Block* TakeParts() noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddWhole(Slab& slab) noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes `first`, and those behind it in its list that are of the same slab,
  // up to the first one that is not; returns that one, or null.
  Block* GiveRun(Block& first) noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AddRegion() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::uint32_t slab_bytes_;
  base::Mutex mutex_;
  // Slabs of which all blocks are here: the last one to become so first.
  Slab* whole_ ABSL_GUARDED_BY(mutex_) = nullptr;
  // Slabs of which some blocks are, or were, here: the first one first.
  Slab* parts_ ABSL_GUARDED_BY(mutex_) = nullptr;
  Slab* last_part_ ABSL_GUARDED_BY(mutex_) = nullptr;
  // Slabs of the newest region from which no block has been taken yet.
  Slab* unused_ ABSL_GUARDED_BY(mutex_) = nullptr;
  Slab* unused_end_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_MEMORY_BLOCK_DEPOT_H_
