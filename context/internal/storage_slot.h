// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A slot is a storage's place in every frame: an index, so that a lookup is one
// array access, and a key that says which bindings there are valid.
//
// A binding records the key under which it was made and answers only while the
// slot still has that key. Keys are drawn from one counter and never come back,
// so one comparison covers both ways a binding can go stale: its storage was
// disabled (the slot took a new key), or was destroyed (the slot took a new key
// and now waits for, or serves, another storage).
//
// The low bits of a key are the storage's rule: so a binding knows it, at no
// cost.

#ifndef WEFT_CONTEXT_INTERNAL_STORAGE_SLOT_H_
#define WEFT_CONTEXT_INTERNAL_STORAGE_SLOT_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "weft/base/language.h"
#include "weft/context/internal/label_form.h"

namespace weft::context_internal {

class BindingCopier;

// Says what a task inherits where a storage is bound; a set of rules where
// several are. The numbers are bits of keys.
enum class Rule : std::uint32_t {
  kInherit = 0,
  kNever = 1,     // is unbound
  kCopy = 2,      // a copy, made for it
  kSuppress = 4,  // nothing, of any storage
};
inline constexpr std::uint32_t kAllRules = 7;

inline constexpr Rule RuleOf(std::uint64_t key) noexcept {
  return static_cast<Rule>(key & kAllRules);
}

// Thread-safe. Never freed: a stale binding may look at its slot at any time.
//
// Edges:
//   [S2] Renew()'s count <-> renewals(): a thread that sees that a slot was
//        renewed finds its bindings stale. Breaks if weakened: a node is taken
//        for one whose bindings are all current, and a stale value is kept
//        until the next renewal of any slot. Test:
//        ManySlotsTest.NoStaleValueIsKept (TSan).
//   [V1] Acquire()'s store of `label_` <-> label(); the new key of Release()
//        comes before it. A thread that looks at the label first and at the key
//        then finds the bindings of the storage before stale when it sees the
//        label of the next. Breaks if weakened: a store is written by the form
//        of another type. Test: LabelsTest.AStorageTakesThePlaceOfAnother
//        (TSan).
//   [V2] The stores that append a slot to the list of those that have had a
//        label <-> the loads that walk it: a slot in the list is complete.
//        Breaks if weakened: a slot is read half made. Test: as [V1].
class StorageSlot {
 public:
  // No key is less than this.
  static constexpr std::uint64_t kFirstKey = kAllRules + 1;

  // Returns the free slot with the lowest index, so that frames stay small.
  // Takes a lock, and time logarithmic in the free slots. Throws
  // std::bad_alloc. `copier` is used if the rule is kCopy. A `label` that is
  // not private is kept for good, once for all storages that have the same. The
  // name is for those who look into the process.
  static StorageSlot& Acquire(
      Rule rule = Rule::kInherit,
      std::shared_ptr<const BindingCopier> copier = nullptr,
      const LabelForm& label = {}, std::string_view name = {});
  // Returns the slot in `once`, for good; acquires one if there is none. Not a
  // static local: a child of a fork() during its initialization would wait for
  // that for ever.
  //
  // Edges:
  //   [B3] The exchange that puts the slot into `once` <-> every load of it: a
  //        thread that sees the slot sees it complete. Breaks if weakened: an
  //        index is read half written. Test: StorageSlotTest.OneIsAcquiredOnce
  //        (TSan).
  static const StorageSlot& AcquireOnce(std::atomic<const StorageSlot*>& once,
                                        Rule rule, std::string_view name);
  // Makes every binding of the slot stale and the slot free for reuse.
  static void Release(StorageSlot& slot) noexcept;

  // Returns the copier that the slot had under that key; null if it has another
  // key by now. Takes the registry's lock.
  std::shared_ptr<const BindingCopier> CopierOf(
      std::uint64_t key_of_binding) const;

  // Returns the name that the storage has that has the slot; nothing if the
  // slot has another key by now. Takes the registry's lock. Throws
  // std::bad_alloc.
  std::string NameOf(std::uint64_t key_of_binding) const;

  explicit StorageSlot(std::uint32_t index) noexcept;

  std::uint32_t index() const noexcept { return index_; }

  std::uint64_t key() const noexcept {
    // relaxed: only compared for equality; no data is reached through the key.
    // A reader racing with Renew() sees the old key or the new one.
    return key_.load(std::memory_order_relaxed);
  }

  // Returns the label of the slot's storage; null if that is private.
  const LabelForm* label() const noexcept {
    // [V1]
    return label_.load(std::memory_order_acquire);
  }

  // Walk the slots that have, or once had, a label; null: no more.
  static const StorageSlot* FirstLabeled() noexcept {
    // [V2]
    return first_labeled_.load(std::memory_order_acquire);
  }
  const StorageSlot* next_labeled() const noexcept {
    // [V2]
    return next_labeled_.load(std::memory_order_acquire);
  }

  // Returns how many renewals there have been; keys drawn by new slots do not
  // count.
  static std::uint64_t renewals() noexcept {
    // [S2]
    return renewals_.load(std::memory_order_acquire);
  }

  // Takes a new key: every binding made so far, on every thread, is stale. The
  // rule stays.
  void Renew() noexcept { Renew(RuleOf(key())); }
  // The same, one call at a time, and stores the new key in `copy` too.
  void Renew(std::atomic<std::uint64_t>& copy) noexcept;

 private:
  void Renew(Rule rule) noexcept;

  static constinit std::atomic<std::uint64_t> renewals_;
  static constinit std::atomic<const StorageSlot*> first_labeled_;

  const std::uint32_t index_;
  std::atomic<std::uint64_t> key_;
  std::atomic<const LabelForm*> label_{nullptr};
  std::atomic<const StorageSlot*> next_labeled_{nullptr};
};

// The slot of one storage, with copies of what a lookup compares: they stand in
// the storage, so that a lookup does not go through the slot. The storage binds
// under the key that is here, and looks for that.
//
// Thread-safe.
//
// Edges:
//   [S3] Renew()'s store of `key_` <-> key_to_bind(): the slot's own key is as
//        new as the one that is seen here. Otherwise what is bound under this
//        one would be taken for stale, and left out of the next frame, by a
//        thread that sees the new key before the slot has it. Test:
//        DisableTest.WhatIsStoredAfterItIsSeenStays.
class OwnedSlot {
 public:
  explicit OwnedSlot(StorageSlot& slot) noexcept
      : slot_(slot), index_(slot.index()), key_(slot.key()) {}
  OwnedSlot(const OwnedSlot&) = delete;
  OwnedSlot& operator=(const OwnedSlot&) = delete;

  StorageSlot& slot() const noexcept { return slot_; }
  std::uint32_t index() const noexcept { return index_; }

  std::uint64_t key() const noexcept {
    // relaxed: see StorageSlot::key().
    return key_.load(std::memory_order_relaxed);
  }
  std::uint64_t key_to_bind() const noexcept {
    // [S3]
    return key_.load(std::memory_order_acquire);
  }

  void Renew() noexcept { slot_.Renew(key_); }

 private:
  StorageSlot& slot_;
  const std::uint32_t index_;
  std::atomic<std::uint64_t> key_;
};

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_STORAGE_SLOT_H_
