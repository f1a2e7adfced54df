// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/binding.h"

namespace weft::context_internal {
namespace {

// The type that StackBinding::OnHeap() makes.
class CopiedBinding final : public Binding {
 public:
  CopiedBinding(const StorageSlot& slot, std::uint64_t key,
                const ValueBytes* value) noexcept
      : Binding(slot, key) {
    if (value == nullptr) return;
    value_ = *value;
    set_value(value_.bytes);
  }

 private:
  ValueBytes value_;
};

}  // namespace

BindingRef StackBinding::OnHeap() const {
  // [B1]
  const Binding* found = on_heap_.load(std::memory_order_acquire);
  if (found != nullptr) return BindingRef::Share(found);
  BindingRef made = BindingRef::Adopt(
      new CopiedBinding(slot(), key(), value() == nullptr ? nullptr : &value_));
  // [B1]
  if (on_heap_.compare_exchange_strong(found, made.get(),
                                       std::memory_order_release,
                                       std::memory_order_acquire)) {
    made.get()->AddRef();
    return made;
  }
  return BindingRef::Share(found);
}

}  // namespace weft::context_internal
