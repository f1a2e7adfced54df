// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/memory/block_depot.h"

#include <memory>
#include <new>
#include <utility>

namespace weft::executor_internal {

using base::MutexLock;

namespace {

constexpr std::size_t kRegionBytes = std::size_t{1} << 20;
// The beginning of a region has room for what is known of its slabs. Its place
// there differs from region to region, or the slabs of all regions would meet
// in a few lines of the processor's caches.
constexpr std::size_t kRoomBytes = std::size_t{1} << 16;
constexpr std::size_t kColours = 8;
constexpr std::size_t kColourBytes = kRoomBytes / kColours;

std::byte* RegionOf(const void* memory) noexcept {
  return reinterpret_cast<std::byte*>(reinterpret_cast<std::uintptr_t>(memory) &
                                      ~(kRegionBytes - 1));
}

std::byte* SlabsOf(std::byte* region) noexcept {
  const auto number = reinterpret_cast<std::uintptr_t>(region) / kRegionBytes;
  return region + number % kColours * kColourBytes;
}

}  // namespace

BlockDepot::Slab& BlockDepot::SlabOf(const Block& block) const noexcept {
  std::byte* const region = RegionOf(&block);
  const auto offset = static_cast<std::uint32_t>(
      reinterpret_cast<const std::byte*>(&block) - (region + kRoomBytes));
  return reinterpret_cast<Slab*>(SlabsOf(region))[offset / slab_bytes_];
}

std::byte* BlockDepot::MemoryOf(const Slab& slab) const noexcept {
  std::byte* const region = RegionOf(&slab);
  const auto number = &slab - reinterpret_cast<Slab*>(SlabsOf(region));
  return region + kRoomBytes + static_cast<std::size_t>(number) * slab_bytes_;
}

BlockDepot::Supply BlockDepot::Take() {
  for (;;) {
    {
      const MutexLock lock(mutex_);
      Slab* slab = TakeWhole();
      if (slab == nullptr) {
        if (Block* const list = TakeParts()) return {.list = list};
        slab = TakeUnused();
      }
      if (slab != nullptr) {
        std::byte* const memory = MemoryOf(*slab);
        return {.begin = memory, .end = memory + slab_bytes_};
      }
    }
    AddRegion();
  }
}

BlockDepot::Slab* BlockDepot::TakeWhole() noexcept {
  Slab* const slab = whole_;
  if (slab == nullptr) return nullptr;
  whole_ = slab->next_whole;
  slab->free = nullptr;
  slab->count = 0;
  return slab;
}

BlockDepot::Slab* BlockDepot::TakeUnused() noexcept {
  return unused_ == unused_end_ ? nullptr : unused_++;
}

Block* BlockDepot::TakeParts() noexcept {
  Block* list = nullptr;
  int count = 0;
  while (parts_ != nullptr && count < kMagazine / 4) {
    Slab& slab = *std::exchange(parts_, parts_->next_part);
    slab.is_part = false;
    Block** end = &list;
    while (*end != nullptr) end = &(*end)->next;
    *end = std::exchange(slab.free, nullptr);
    count += std::exchange(slab.count, 0);
  }
  return list;
}

void BlockDepot::AddWhole(Slab& slab) noexcept {
  slab.next_whole = std::exchange(whole_, &slab);
}

void BlockDepot::Give(Block* list) noexcept {
  const MutexLock lock(mutex_);
  while (list != nullptr) list = GiveRun(*list);
}

Block* BlockDepot::GiveRun(Block& first) noexcept {
  Slab& slab = SlabOf(first);
  const auto begin = reinterpret_cast<std::uintptr_t>(MemoryOf(slab));
  Block* last = &first;
  Block* next = first.next;
  int count = 1;
  // Null lies in no slab.
  while (reinterpret_cast<std::uintptr_t>(next) - begin < slab_bytes_) {
    last = next;
    next = next->next;
    ++count;
  }
  last->next = std::exchange(slab.free, &first);
  slab.count += count;
  if (slab.count == kMagazine) {
    AddWhole(slab);
  } else if (!slab.is_part) {
    slab.is_part = true;
    slab.next_part = nullptr;
    (parts_ == nullptr ? parts_ : last_part_->next_part) = &slab;
    last_part_ = &slab;
  }
  return next;
}

// Not under the lock: the allocator may be the user's, and call fork().
void BlockDepot::AddRegion() {
  auto* const region = static_cast<std::byte*>(
      ::operator new(kRegionBytes, std::align_val_t{kRegionBytes}));
  static_assert((kRegionBytes - kRoomBytes) / (kLeastBytes * kMagazine) *
                    sizeof(Slab) <=
                kColourBytes);
  const std::size_t count = (kRegionBytes - kRoomBytes) / slab_bytes_;
  auto* const slabs = reinterpret_cast<Slab*>(SlabsOf(region));
  std::uninitialized_value_construct_n(slabs, count);
  const MutexLock lock(mutex_);
  // Slabs of another region, if another thread has added one meanwhile.
  while (Slab* const slab = TakeUnused()) AddWhole(*slab);
  unused_ = slabs;
  unused_end_ = slabs + count;
}

}  // namespace weft::executor_internal
