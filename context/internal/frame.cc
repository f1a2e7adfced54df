// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/frame.h"

#include <algorithm>
#include <cstddef>
#include <new>

namespace weft::context_internal {
namespace {

const Binding* IfCurrent(const Binding* binding) noexcept {
  return binding != nullptr && binding->is_current() ? binding : nullptr;
}

}  // namespace

template <typename BindingAt>
FrameRef Frame::Make(std::uint32_t size, const BindingAt& at) {
  // One past the last slot that may hold something: a slot that goes stale
  // later only leaves the frame longer than it need be.
  while (size > 0 && at(size - 1) == nullptr) --size;
  if (size == 0) return {};

  const std::size_t room = (size + kStep - 1) / kStep * kStep;
  void* const memory =
      ::operator new(sizeof(Frame) + room * sizeof(const Binding*));
  Frame* const frame = new (memory) Frame(Place::kHeap, size);
  auto** const slots = reinterpret_cast<const Binding**>(frame + 1);
  std::fill_n(slots, room, nullptr);
  // Holds what it has, should a binding be without memory for its copy.
  FrameRef made = FrameRef::Adopt(frame);
  for (std::uint32_t i = 0; i < size; ++i) {
    if (const Binding* const binding = at(i)) {
      slots[i] = binding->OnHeap().Detach();
    }
  }
  return made;
}

FrameRef Frame::With(const Frame* base, std::uint32_t index,
                     const Binding* binding) {
  const std::uint32_t base_size = base == nullptr ? 0 : base->size();
  return Make(std::max(base_size, index + 1), [&](std::uint32_t i) {
    if (i == index) return binding;
    return base == nullptr ? nullptr : IfCurrent(base->At(i));
  });
}

void Frame::Destroy(const Frame* frame) noexcept {
  for (std::uint32_t i = 0; i < frame->size_; ++i) {
    if (const Binding* held = frame->bindings()[i]) held->Release();
  }
  frame->~Frame();
  ::operator delete(const_cast<Frame*>(frame));
}

const Frame* StackFrame::Promote() const {
  const Frame* found = promoted();
  if (found != nullptr) return found;
  FrameRef made =
      Make(size(), [&](std::uint32_t i) { return IfCurrent(At(i)); });
  if (made.get() == nullptr) return nullptr;
  // [P1]
  return promoted_.compare_exchange_strong(found, made.get(),
                                           std::memory_order_release,
                                           std::memory_order_acquire)
             ? made.Detach()
             : found;
}

}  // namespace weft::context_internal
