// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A frame is a map from storages to their bindings, reached by one pointer, and
// immutable as long as more than one holds it. It has a table of 4 to 32
// places, a power of two: the low bits of a slot's index give the place of its
// binding, and the key there says whether it is the right one. The table is as
// small as its bindings allow, side by side; so a frame costs what is bound in
// it, not what storages there are. Bindings that do not fit into 32 places lie
// below them (frame_node.h). The frame that binds nothing is the null pointer.
//
// Changing a flow's context means making another frame and installing it
// (flow.h); what was captured earlier never changes. A frame that nobody but
// the flow holds would end at that: it takes the new binding itself, if it has
// room at the place.
//
// A frame on the heap is counted. One on the stack belongs to a StorageScope
// and counts nothing: the code around the scope holds all that it points to. An
// object that may outlive the scope takes its promotion, an equal frame on the
// heap.
//
// A frame on the heap knows which rules its bindings have (Rule), so that one
// look at it tells a capture for a task that all is inherited.
//
// Edges:
//   [B2] WithoutNever() <-> WithoutNever(), on the frame behind the table:
//        as [B1] (binding.h). Test:
//        InheritanceStressTest.ThreadsCaptureOneFrame (TSan).

#ifndef WEFT_CONTEXT_INTERNAL_FRAME_H_
#define WEFT_CONTEXT_INTERNAL_FRAME_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "weft/base/ref.h"
#include "weft/context/internal/binding.h"
#include "weft/context/internal/frame_node.h"
#include "weft/context/internal/storage_slot.h"

namespace weft::context_internal {

// Immutable, see Enter(); on the heap, counted by flows, snapshots and tasks on
// any thread.
class Frame : public base::RefCounted {
 public:
  // Returns a frame on the heap equal to `base` (null, or any frame) except for
  // the slot of that `index`, which holds `binding` (null: nothing). Bindings
  // that have gone stale are left out, so their values are released with the
  // older frames. Returns null if nothing is bound. Throws std::bad_alloc.
  static base::Ref<const Frame> With(const Frame* base, std::uint32_t index,
                                     const Binding* binding);
  // The same for a binding on the heap, which the frame takes.
  static base::Ref<const Frame> With(const Frame* base, BindingRef binding);

  // Puts a binding on the heap into `frame`, on the heap, for the only one who
  // holds it, if others do not see a difference to With(): if it has room at
  // the place, and no stale binding. Then `binding` is what was there before,
  // perhaps null, for the caller to release. Otherwise returns false.
  static bool Enter(const Frame& frame, BindingRef& binding) noexcept;

  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  // Returns the entry at the place of the slot with that index: its binding,
  // another binding, a node or link that leads to several, or null.
  const FrameEntry* EntryFor(std::uint32_t index) const noexcept {
    return table()[index & mask_];
  }

  // Returns the binding of the slot with that index and key; null if there is
  // none.
  const Binding* Find(std::uint32_t index, std::uint64_t key) const noexcept {
    const FrameEntry* const entry = EntryFor(index);
    if (entry == nullptr) return nullptr;
    if (entry->key() == key) [[likely]]
      return static_cast<const Binding*>(entry);
    return entry->is_binding() ? nullptr : FindBelow(*entry, index, key);
  }

  // Returns the binding of the slot with that index, stale or not; null if
  // there is none.
  const Binding* At(std::uint32_t index) const noexcept {
    return context_internal::FindBelow(EntryFor(index), index);
  }

  // Calls `visit(visitor, binding)` with each binding, stale ones, too.
  void Visit(void* visitor, BindingVisitor visit) const {
    for (std::uint32_t i = 0; i <= mask_; ++i) {
      if (const FrameEntry* const entry = table()[i]) {
        VisitBelow(*entry, visitor, visit);
      }
    }
  }

  bool is_on_stack() const noexcept { return kind_ == kStack; }
  // True if the frame is on the heap, and inherited as it is.
  bool is_plain() const noexcept { return kind_ == kHeap; }
  // True if the frame, which is on the heap, has a binding with that rule.
  bool has_rule(Rule rule) const noexcept {
    return (kind_ & static_cast<std::uint32_t>(rule)) != 0;
  }

  // Returns a number by which a frame that is plain is known from all that
  // there are and have been; it is drawn at the first call. Returns 0 for
  // another frame. Thread-safe.
  std::uint64_t id() const noexcept;

  // Returns a frame on the heap with what `inherit` returns for each binding.
  // Returns null if that is nothing. Throws std::bad_alloc, and what `inherit`
  // throws.
  base::Ref<const Frame> Inherit(Inheriting inherit) const;

  // Returns a frame equal to this one, on the heap and not plain, without the
  // bindings with Rule::kNever: the same one each time, made at the first call
  // and kept as long as this one. Returns null if nothing is bound. Throws
  // std::bad_alloc.
  base::Ref<const Frame> WithoutNever() const;

  // Drops `n` references held by the caller. For a frame on the heap.
  void Release(std::uint64_t n = 1) const noexcept {
    if (Drop(n)) Destroy(this);
  }
  // The same in two steps, for a caller that chooses where values die: returns
  // true if the frame is to be destroyed.
  bool Drop(std::uint64_t n = 1) const noexcept { return DropRefs(n); }
  static void Destroy(const Frame* frame) noexcept;

 protected:
  // For a frame on the heap `kind_` is the set of its rules.
  static constexpr std::uint32_t kHeap = 0;
  static constexpr std::uint32_t kStack = kAllRules + 1;

  // Tables are copied in steps of this many entries.
  static constexpr std::uint32_t kStep = kLeastPlaces;

  Frame(std::uint32_t kind, std::uint32_t places) noexcept
      : mask_(places - 1), kind_(kind) {}
  // Makes a frame on the stack, which has no mask yet.
  explicit Frame(Uncounted uncounted) noexcept
      : RefCounted(uncounted), kind_(kStack) {}
  ~Frame() = default;

  // The number of places, less one.
  std::uint32_t mask() const noexcept { return mask_; }
  void set_mask(std::uint32_t mask) noexcept { mask_ = mask; }

  // Lies right behind the object. Entries that are not bindings are only in
  // tables of all 32 places.
  const FrameEntry* const* table() const noexcept {
    return reinterpret_cast<const FrameEntry* const*>(this + 1);
  }

  // Returns a frame on the heap with what is current of this one.
  base::Ref<const Frame> Current() const;

 private:
  friend class StackFrame;

  // An index that no slot has.
  static constexpr std::uint32_t kNoIndex = ~std::uint32_t{0};

  // The size of a frame on the heap.
  static std::size_t SizeOf(std::uint32_t places) noexcept {
    return sizeof(Frame) + places * sizeof(const FrameEntry*) +
           sizeof(std::atomic<const Frame*>);
  }
  // Makes a frame on the heap without entries; its rules are set with them.
  static Frame* Allocate(std::uint32_t places);
  // True if all entries are current bindings, and another one for `index` would
  // stand beside them, or in the place of the one of its slot.
  bool HasRoomFor(std::uint32_t index) const noexcept;
  void SetRules(std::uint32_t rules) noexcept;
  const FrameEntry** own_table() noexcept {
    return reinterpret_cast<const FrameEntry**>(this + 1);
  }

  // Returns a frame on the heap with these entries, which it takes.
  static base::Ref<const Frame> Make(Entries& entries);
  // The entries of a frame to be made, if they are bindings side by side.
  struct Flat;
  static base::Ref<const Frame> MakeFlat(const Flat& flat,
                                         std::uint32_t places);

  // Returns what `below(entry)` returns for each entry of the frame.
  template <typename Below>
  Entries Spread(const Below& below) const;

  static const Binding* FindBelow(const FrameEntry& entry, std::uint32_t index,
                                  std::uint64_t key) noexcept;

  // One word behind the table has the id or, if there are rules, the result of
  // WithoutNever().
  using Id = std::atomic<std::uint64_t>;
  Id& drawn_id() const noexcept;
  std::atomic<const Frame*>& without_never() const noexcept;

  // Both are set once, before another thread sees the frame.
  std::uint32_t mask_;
  std::uint32_t kind_;
};

using FrameRef = base::Ref<const Frame>;

// A StorageScope's frame. If too many bindings meet at one place, the scope
// keeps a frame on the heap instead, as if it were the promotion of this one.
//
// Any thread may read and promote it as long as the scope exists. Who has it
// calls ReleasePromoted() before its end, as for a StackBinding.
class StackFrame final : public Frame {
 public:
  StackFrame() noexcept : Frame(Uncounted()) {}

  // Makes it equal to `base`, which outlives it, except for the slot of
  // `binding`, which has that `index`. Called once. Takes stale bindings over.
  // Returns false, and must not be read, if that cannot be done here.
  [[nodiscard, gnu::always_inline]] inline bool Bind(
      const Frame* base, std::uint32_t index, const Binding* binding) noexcept {
    if (base == nullptr) {
      set_mask(kStep - 1);
      for (std::uint32_t i = 0; i < kStep; ++i) table_[i] = nullptr;
      table_[index % kStep] = binding;
      return true;
    }
    const std::uint32_t mask = base->mask_;
    set_mask(mask);
    CopyStep(base, 0);
    if (mask >= kStep) CopyStep(base, kStep);
    // Two steps at a time.
    for (std::uint32_t i = 2 * kStep; i < mask; i += 2 * kStep) {
      CopyStep(base, i);
      CopyStep(base, i + kStep);
    }
    const FrameEntry*& place = table_[index & mask];
    if (place != nullptr &&
        !(place->is_binding() &&
          static_cast<const Binding*>(place)->index() == index)) [[unlikely]] {
      return BindOver(place, index, binding);
    }
    place = binding;
    return true;
  }

  // Keeps `frame`, on the heap, for the life of this one.
  void Keep(FrameRef frame) noexcept {
    // relaxed: no other thread knows this frame yet.
    promoted_.store(frame.Detach(), std::memory_order_relaxed);
  }

  // Returns the equal frame on the heap, made at the first call and kept for
  // the life of this one; null if all bindings have gone stale. Throws
  // std::bad_alloc.
  const Frame* Promote() const;

  // Returns what Promote() has made, or Keep() was given; null if nothing yet.
  const Frame* promoted() const noexcept {
    // [B1]
    return promoted_.load(std::memory_order_acquire);
  }
  void ReleasePromoted() noexcept {
    if (const Frame* const frame = promoted()) frame->Release();
  }

 private:
  // The number of links that may stand before the rest of a place.
  static constexpr std::uint32_t kMaxLinks = 4;

  // Binds at a place that is taken.
  bool BindOver(const FrameEntry*& place, std::uint32_t index,
                const Binding* binding) noexcept;
  // Makes a table in which nothing is at the place of `index`.
  bool Widen(std::uint32_t index) noexcept;

  void CopyStep(const Frame* base, std::size_t first) noexcept {
    std::memcpy(table_ + first, base->table() + first,
                kStep * sizeof(const FrameEntry*));
  }

  const FrameEntry* table_[kPlaces];  // where table() is; set up to mask()
  mutable std::atomic<const Frame*> promoted_{nullptr};   // holds a reference
  alignas(FrameLink) std::byte link_[sizeof(FrameLink)];  // if it has one
};
// Nothing may stand between the table and the base.
static_assert(sizeof(StackFrame) == sizeof(Frame) +
                                        (kPlaces + 1) * sizeof(void*) +
                                        sizeof(FrameLink));

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_FRAME_H_
