// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What stands in a frame where the places of several bindings meet.
//
// A frame has a table of up to 32 places (frame.h). Bindings that do not fit
// there side by side lie in nodes below a place: a trie by the bits of their
// indexes, five at a time (after P. Bagwell, "Ideal Hash Trees", 2001). Nodes
// are immutable and shared by frames: a change copies those on one path. A
// frame on the stack puts a link of its own before what stood at the place, and
// so allocates nothing.

#ifndef WEFT_CONTEXT_INTERNAL_FRAME_NODE_H_
#define WEFT_CONTEXT_INTERNAL_FRAME_NODE_H_

#include <array>
#include <cstdint>

#include "weft/base/ref.h"
#include "weft/context/internal/binding.h"

namespace weft::context_internal {

// So many bits of an index say where in a table or node.
inline constexpr std::uint32_t kPlaceBits = 5;
inline constexpr std::uint32_t kPlaces = 1 << kPlaceBits;
// A table has a power of two of them, and no fewer than these.
inline constexpr std::uint32_t kLeastPlaces = 4;

using EntryRef = base::Ref<const FrameEntry>;

// What a table of all places has; null where nothing is.
using Entries = std::array<EntryRef, kPlaces>;

// So many places hold them side by side: all, if they are not bindings only.
std::uint32_t PlacesFor(const Entries& entries) noexcept;
// Fills a table of so many places.
void MoveInto(Entries& entries, const FrameEntry** table,
              std::uint32_t places) noexcept;
// Where in a table of all places that is which is at `place` of a smaller one,
// or of such; `shift` bits of the indexes are above the table.
std::uint32_t PlaceIn(std::uint32_t place, const FrameEntry& entry,
                      std::uint32_t shift) noexcept;

// Of a frame on the stack, and part of it: a binding before others. It counts
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
  // Of links in a row.
  std::uint32_t count() const noexcept { return count_; }

 private:
  const Binding& binding_;
  const FrameEntry& next_;
  std::uint32_t count_ = 1;
};

// The binding of the slot with that `index` in or below `entry`, which stands,
// or may be null, at a place of a frame's table; stale or not.
const Binding* FindBelow(const FrameEntry* entry, std::uint32_t index) noexcept;

// The rules of all in or below `entry`.
std::uint32_t RulesBelow(const FrameEntry& entry) noexcept;

// What a frame gets of a binding of another one: null, or a binding of the same
// slot, on the heap.
using Inheriting = BindingRef (*)(const Binding& binding);

// `entry` with what `inherit` returns for each binding in or below it; itself
// if that is what is there. Throws std::bad_alloc, and what `inherit` does.
EntryRef InheritBelow(const FrameEntry* entry, Inheriting inherit);
// The same for those that are current. Costs nothing where no slot has been
// renewed since the last time.
EntryRef CurrentBelow(const FrameEntry* entry);
// `entry`, on the heap, with `binding`, on the heap, in the place of any other
// of its slot. Throws std::bad_alloc.
EntryRef WithBinding(const FrameEntry* entry, const Binding& binding);
// `entry`, on the heap, without a binding of that slot. Throws std::bad_alloc.
EntryRef WithoutBinding(const FrameEntry* entry, std::uint32_t index);

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_FRAME_NODE_H_
