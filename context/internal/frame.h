// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A frame is an immutable map from storages to their bindings, reached by one
// pointer and read by slot index, so that a lookup costs the same whatever the
// number of storages. The frame that binds nothing is the null pointer.
//
// Changing a flow's context means making another frame and installing it
// (flow.h); what was captured earlier never changes.

#ifndef WEFT_CONTEXT_INTERNAL_FRAME_H_
#define WEFT_CONTEXT_INTERNAL_FRAME_H_

#include <cstdint>

#include "weft/context/internal/binding.h"
#include "weft/context/internal/ref.h"
#include "weft/context/internal/storage_slot.h"

namespace weft::context_internal {

// Immutable; counted by flows, snapshots and tasks on any thread.
class Frame : public RefCounted {
 public:
  // Returns a frame equal to `base` (may be null) but for the slot of that
  // `index`, which holds `binding` (null: nothing). Bindings that have gone
  // stale are left out, so their values are released with the older frames.
  // Null if nothing is bound. Throws std::bad_alloc.
  static Ref<const Frame> With(const Frame* base, std::uint32_t index,
                               const Binding* binding);

  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  // What stands at `index`, stale or not; null if nothing does.
  const Binding* At(std::uint32_t index) const noexcept {
    return index < size_ ? bindings()[index] : nullptr;
  }

  // Drops `n` references held by the caller.
  void Release(std::uint32_t n = 1) const noexcept {
    if (DropRefs(n)) Destroy(this);
  }

 private:
  explicit Frame(std::uint32_t size) noexcept : size_(size) {}
  ~Frame() = default;
  static void Destroy(const Frame* frame) noexcept;

  // The bindings lie right behind the object, `size_` of them.
  const Binding* const* bindings() const noexcept {
    return reinterpret_cast<const Binding* const*>(this + 1);
  }

  const std::uint32_t size_;
};

using FrameRef = Ref<const Frame>;

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_FRAME_H_
