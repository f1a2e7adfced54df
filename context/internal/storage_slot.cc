// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/storage_slot.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace weft::context_internal {
namespace {

std::uint64_t NextKey(Rule rule) noexcept {
  constexpr std::uint64_t kStep = kAllRules + 1;
  static constinit std::atomic<std::uint64_t> next{kStep};
  // relaxed: only uniqueness is asked of it.
  return next.fetch_add(kStep, std::memory_order_relaxed) |
         static_cast<std::uint64_t>(rule);
}

struct Registry {
  std::mutex mutex;  // guards all below
  std::deque<StorageSlot> slots;
  std::vector<bool> used;  // by index, as long as `slots`
  std::vector<std::shared_ptr<const BindingCopier>> copiers;  // likewise
  std::size_t lowest_free = 0;  // no free slot has a lower index
};

// Leaked on purpose: storages and frames may outlive every static destructor.
Registry& GetRegistry() {
  static Registry& registry = *new Registry;
  return registry;
}

}  // namespace

StorageSlot::StorageSlot(std::uint32_t index) noexcept
    : index_(index), key_(NextKey(Rule::kInherit)) {}

StorageSlot& StorageSlot::Acquire(Rule rule,
                                  std::shared_ptr<const BindingCopier> copier) {
  Registry& registry = GetRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  const auto free = std::find(
      registry.used.begin() + static_cast<std::ptrdiff_t>(registry.lowest_free),
      registry.used.end(), false);
  const auto index = static_cast<std::size_t>(free - registry.used.begin());
  if (index == registry.slots.size()) {
    registry.used.reserve(index + 1);
    registry.copiers.reserve(index + 1);
    registry.slots.emplace_back(static_cast<std::uint32_t>(index));
    registry.used.push_back(false);
    registry.copiers.emplace_back();
  }
  registry.used[index] = true;
  registry.lowest_free = index + 1;
  registry.copiers[index] = std::move(copier);
  StorageSlot& slot = registry.slots[index];
  if (rule != Rule::kInherit) slot.Renew(rule);
  return slot;
}

void StorageSlot::Release(StorageSlot& slot) noexcept {
  Registry& registry = GetRegistry();
  std::shared_ptr<const BindingCopier> copier;  // dies when the lock is free
  const std::lock_guard<std::mutex> lock(registry.mutex);
  slot.Renew(Rule::kInherit);
  copier = std::move(registry.copiers[slot.index()]);
  registry.used[slot.index()] = false;
  registry.lowest_free =
      std::min<std::size_t>(registry.lowest_free, slot.index());
}

std::shared_ptr<const BindingCopier> StorageSlot::CopierOf(
    std::uint64_t key_of_binding) const {
  Registry& registry = GetRegistry();
  const std::lock_guard<std::mutex> lock(registry.mutex);
  return key() == key_of_binding ? registry.copiers[index_] : nullptr;
}

void StorageSlot::Renew(Rule rule) noexcept {
  // relaxed: see key(). Whoever must see the new key is ordered after this call
  // by other means (a join, a lock, a task's submission).
  key_.store(NextKey(rule), std::memory_order_relaxed);
}

}  // namespace weft::context_internal
