// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A binding is one storage's value as frames hold it: immutable, counted, and
// destroyed exactly once, by whoever drops the last frame that holds it.

#ifndef WEFT_CONTEXT_INTERNAL_BINDING_H_
#define WEFT_CONTEXT_INTERNAL_BINDING_H_

#include <cstdint>
#include <optional>
#include <utility>

#include "weft/context/internal/ref.h"
#include "weft/context/internal/storage_slot.h"

namespace weft::context_internal {

// Immutable; counted by frames on any thread.
class Binding : public RefCounted {
 public:
  Binding(const Binding&) = delete;
  Binding& operator=(const Binding&) = delete;

  std::uint32_t index() const noexcept { return slot_.index(); }
  // The slot's key when the binding was made.
  std::uint64_t key() const noexcept { return key_; }
  // False once the storage was disabled or destroyed.
  bool is_current() const noexcept { return key_ == slot_.key(); }
  // The value; null for "stored none".
  const void* value() const noexcept { return value_; }

  void Release() const noexcept {
    if (DropRefs(1)) delete this;
  }

 protected:
  explicit Binding(const StorageSlot& slot) noexcept
      : slot_(slot), key_(slot.key()) {}
  virtual ~Binding() = default;
  void set_value(const void* value) noexcept { value_ = value; }

 private:
  const StorageSlot& slot_;
  const std::uint64_t key_;
  const void* value_ = nullptr;
};

template <typename T>
class ValueBinding final : public Binding {
 public:
  ValueBinding(const StorageSlot& slot, std::optional<T>&& store)
      : Binding(slot), store_(std::move(store)) {
    if (store_.has_value()) set_value(&*store_);
  }

 private:
  const std::optional<T> store_;
};

using BindingRef = Ref<const Binding>;

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_BINDING_H_
