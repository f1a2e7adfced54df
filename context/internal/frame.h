// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A frame is an immutable map from storages to their bindings, reached by one
// pointer and read by slot index, so that a lookup costs the same whatever the
// number of storages. The frame that binds nothing is the null pointer.
//
// Changing a flow's context means making another frame and installing it
// (flow.h); what was captured earlier never changes.
//
// A frame on the heap is counted. One on the stack belongs to a StorageScope
// and counts nothing: all it points to is held by what is around the scope.
// What may outlive the scope takes its promotion, an equal frame on the heap.
//
// A frame on the heap knows which rules its bindings have (Rule), so that a
// capture for a task sees with one look at it that all is inherited.
//
// Edges:
//   [I1] WithoutNever() <-> WithoutNever(), on the frame behind the bindings:
//        as [P1] (binding.h). Test:
//        InheritanceStressTest.ThreadsCaptureOneFrame (TSan).

#ifndef WEFT_CONTEXT_INTERNAL_FRAME_H_
#define WEFT_CONTEXT_INTERNAL_FRAME_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "weft/context/internal/binding.h"
#include "weft/context/internal/ref.h"
#include "weft/context/internal/storage_slot.h"

namespace weft::context_internal {

// Immutable; on the heap, counted by flows, snapshots and tasks on any thread.
class Frame : public RefCounted {
 public:
  // Returns a frame on the heap equal to `base` (null, or any frame) but for
  // the slot of that `index`, which holds `binding` (null: nothing). Bindings
  // that have gone stale are left out, so their values are released with the
  // older frames. Null if nothing is bound. Throws std::bad_alloc.
  static Ref<const Frame> With(const Frame* base, std::uint32_t index,
                               const Binding* binding);

  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  // No binding stands at this index or above.
  std::uint32_t size() const noexcept { return size_; }

  // What stands at `index`, stale or not; null if nothing does.
  const Binding* At(std::uint32_t index) const noexcept {
    return index < size_ ? bindings()[index] : nullptr;
  }

  bool is_on_stack() const noexcept { return kind_ == kStack; }
  // On the heap, and inherited as it is.
  bool is_plain() const noexcept { return kind_ == kHeap; }
  // Has a frame on the heap a binding with that rule?
  bool has_rule(Rule rule) const noexcept {
    return (kind_ & static_cast<std::uint32_t>(rule)) != 0;
  }

  // Returns a frame with `bindings`, by index, null where nothing is bound; all
  // on the heap. Null if there are none. Throws std::bad_alloc.
  static Ref<const Frame> Of(std::span<const BindingRef> bindings);

  // Returns a frame equal to this one, on the heap and not plain, but for the
  // bindings with Rule::kNever: the same one each time, made at the first call
  // and kept as long as this one. Null if nothing is bound. Throws
  // std::bad_alloc.
  Ref<const Frame> WithoutNever() const;

  // Drops `n` references held by the caller. For a frame on the heap.
  void Release(std::uint64_t n = 1) const noexcept {
    if (Drop(n)) Destroy(this);
  }
  // The same in two steps, for who chooses where values die: true if the frame
  // is to be destroyed.
  bool Drop(std::uint64_t n = 1) const noexcept { return DropRefs(n); }
  static void Destroy(const Frame* frame) noexcept;

 protected:
  // On the heap: the rules that it has.
  static constexpr std::uint32_t kHeap = 0;
  static constexpr std::uint32_t kStack = kAllRules + 1;

  // Bindings are copied by so many: behind the last of a frame, nulls stand up
  // to a multiple of it.
  static constexpr std::uint32_t kStep = 4;

  Frame(std::uint32_t kind, std::uint32_t size) noexcept
      : size_(size), kind_(kind) {}
  ~Frame() = default;

  // Returns a frame on the heap with what `at(i)` returns for each i < `size`.
  template <typename BindingAt>
  static Ref<const Frame> Make(std::uint32_t size, const BindingAt& at);

  void set_size(std::uint32_t size) noexcept { size_ = size; }

  // The bindings lie right behind the object, `size_` of them.
  const Binding* const* bindings() const noexcept {
    return reinterpret_cast<const Binding* const*>(this + 1);
  }

 private:
  friend class StackFrame;

  // So many bindings a frame on the heap of that size has room for.
  static constexpr std::size_t Room(std::uint32_t size) noexcept {
    return (size + kStep - 1) / kStep * kStep;
  }
  // What WithoutNever() has made, behind the room: only if there are rules.
  std::atomic<const Frame*>& without_never() const noexcept;

  // Both are set once, before anyone else sees the frame.
  std::uint32_t size_;
  std::uint32_t kind_;
};

using FrameRef = Ref<const Frame>;

// A StorageScope's frame. Where it has no room for the slots the scope keeps a
// frame on the heap instead, as if it were the promotion of this one.
//
// Any thread may read and promote it as long as the scope stands.
class StackFrame final : public Frame {
 public:
  static constexpr std::uint32_t kSlots = 32;

  StackFrame() noexcept : Frame(kStack, 0) {}
  ~StackFrame() {
    if (const Frame* const frame = promoted()) frame->Release();
  }

  // True if there is room for a frame like `base` with a binding at `index`.
  static bool Fits(const Frame* base, std::uint32_t index) noexcept {
    return index < kSlots && (base == nullptr || base->size() <= kSlots);
  }

  // Makes it equal to `base`, which outlives it, but for the slot of `binding`.
  // Once, and only if that fits. Takes stale bindings over.
  [[gnu::always_inline]] inline void Bind(const Frame* base,
                                          std::uint32_t index,
                                          const Binding* binding) noexcept {
    const std::uint32_t base_size = base == nullptr ? 0 : base->size();
    std::uint32_t i = 0;
    // Two steps at a time, while more than one is left.
    for (; i + kStep < base_size; i += 2 * kStep) {
      CopyStep(base, i);
      CopyStep(base, i + kStep);
    }
    if (i < base_size) {
      CopyStep(base, i);
      i += kStep;
    }
    for (; i <= index; i += kStep) ClearStep(i);
    slots_[index] = binding;
    set_size(std::max(base_size, index + 1));
  }

  // Keeps `frame`, on the heap, for the life of this one.
  void Keep(FrameRef frame) noexcept {
    // relaxed: nobody else knows this frame yet.
    promoted_.store(frame.Detach(), std::memory_order_relaxed);
  }

  // Returns the equal frame on the heap, made at the first call and kept for
  // the life of this one; null if all bindings have gone stale. Throws
  // std::bad_alloc.
  const Frame* Promote() const;

  // What Promote() has made, or Keep() was given; null if nothing yet.
  const Frame* promoted() const noexcept {
    // [P1]
    return promoted_.load(std::memory_order_acquire);
  }

 private:
  static_assert(kSlots % kStep == 0);

  void CopyStep(const Frame* base, std::size_t first) noexcept {
    std::memcpy(slots_ + first, base->bindings() + first,
                kStep * sizeof(const Binding*));
  }
  void ClearStep(std::size_t first) noexcept {
    for (std::size_t i = 0; i < kStep; ++i) slots_[first + i] = nullptr;
  }

  const Binding* slots_[kSlots];  // where bindings() is; set up to size()
  mutable std::atomic<const Frame*> promoted_{nullptr};  // holds a reference
};
// Nothing stands between the slots and the base.
static_assert(sizeof(StackFrame) ==
              sizeof(Frame) + (StackFrame::kSlots + 1) * sizeof(void*));

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_FRAME_H_
