// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/storage_slot.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

namespace weft::context_internal {
namespace {

std::uint64_t NextKey() noexcept {
  static constinit std::atomic<std::uint64_t> next{1};
  // relaxed: only uniqueness is asked of it.
  return next.fetch_add(1, std::memory_order_relaxed);
}

struct Registry {
  std::mutex mutex;  // guards all below
  std::deque<StorageSlot> slots;
  std::vector<bool> used;       // by index, as long as `slots`
  std::size_t lowest_free = 0;  // no free slot has a lower index
};

// Leaked on purpose: storages and frames may outlive every static destructor.
Registry& GetRegistry() {
  static Registry& registry = *new Registry;
  return registry;
}

}  // namespace

StorageSlot::StorageSlot(std::uint32_t index) noexcept
    : index_(index), key_(NextKey()) {}

StorageSlot& StorageSlot::Acquire() {
  Registry& registry = GetRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  const auto free = std::find(
      registry.used.begin() + static_cast<std::ptrdiff_t>(registry.lowest_free),
      registry.used.end(), false);
  const auto index = static_cast<std::size_t>(free - registry.used.begin());
  if (index == registry.slots.size()) {
    registry.used.reserve(index + 1);
    registry.slots.emplace_back(static_cast<std::uint32_t>(index));
    registry.used.push_back(false);
  }
  registry.used[index] = true;
  registry.lowest_free = index + 1;
  return registry.slots[index];
}

void StorageSlot::Release(StorageSlot& slot) noexcept {
  slot.Renew();
  Registry& registry = GetRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  registry.used[slot.index()] = false;
  registry.lowest_free =
      std::min<std::size_t>(registry.lowest_free, slot.index());
}

void StorageSlot::Renew() noexcept {
  // relaxed: see key(). Whoever must see the new key is ordered after this call
  // by other means (a join, a lock, a task's submission).
  key_.store(NextKey(), std::memory_order_relaxed);
}

}  // namespace weft::context_internal
