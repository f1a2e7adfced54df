// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/frame.h"

#include <algorithm>
#include <cstddef>
#include <new>

namespace weft::context_internal {

Ref<const Frame> Frame::With(const Frame* base, std::uint32_t index,
                             const Binding* binding) {
  const std::uint32_t base_size = base == nullptr ? 0 : base->size_;
  const auto at = [&](std::uint32_t i) -> const Binding* {
    if (i == index) return binding;
    const Binding* held = base == nullptr ? nullptr : base->At(i);
    return held != nullptr && held->is_current() ? held : nullptr;
  };

  // One past the last slot that may hold something: a slot that goes stale
  // between the two loops only leaves the frame longer than it need be.
  std::uint32_t size = std::max(base_size, index + 1);
  while (size > 0 && at(size - 1) == nullptr) --size;
  if (size == 0) return {};

  void* const memory =
      ::operator new(sizeof(Frame) + size * sizeof(const Binding*));
  Frame* const frame = new (memory) Frame(size);
  auto** const slots = reinterpret_cast<const Binding**>(frame + 1);
  for (std::uint32_t i = 0; i < size; ++i) {
    slots[i] = at(i);
    if (slots[i] != nullptr) slots[i]->AddRef();
  }
  return Ref<const Frame>::Adopt(frame);
}

void Frame::Destroy(const Frame* frame) noexcept {
  for (std::uint32_t i = 0; i < frame->size_; ++i) {
    if (const Binding* held = frame->bindings()[i]) held->Release();
  }
  frame->~Frame();
  ::operator delete(const_cast<Frame*>(frame));
}

}  // namespace weft::context_internal
