// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/frame.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <new>
#include <utility>

#include "weft/context/internal/frame_memory.h"

namespace weft::context_internal {
namespace {

BindingRef IfCurrentAndNotNever(const Binding& binding) {
  return binding.is_current() && binding.rule() != Rule::kNever
             ? BindingRef::Share(&binding)
             : BindingRef();
}

std::uint32_t IndexOf(const FrameEntry& entry) noexcept {
  return static_cast<const Binding&>(entry).index();
}

}  // namespace

struct Frame::Flat {
  // Adds the current bindings of `frame`, except that of the slot with index
  // `without`. Returns false, and is unusable, if `frame` has more than
  // bindings.
  bool AddCurrent(const Frame& frame, std::uint32_t without) noexcept {
    for (std::uint32_t i = 0; i <= frame.mask_; ++i) {
      const FrameEntry* const entry = frame.table()[i];
      if (entry == nullptr) continue;
      if (!entry->is_binding()) return false;
      const auto* const binding = static_cast<const Binding*>(entry);
      if (binding->index() != without && binding->is_current()) Add(binding);
    }
    return true;
  }
  void Add(const Binding* binding) noexcept { bindings[count++] = binding; }

  // Returns how many places hold them side by side; 0: they do not fit.
  std::uint32_t Places() const noexcept {
    std::uint32_t places = kLeastPlaces;
    while (places <= kPlaces && !FitInto(places)) places *= 2;
    return places <= kPlaces ? places : 0;
  }
  bool FitInto(std::uint32_t places) const noexcept {
    std::uint32_t taken = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t bit = std::uint32_t{1}
                                << bindings[i]->index() % places;
      if ((taken & bit) != 0) return false;
      taken |= bit;
    }
    return true;
  }

  const Binding* bindings[kPlaces + 1];
  std::uint32_t count = 0;
};

Frame* Frame::Allocate(std::uint32_t places) {
  Frame* const frame = new (AllocateFrame(SizeOf(places))) Frame(kHeap, places);
  static_assert(sizeof(Id) == sizeof(std::atomic<const Frame*>));
  std::fill_n(frame->own_table(), places, nullptr);
  new (frame->own_table() + places) Id(0);
  return frame;
}

void Frame::SetRules(std::uint32_t rules) noexcept {
  if (rules == kHeap) [[likely]]
    return;
  new (own_table() + mask_ + 1) std::atomic<const Frame*>(nullptr);
  kind_ = rules;
}

FrameRef Frame::MakeFlat(const Flat& flat, std::uint32_t places) {
  if (flat.count == 0) return {};
  Frame* const frame = Allocate(places);
  // Owns what has been filled in, in case a binding has no memory for its copy.
  FrameRef made = FrameRef::Adopt(frame);
  std::uint32_t rules = kHeap;
  for (std::uint32_t i = 0; i < flat.count; ++i) {
    const Binding& binding = *flat.bindings[i];
    frame->own_table()[binding.index() % places] = binding.OnHeap().Detach();
    rules |= static_cast<std::uint32_t>(binding.rule());
  }
  frame->SetRules(rules);
  return made;
}

FrameRef Frame::Make(Entries& entries) {
  std::uint32_t rules = kHeap;
  bool is_empty = true;
  for (const EntryRef& entry : entries) {
    if (entry.get() == nullptr) continue;
    is_empty = false;
    rules |= RulesBelow(*entry.get());
  }
  if (is_empty) return {};

  const std::uint32_t places = PlacesFor(entries);
  Frame* const frame = Allocate(places);
  MoveInto(entries, frame->own_table(), places);
  frame->SetRules(rules);
  return FrameRef::Adopt(frame);
}

template <typename Below>
Entries Frame::Spread(const Below& below) const {
  Entries entries;
  for (std::uint32_t i = 0; i <= mask_; ++i) {
    const FrameEntry* const entry = table()[i];
    if (entry == nullptr) continue;
    entries[PlaceIn(i, *entry, 0)] = below(entry);
  }
  return entries;
}

FrameRef Frame::With(const Frame* base, std::uint32_t index,
                     const Binding* binding) {
  Flat flat;
  if (base == nullptr || flat.AddCurrent(*base, index)) {
    if (binding != nullptr) flat.Add(binding);
    const std::uint32_t places = flat.Places();
    if (places != 0) return MakeFlat(flat, places);
  }
  Entries entries;
  if (base != nullptr) entries = base->Spread(&CurrentBelow);
  EntryRef& place = entries[index % kPlaces];
  if (binding == nullptr) {
    place = WithoutBinding(place.get(), index);
  } else {
    place = WithBinding(place.get(), *binding->OnHeap().get());
  }
  return Make(entries);
}

bool Frame::HasRoomFor(std::uint32_t index) const noexcept {
  for (std::uint32_t i = 0; i <= mask_; ++i) {
    const FrameEntry* const entry = table()[i];
    if (entry == nullptr) continue;
    if (!entry->is_binding()) return false;
    const auto* const binding = static_cast<const Binding*>(entry);
    if (binding->index() == index) continue;  // stale or not: it goes
    if (!binding->is_current() || i == (index & mask_)) return false;
  }
  return true;
}

FrameRef Frame::With(const Frame* base, BindingRef binding) {
  const Binding& added = *binding.get();
  const std::uint32_t index = added.index();
  const bool is_plain = added.rule() == Rule::kInherit;
  if (is_plain && base == nullptr) {
    Frame* const frame = Allocate(kLeastPlaces);
    frame->own_table()[index % kLeastPlaces] = binding.Detach();
    return FrameRef::Adopt(frame);
  }
  if (!is_plain || !base->is_plain() || !base->HasRoomFor(index)) {
    return With(base, index, &added);
  }
  // Another binding fits into the same table, as a smaller one did not do.
  Frame* const frame = Allocate(base->mask_ + 1);
  const std::uint32_t place = index & base->mask_;
  for (std::uint32_t i = 0; i <= base->mask_; ++i) {
    const FrameEntry* const entry = base->table()[i];
    if (entry == nullptr || i == place) continue;
    entry->AddRef();
    frame->own_table()[i] = entry;
  }
  frame->own_table()[place] = binding.Detach();
  return FrameRef::Adopt(frame);
}

bool Frame::Enter(const Frame& frame, BindingRef& binding) noexcept {
  const std::uint32_t index = binding.get()->index();
  if (binding.get()->rule() != Rule::kInherit || !frame.is_plain() ||
      !frame.is_sole() || !frame.HasRoomFor(index)) {
    return false;
  }
  // All frames on the heap are made as Frame, not const, by Allocate().
  const FrameEntry*& place =
      const_cast<Frame&>(frame).own_table()[index & frame.mask_];
  const auto* const old = static_cast<const Binding*>(place);
  place = binding.Detach();
  binding = BindingRef::Adopt(old);
  // relaxed: nobody else holds the frame. It is another one now.
  frame.drawn_id().store(0, std::memory_order_relaxed);
  return true;
}

FrameRef Frame::Inherit(Inheriting inherit) const {
  Entries entries = Spread([inherit](const FrameEntry* entry) {
    return InheritBelow(entry, inherit);
  });
  return Make(entries);
}

FrameRef Frame::Current() const {
  Flat flat;
  if (flat.AddCurrent(*this, kNoIndex)) return MakeFlat(flat, flat.Places());
  Entries entries = Spread(&CurrentBelow);
  return Make(entries);
}

const Binding* Frame::FindBelow(const FrameEntry& entry, std::uint32_t index,
                                std::uint64_t key) noexcept {
  const Binding* const found = context_internal::FindBelow(&entry, index);
  return found != nullptr && found->key() == key ? found : nullptr;
}

Frame::Id& Frame::drawn_id() const noexcept {
  auto* const behind = const_cast<Frame*>(this)->own_table() + mask_ + 1;
  return *std::launder(reinterpret_cast<Id*>(behind));
}

std::uint64_t Frame::id() const noexcept {
  if (!is_plain()) return 0;
  // relaxed: a number; nothing is reached through it.
  std::uint64_t known = drawn_id().load(std::memory_order_relaxed);
  if (known != 0) return known;
  static constinit std::atomic<std::uint64_t> last{0};
  // relaxed: only uniqueness is asked of it.
  const std::uint64_t drawn = last.fetch_add(1, std::memory_order_relaxed) + 1;
  // relaxed: as above; elects one of several.
  const bool is_first = drawn_id().compare_exchange_strong(
      known, drawn, std::memory_order_relaxed);
  return is_first ? drawn : known;
}

std::atomic<const Frame*>& Frame::without_never() const noexcept {
  auto* const behind = const_cast<Frame*>(this)->own_table() + mask_ + 1;
  return *std::launder(reinterpret_cast<std::atomic<const Frame*>*>(behind));
}

FrameRef Frame::WithoutNever() const {
  // [B2]
  const Frame* found = without_never().load(std::memory_order_acquire);
  if (found != nullptr) return FrameRef::Share(found);
  FrameRef made = Inherit(&IfCurrentAndNotNever);
  if (made.get() == nullptr) return {};
  // [B2]
  if (!without_never().compare_exchange_strong(found, made.get(),
                                               std::memory_order_release,
                                               std::memory_order_acquire)) {
    return FrameRef::Share(found);
  }
  made.get()->AddRef();  // this frame's
  return made;
}

void Frame::Destroy(const Frame* frame) noexcept {
  for (std::uint32_t i = 0; i <= frame->mask_; ++i) {
    if (const FrameEntry* held = frame->table()[i]) held->Release();
  }
  if (!frame->is_plain()) [[unlikely]] {
    // relaxed: the last reference is gone, see [R1].
    const Frame* const made =
        frame->without_never().load(std::memory_order_relaxed);
    if (made != nullptr) made->Release();
  }
  const std::size_t size = SizeOf(frame->mask_ + 1);
  frame->~Frame();
  FreeFrame(const_cast<Frame*>(frame), size);
}

bool StackFrame::BindOver(const FrameEntry*& place, std::uint32_t index,
                          const Binding* binding) noexcept {
  const FrameEntry& there = *place;
  if (there.is_binding()) {
    if (!static_cast<const Binding&>(there).is_current()) {
      place = binding;
      return true;
    }
    if (Widen(index)) {
      table_[index & mask()] = binding;
      return true;
    }
  }
  const FrameEntry* next = &there;
  const FrameLink* link = FrameLink::From(next);
  if (link != nullptr && link->binding().index() == index) {
    next = &link->next();
    link = FrameLink::From(next);
  }
  if (link != nullptr && link->count() == kMaxLinks) return false;
  table_[index % kPlaces] = new (link_) FrameLink(*binding, *next);
  return true;
}

bool StackFrame::Widen(std::uint32_t index) noexcept {
  // Bindings that are side by side stay so in a wider table.
  while (mask() + 1 < kPlaces) {
    const std::uint32_t places = mask() + 1;
    std::fill_n(table_ + places, places, nullptr);
    for (std::uint32_t i = 0; i < places; ++i) {
      const FrameEntry* const entry = table_[i];
      if (entry == nullptr || (IndexOf(*entry) & places) == 0) continue;
      table_[i + places] = std::exchange(table_[i], nullptr);
    }
    set_mask(2 * places - 1);
    if (table_[index & mask()] == nullptr) return true;
  }
  return false;
}

const Frame* StackFrame::Promote() const {
  const Frame* found = promoted();
  if (found != nullptr) return found;
  FrameRef made = Current();
  if (made.get() == nullptr) return nullptr;
  // [B1]
  return promoted_.compare_exchange_strong(found, made.get(),
                                           std::memory_order_release,
                                           std::memory_order_acquire)
             ? made.Detach()
             : found;
}

}  // namespace weft::context_internal
