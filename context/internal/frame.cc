// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/frame.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <new>
#include <span>

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

  const std::size_t room = Room(size);
  void* const memory =
      ::operator new(sizeof(Frame) + room * sizeof(const Binding*) +
                     sizeof(std::atomic<const Frame*>));
  Frame* const frame = new (memory) Frame(kHeap, size);
  auto** const slots = reinterpret_cast<const Binding**>(frame + 1);
  std::fill_n(slots, room, nullptr);
  // Holds what it has, should a binding be without memory for its copy.
  FrameRef made = FrameRef::Adopt(frame);
  std::uint32_t rules = kHeap;
  for (std::uint32_t i = 0; i < size; ++i) {
    if (const Binding* const binding = at(i)) {
      slots[i] = binding->OnHeap().Detach();
      rules |= static_cast<std::uint32_t>(binding->rule());
    }
  }
  if (rules != kHeap) [[unlikely]] {
    new (slots + room) std::atomic<const Frame*>(nullptr);
    frame->kind_ = rules;
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

FrameRef Frame::Of(std::span<const BindingRef> bindings) {
  return Make(static_cast<std::uint32_t>(bindings.size()),
              [&](std::uint32_t i) { return bindings[i].get(); });
}

std::atomic<const Frame*>& Frame::without_never() const noexcept {
  auto* const behind = const_cast<const Binding**>(bindings()) + Room(size_);
  return *std::launder(reinterpret_cast<std::atomic<const Frame*>*>(behind));
}

FrameRef Frame::WithoutNever() const {
  // [I1]
  const Frame* found = without_never().load(std::memory_order_acquire);
  if (found != nullptr) return FrameRef::Share(found);
  FrameRef made = Make(size_, [&](std::uint32_t i) {
    const Binding* const binding = IfCurrent(At(i));
    return binding == nullptr || binding->rule() == Rule::kNever ? nullptr
                                                                 : binding;
  });
  if (made.get() == nullptr) return {};
  // [I1]
  if (!without_never().compare_exchange_strong(found, made.get(),
                                               std::memory_order_release,
                                               std::memory_order_acquire)) {
    return FrameRef::Share(found);
  }
  made.get()->AddRef();  // this frame's
  return made;
}

void Frame::Destroy(const Frame* frame) noexcept {
  for (std::uint32_t i = 0; i < frame->size_; ++i) {
    if (const Binding* held = frame->bindings()[i]) held->Release();
  }
  if (!frame->is_plain()) [[unlikely]] {
    // relaxed: the last reference is gone, see [R1].
    const Frame* const made =
        frame->without_never().load(std::memory_order_relaxed);
    if (made != nullptr) made->Release();
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
