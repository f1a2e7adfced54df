// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/frame_node.h"

#include <algorithm>
#include <atomic>
#include <new>
#include <utility>

#include "weft/context/internal/storage_slot.h"

namespace weft::context_internal {
namespace {

// Returns the place of an index, in a node that has `shift` of its bits above
// it.
std::uint32_t PlaceOf(std::uint32_t index, std::uint32_t shift) noexcept {
  return (index >> shift) % kPlaces;
}

const Binding& AsBinding(const FrameEntry& entry) noexcept {
  return static_cast<const Binding&>(entry);
}

// A node has a table like a frame's: as small as its bindings allow, side by
// side. It has nodes below it only if the table has all places.
class FrameNode final : public FrameEntry {
 public:
  // Returns the entry that holds `entries`: null, the one binding, or a node.
  static EntryRef Holding(Entries& entries, std::uint64_t checked);

  static const FrameNode* From(const FrameEntry* entry) noexcept {
    return entry->key() == kNodeKey ? static_cast<const FrameNode*>(entry)
                                    : nullptr;
  }
  static void operator delete(void* memory) noexcept {
    ::operator delete(memory);
  }

  const FrameEntry* At(std::uint32_t index,
                       std::uint32_t shift) const noexcept {
    return table()[index >> shift & mask_];
  }
  // Returns its entries, by place; null where there is none.
  Entries EntriesAt(std::uint32_t shift) const noexcept {
    Entries entries;
    for (std::uint32_t i = 0; i <= mask_; ++i) {
      if (const FrameEntry* const entry = table()[i]) {
        entries[PlaceIn(i, *entry, shift)] = EntryRef::Share(entry);
      }
    }
    return entries;
  }
  std::uint32_t rules() const noexcept { return rules_; }
  void Visit(void* visitor, BindingVisitor visit) const {
    for (std::uint32_t i = 0; i <= mask_; ++i) {
      if (const FrameEntry* const entry = table()[i]) {
        VisitBelow(*entry, visitor, visit);
      }
    }
  }

  // Returns the renewal of slots up to which all that is here is known to be
  // current.
  std::uint64_t checked() const noexcept {
    // relaxed: the same work is done twice at worst.
    return checked_.load(std::memory_order_relaxed);
  }
  void set_checked(std::uint64_t checked) const noexcept {
    // relaxed: see checked().
    checked_.store(checked, std::memory_order_relaxed);
  }

 private:
  FrameNode(std::uint32_t places, std::uint32_t rules,
            std::uint64_t checked) noexcept
      : FrameEntry(kNodeKey),
        mask_(places - 1),
        rules_(rules),
        checked_(checked) {}
  ~FrameNode() override {
    for (std::uint32_t i = 0; i <= mask_; ++i) {
      if (const FrameEntry* const entry = table()[i]) entry->Release();
    }
  }

  // Lies right behind the object.
  const FrameEntry* const* table() const noexcept {
    return reinterpret_cast<const FrameEntry* const*>(this + 1);
  }

  const std::uint32_t mask_;  // places, less one
  const std::uint32_t rules_;
  mutable std::atomic<std::uint64_t> checked_;
};

EntryRef FrameNode::Holding(Entries& entries, std::uint64_t checked) {
  std::uint32_t rules = 0;
  int count = 0;
  EntryRef* last = nullptr;
  for (EntryRef& entry : entries) {
    if (entry.get() == nullptr) continue;
    rules |= RulesBelow(*entry.get());
    ++count;
    last = &entry;
  }
  if (count == 0) return {};
  if (count == 1 && last->get()->is_binding()) return std::move(*last);
  const std::uint32_t places = PlacesFor(entries);
  void* const memory =
      ::operator new(sizeof(FrameNode) + places * sizeof(const FrameEntry*));
  auto* const node = new (memory) FrameNode(places, rules, checked);
  MoveInto(entries, reinterpret_cast<const FrameEntry**>(node + 1), places);
  return EntryRef::Adopt(node);
}

// In each of these functions the entry has `shift` bits of the indexes above
// it.

EntryRef WithBindingAt(const FrameEntry* entry, const Binding& binding,
                       std::uint32_t shift) {
  const std::uint32_t index = binding.index();
  if (entry == nullptr) return EntryRef::Share(&binding);
  if (const FrameNode* const node = FrameNode::From(entry)) {
    Entries entries = node->EntriesAt(shift);
    EntryRef& place = entries[PlaceOf(index, shift)];
    place = WithBindingAt(place.get(), binding, shift + kPlaceBits);
    return FrameNode::Holding(entries, node->checked());
  }
  const Binding& other = AsBinding(*entry);
  if (other.index() == index) return EntryRef::Share(&binding);
  // Adds nodes down to the next places that differ.
  Entries entries;
  const std::uint64_t checked = StorageSlot::renewals();
  entries[PlaceOf(other.index(), shift)] = EntryRef::Share(entry);
  EntryRef& place = entries[PlaceOf(index, shift)];
  place = WithBindingAt(place.get(), binding, shift + kPlaceBits);
  return FrameNode::Holding(entries, other.is_current() ? checked : 0);
}

EntryRef WithoutBindingAt(const FrameEntry* entry, std::uint32_t index,
                          std::uint32_t shift) {
  if (entry == nullptr) return {};
  if (const FrameNode* const node = FrameNode::From(entry)) {
    Entries entries = node->EntriesAt(shift);
    EntryRef& place = entries[PlaceOf(index, shift)];
    place = WithoutBindingAt(place.get(), index, shift + kPlaceBits);
    return FrameNode::Holding(entries, node->checked());
  }
  return AsBinding(*entry).index() == index ? EntryRef()
                                            : EntryRef::Share(entry);
}

BindingRef IfCurrent(const Binding& binding) {
  return binding.is_current() ? binding.OnHeap() : BindingRef();
}

EntryRef AsEntry(BindingRef binding) noexcept {
  return EntryRef::Adopt(binding.Detach());
}

EntryRef InheritBelowAt(const FrameEntry* entry, Inheriting inherit,
                        std::uint32_t shift) {
  if (entry == nullptr) return {};
  if (const FrameLink* const link = FrameLink::From(entry)) {
    const EntryRef next = InheritBelowAt(&link->next(), inherit, shift);
    const BindingRef first = inherit(link->binding());
    return first.get() == nullptr
               ? WithoutBinding(next.get(), link->binding().index())
               : WithBinding(next.get(), *first.get());
  }
  const FrameNode* const node = FrameNode::From(entry);
  if (node == nullptr) return AsEntry(inherit(AsBinding(*entry)));
  Entries entries = node->EntriesAt(shift);
  bool is_same = true;
  for (EntryRef& place : entries) {
    const FrameEntry* const before = place.get();
    EntryRef after = InheritBelowAt(before, inherit, shift + kPlaceBits);
    if (after.get() != before) is_same = false;
    place = std::move(after);
  }
  return is_same ? EntryRef::Share(entry)
                 : FrameNode::Holding(entries, node->checked());
}

}  // namespace

std::uint32_t PlacesFor(const Entries& entries) noexcept {
  for (std::uint32_t places = kLeastPlaces; places < kPlaces; places *= 2) {
    std::uint32_t taken = 0;
    bool fits = true;
    for (std::uint32_t i = 0; i < kPlaces && fits; ++i) {
      const FrameEntry* const entry = entries[i].get();
      if (entry == nullptr) continue;
      if (!entry->is_binding()) return kPlaces;
      const std::uint32_t bit = std::uint32_t{1} << i % places;
      fits = (taken & bit) == 0;
      taken |= bit;
    }
    if (fits) return places;
  }
  return kPlaces;
}

void MoveInto(Entries& entries, const FrameEntry** table,
              std::uint32_t places) noexcept {
  std::fill_n(table, places, nullptr);
  for (std::uint32_t i = 0; i < kPlaces; ++i) {
    if (entries[i].get() != nullptr) table[i % places] = entries[i].Detach();
  }
}

std::uint32_t PlaceIn(std::uint32_t place, const FrameEntry& entry,
                      std::uint32_t shift) noexcept {
  return entry.is_binding() ? AsBinding(entry).index() >> shift & (kPlaces - 1)
                            : place;
}

const Binding* FindBelow(const FrameEntry* entry,
                         std::uint32_t index) noexcept {
  std::uint32_t shift = kPlaceBits;
  while (entry != nullptr) {
    if (const FrameNode* const node = FrameNode::From(entry)) {
      entry = node->At(index, shift);
      shift += kPlaceBits;
    } else if (const FrameLink* const link = FrameLink::From(entry)) {
      if (link->binding().index() == index) return &link->binding();
      entry = &link->next();
    } else {
      return AsBinding(*entry).index() == index ? &AsBinding(*entry) : nullptr;
    }
  }
  return nullptr;
}

void VisitBelow(const FrameEntry& entry, void* visitor, BindingVisitor visit) {
  if (const FrameNode* const node = FrameNode::From(&entry)) {
    node->Visit(visitor, visit);
  } else if (const FrameLink* const link = FrameLink::From(&entry)) {
    visit(visitor, link->binding());
    VisitBelow(link->next(), visitor, visit);
  } else {
    visit(visitor, AsBinding(entry));
  }
}

std::uint32_t RulesBelow(const FrameEntry& entry) noexcept {
  const FrameNode* const node = FrameNode::From(&entry);
  return node != nullptr ? node->rules()
                         : static_cast<std::uint32_t>(AsBinding(entry).rule());
}

EntryRef InheritBelow(const FrameEntry* entry, Inheriting inherit) {
  return InheritBelowAt(entry, inherit, kPlaceBits);
}

EntryRef CurrentBelow(const FrameEntry* entry) {
  if (entry == nullptr) return {};
  const std::uint64_t renewals = StorageSlot::renewals();
  const FrameNode* const node = FrameNode::From(entry);
  if (node != nullptr && node->checked() == renewals) {
    return EntryRef::Share(entry);
  }
  EntryRef current = InheritBelow(entry, &IfCurrent);
  if (current.get() != nullptr) {
    if (const FrameNode* const checked = FrameNode::From(current.get())) {
      checked->set_checked(renewals);
    }
  }
  return current;
}

EntryRef WithBinding(const FrameEntry* entry, const Binding& binding) {
  return WithBindingAt(entry, binding, kPlaceBits);
}

EntryRef WithoutBinding(const FrameEntry* entry, std::uint32_t index) {
  return WithoutBindingAt(entry, index, kPlaceBits);
}

}  // namespace weft::context_internal
