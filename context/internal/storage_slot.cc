// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/storage_slot.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/context/internal/at_fork.h"
#include "weft/context/internal/mutex.h"

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
  Mutex mutex;
  std::deque<StorageSlot> slots ABSL_GUARDED_BY(mutex);
  // By index, as long as `slots`.
  std::vector<bool> used ABSL_GUARDED_BY(mutex);
  std::vector<std::shared_ptr<const BindingCopier>> copiers
      ABSL_GUARDED_BY(mutex);
  // No free slot has a lower index.
  std::size_t lowest_free ABSL_GUARDED_BY(mutex) = 0;
  const AtFork at_fork{mutex};
};

// Leaked on purpose: storages and frames may outlive every static destructor.
Registry& GetRegistry() {
  static Registry& registry = *new Registry;
  return registry;
}

// While there is one thread.
[[maybe_unused]] const Registry& made_at_load = GetRegistry();

}  // namespace

StorageSlot::StorageSlot(std::uint32_t index) noexcept
    : index_(index), key_(NextKey(Rule::kInherit)) {}

StorageSlot& StorageSlot::Acquire(Rule rule,
                                  std::shared_ptr<const BindingCopier> copier) {
  Registry& registry = GetRegistry();
  const MutexLock lock(registry.mutex);
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
  const MutexLock lock(registry.mutex);
  slot.Renew(Rule::kInherit);
  copier = std::move(registry.copiers[slot.index()]);
  registry.used[slot.index()] = false;
  registry.lowest_free =
      std::min<std::size_t>(registry.lowest_free, slot.index());
}

std::shared_ptr<const BindingCopier> StorageSlot::CopierOf(
    std::uint64_t key_of_binding) const {
  Registry& registry = GetRegistry();
  const MutexLock lock(registry.mutex);
  return key() == key_of_binding ? registry.copiers[index_] : nullptr;
}

const StorageSlot& StorageSlot::AcquireOnce(
    std::atomic<const StorageSlot*>& once, Rule rule) {
  // [S1]
  const StorageSlot* known = once.load(std::memory_order_acquire);
  if (known != nullptr) return *known;
  StorageSlot& slot = Acquire(rule);
  // [S1]
  if (once.compare_exchange_strong(known, &slot, std::memory_order_acq_rel,
                                   std::memory_order_acquire)) {
    return slot;
  }
  Release(slot);
  return *known;
}

void StorageSlot::Renew(Rule rule) noexcept {
  // relaxed: see key(). Whoever must see the new key is ordered after this call
  // by other means (a join, a lock, a task's submission).
  key_.store(NextKey(rule), std::memory_order_relaxed);
}

}  // namespace weft::context_internal
