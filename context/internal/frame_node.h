// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The entries of a frame where the places of several bindings meet.
//
// A frame has a table of up to 32 places (frame.h). Bindings that do not fit
// there side by side lie in nodes below a place: a trie by the bits of their
// indexes, five at a time (after P. Bagwell, "Ideal Hash Trees", 2001). Nodes
// are immutable and shared by frames: a change copies those on one path. A
// frame on the stack puts a link of its own before the entry at the place, and
// so allocates nothing.

#ifndef WEFT_CONTEXT_INTERNAL_FRAME_NODE_H_
#define WEFT_CONTEXT_INTERNAL_FRAME_NODE_H_

#include <array>
#include <cstdint>

#include "weft/base/ref.h"
#include "weft/context/internal/binding.h"

namespace weft::context_internal {

// The number of bits of an index that give a place in a table or node.
inline constexpr std::uint32_t kPlaceBits = 5;
inline constexpr std::uint32_t kPlaces = 1 << kPlaceBits;
// A table has a power of two places, and no fewer than these.
inline constexpr std::uint32_t kLeastPlaces = 4;

using EntryRef = base::Ref<const FrameEntry>;

// The entries of a table of all places; null where there is none.
using Entries = std::array<EntryRef, kPlaces>;

// Returns how many places hold them side by side: all, if they are not bindings
// only.
std::uint32_t PlacesFor(const Entries& entries) noexcept;
// Fills a table of `places` places.
void MoveInto(Entries& entries, const FrameEntry** table,
              std::uint32_t places) noexcept;
// Returns the place, in a table of all places, of the entry at `place` of a
// smaller table, or of a table of that size; `shift` bits of the indexes are
// above the table.
std::uint32_t PlaceIn(std::uint32_t place, const FrameEntry& entry,
                      std::uint32_t shift) noexcept;

// Part of a frame on the stack: a binding before other entries. It counts
// nothing.
class FrameLink final : public FrameEntry {
 public:
  FrameLink(const Binding& binding, const FrameEntry& next) noexcept
      : FrameEntry(kLinkKey), binding_(binding), next_(next) {
    if (const FrameLink* const link = From(&next)) count_ += link->count_;
  }

  static const FrameLink* From(const FrameEntry* entry) noexcept {
    return entry->key() == kLinkKey ? static_cast<const FrameLink*>(entry)
                                    : nullptr;
  }

  const Binding& binding() const noexcept { return binding_; }
  const FrameEntry& next() const noexcept { return next_; }
  // Returns the number of links in a row.
  std::uint32_t count() const noexcept { return count_; }

 private:
  const Binding& binding_;
  const FrameEntry& next_;
  std::uint32_t count_ = 1;
};

// Returns the binding of the slot with that `index` in or below `entry`, which
// stands at a place of a frame's table and may be null; stale or not.
const Binding* FindBelow(const FrameEntry* entry, std::uint32_t index) noexcept;

// Calls `visit(visitor, binding)` with each binding in or below `entry`.
using BindingVisitor = void (*)(void* visitor, const Binding& binding);
void VisitBelow(const FrameEntry& entry, void* visitor, BindingVisitor visit);

// Returns the rules of all bindings in or below `entry`.
std::uint32_t RulesBelow(const FrameEntry& entry) noexcept;

// Returns what a frame gets for a binding of another one: null, or a binding of
// the same slot, on the heap.
using Inheriting = BindingRef (*)(const Binding& binding);

// Returns `entry` with what `inherit` returns for each binding in or below it;
// itself if nothing changes. Throws std::bad_alloc, and what `inherit` throws.
EntryRef InheritBelow(const FrameEntry* entry, Inheriting inherit);
// The same for the bindings that are current. Costs nothing where no slot has
// been renewed since the last time.
EntryRef CurrentBelow(const FrameEntry* entry);
// Returns `entry`, on the heap, with `binding`, on the heap, in the place of
// any other of its slot. Throws std::bad_alloc.
EntryRef WithBinding(const FrameEntry* entry, const Binding& binding);
// Returns `entry`, on the heap, without a binding of that slot. Throws
// std::bad_alloc.
EntryRef WithoutBinding(const FrameEntry* entry, std::uint32_t index);

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_FRAME_NODE_H_
