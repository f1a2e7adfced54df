// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/storage_slot.h"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"

namespace weft::context_internal {
namespace {

std::uint64_t NextKey(Rule rule) noexcept {
  static constinit std::atomic<std::uint64_t> next{StorageSlot::kFirstKey};
  // relaxed: only uniqueness is asked of it.
  return next.fetch_add(kAllRules + 1, std::memory_order_relaxed) |
         static_cast<std::uint64_t>(rule);
}

struct Registry {
  base::Mutex mutex;
  std::deque<StorageSlot> slots ABSL_GUARDED_BY(mutex);
  // Copiers by index; as many as there are slots.
  std::vector<std::shared_ptr<const BindingCopier>> copiers
      ABSL_GUARDED_BY(mutex);
  // Names by index; as many as there are slots.
  std::vector<std::string> names ABSL_GUARDED_BY(mutex);
  // All labels that there have been, with their names. Never shrinks.
  std::deque<std::string> label_names ABSL_GUARDED_BY(mutex);
  std::deque<LabelForm> labels ABSL_GUARDED_BY(mutex);
  // The place for the next slot that gets its first label.
  std::atomic<const StorageSlot*>* last_labeled ABSL_GUARDED_BY(mutex) =
      nullptr;
  // Indexes, as a heap with the lowest in front; has capacity for all there
  // are.
  std::vector<std::uint32_t> free ABSL_GUARDED_BY(mutex);
  const base::AtFork at_fork{mutex};
};

// Leaked on purpose: storages and frames may outlive every static destructor.
Registry& GetRegistry() {
  static Registry& registry = *new Registry;
  return registry;
}

// Returns the one label that is equal to `label`. Throws std::bad_alloc.
const LabelForm& Intern(Registry& registry, const LabelForm& label)
    ABSL_EXCLUSIVE_LOCKS_REQUIRED(registry.mutex) {
  const auto found =
      std::find(registry.labels.begin(), registry.labels.end(), label);
  if (found != registry.labels.end()) return *found;
  LabelForm& added = registry.labels.emplace_back(label);
  try {
    added.name = registry.label_names.emplace_back(label.name);
  } catch (...) {
    registry.labels.pop_back();
    throw;
  }
  return added;
}

// Makes room for `count + 1` elements, seldom.
template <typename T>
void ReserveOneMore(std::vector<T>& elements, std::size_t count) {
  if (elements.capacity() > count) return;
  elements.reserve(std::max<std::size_t>(16, 2 * count));
}

// Made while there is one thread.
[[maybe_unused]] const Registry& slots_made_at_load = GetRegistry();

}  // namespace

constinit std::atomic<std::uint64_t> StorageSlot::renewals_{1};
constinit std::atomic<const StorageSlot*> StorageSlot::first_labeled_{nullptr};

StorageSlot::StorageSlot(std::uint32_t index) noexcept
    : index_(index), key_(NextKey(Rule::kInherit)) {}

StorageSlot& StorageSlot::Acquire(Rule rule,
                                  std::shared_ptr<const BindingCopier> copier,
                                  const LabelForm& label,
                                  std::string_view name) {
  std::string kept_name(name);
  Registry& registry = GetRegistry();
  const base::MutexLock lock(registry.mutex);
  const LabelForm* const kept =
      label.write == nullptr ? nullptr : &Intern(registry, label);
  std::vector<std::uint32_t>& free = registry.free;
  if (free.empty()) {
    const std::size_t count = registry.slots.size();
    ReserveOneMore(registry.copiers, count);
    ReserveOneMore(registry.names, count);
    ReserveOneMore(free, count);
    registry.slots.emplace_back(static_cast<std::uint32_t>(count));
    registry.copiers.emplace_back();
    registry.names.emplace_back();
    free.push_back(static_cast<std::uint32_t>(count));
  }
  std::pop_heap(free.begin(), free.end(), std::greater<>());
  const std::uint32_t index = free.back();
  free.pop_back();
  registry.copiers[index] = std::move(copier);
  registry.names[index].swap(kept_name);
  StorageSlot& slot = registry.slots[index];
  // Nothing is bound under its present key: not counted.
  // relaxed: see key().
  if (rule != Rule::kInherit) {
    slot.key_.store(NextKey(rule), std::memory_order_relaxed);
  }
  if (kept != nullptr) {
    if (registry.last_labeled == nullptr) {
      registry.last_labeled = &first_labeled_;
    }
    // relaxed: changed under the lock only. The last of the list is in it.
    const bool is_listed =
        slot.next_labeled_.load(std::memory_order_relaxed) != nullptr ||
        registry.last_labeled == &slot.next_labeled_;
    // [V1]
    slot.label_.store(kept, std::memory_order_release);
    if (!is_listed) {
      // [V2]
      registry.last_labeled->store(&slot, std::memory_order_release);
      registry.last_labeled = &slot.next_labeled_;
    }
  }
  return slot;
}

void StorageSlot::Release(StorageSlot& slot) noexcept {
  Registry& registry = GetRegistry();
  std::shared_ptr<const BindingCopier> copier;  // dies when the lock is free
  const base::MutexLock lock(registry.mutex);
  slot.Renew(Rule::kInherit);
  // [V1]
  slot.label_.store(nullptr, std::memory_order_release);
  copier = std::move(registry.copiers[slot.index()]);
  registry.free.push_back(slot.index());
  std::push_heap(registry.free.begin(), registry.free.end(), std::greater<>());
}

std::shared_ptr<const BindingCopier> StorageSlot::CopierOf(
    std::uint64_t key_of_binding) const {
  Registry& registry = GetRegistry();
  const base::MutexLock lock(registry.mutex);
  return key() == key_of_binding ? registry.copiers[index_] : nullptr;
}

std::string StorageSlot::NameOf(std::uint64_t key_of_binding) const {
  Registry& registry = GetRegistry();
  const base::MutexLock lock(registry.mutex);
  if (key() != key_of_binding) return {};
  return registry.names[index_];
}

const StorageSlot& StorageSlot::AcquireOnce(
    std::atomic<const StorageSlot*>& once, Rule rule, std::string_view name) {
  // [B3]
  const StorageSlot* known = once.load(std::memory_order_acquire);
  if (known != nullptr) return *known;
  StorageSlot& slot = Acquire(rule, nullptr, {}, name);
  // [B3]
  if (once.compare_exchange_strong(known, &slot, std::memory_order_acq_rel,
                                   std::memory_order_acquire)) {
    return slot;
  }
  Release(slot);
  return *known;
}

void StorageSlot::Renew(Rule rule) noexcept {
  // relaxed: see key(). A thread that must see the new key is ordered after
  // this call by other means (a join, a lock, a task's submission).
  key_.store(NextKey(rule), std::memory_order_relaxed);
  // [S2]
  renewals_.fetch_add(1, std::memory_order_release);
}

void StorageSlot::Renew(std::atomic<std::uint64_t>& copy) noexcept {
  // So that of two renewals the later one is last in both places.
  const base::MutexLock lock(GetRegistry().mutex);
  Renew();
  // [S3]
  copy.store(key(), std::memory_order_release);
}

}  // namespace weft::context_internal
