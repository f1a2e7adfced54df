// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The value that an item takes from stage to stage, of any type or none.

#ifndef WEFT_PIPELINES_INTERNAL_ITEM_VALUE_H_
#define WEFT_PIPELINES_INTERNAL_ITEM_VALUE_H_

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "weft/base/language.h"

namespace weft::pipelines_internal {

// Holds a value in place, or, if it is large, on the heap. Thread-compatible.
class ItemValue {
 public:
  // The size of the values that lie in place.
  static constexpr std::size_t kPlace = 64;

  ItemValue() noexcept {}
  ItemValue(const ItemValue&) = delete;
  ItemValue& operator=(const ItemValue&) = delete;
  ~ItemValue() { Reset(); }

  bool has_value() const noexcept { return destroy_ != nullptr; }

  // Holds nothing before. Throws std::bad_alloc, and what moving a `T` throws.
  template <typename T>
  void Set(T&& value) {
    if constexpr (kIsInPlace<T>) {
      ::new (static_cast<void*>(place_)) T(std::move(value));
    } else {
      heap_ = new T(std::move(value));
    }
    destroy_ = &Destroy<T>;
  }

  // Holds a `T`.
  template <typename T>
  T& As() noexcept {
    if constexpr (kIsInPlace<T>) {
      return *std::launder(reinterpret_cast<T*>(place_));
    } else {
      return *static_cast<T*>(heap_);
    }
  }

  void Reset() noexcept {
    if (destroy_ != nullptr) std::exchange(destroy_, nullptr)(*this);
  }
  // The same where it holds a `T`.
  template <typename T>
  void ResetA() noexcept {
    destroy_ = nullptr;
    Destroy<T>(*this);
  }

 private:
  template <typename T>
  static constexpr bool kIsInPlace =
      sizeof(T) <= kPlace && alignof(T) <= alignof(std::max_align_t);

  template <typename T>
  static void Destroy(ItemValue& value) noexcept {
    if constexpr (kIsInPlace<T>) {
      std::destroy_at(&value.As<T>());
    } else {
      delete &value.As<T>();
    }
  }

  void (*destroy_)(ItemValue&) noexcept = nullptr;  // null: none
  union {
    void* heap_;
    alignas(std::max_align_t) std::byte place_[kPlace];
  };
};

}  // namespace weft::pipelines_internal

#endif  // WEFT_PIPELINES_INTERNAL_ITEM_VALUE_H_
