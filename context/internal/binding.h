// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A binding is one storage's value as frames hold it: immutable, and destroyed
// exactly once. On the heap it is counted, and goes with the last frame that
// holds it. On the stack it belongs to a StorageScope, which outlives the
// frames that point to it; what may outlive the scope holds a copy instead.

#ifndef WEFT_CONTEXT_INTERNAL_BINDING_H_
#define WEFT_CONTEXT_INTERNAL_BINDING_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "weft/base/ref.h"
#include "weft/context/internal/frame_memory.h"
#include "weft/context/internal/storage_slot.h"

namespace weft::context_internal {

// The entry at a place of a frame: a binding, or a node or link that leads to
// several (frame_node.h). Immutable; on the heap, counted by frames on any
// thread.
class FrameEntry : public base::RefCounted {
 public:
  FrameEntry(const FrameEntry&) = delete;
  FrameEntry& operator=(const FrameEntry&) = delete;

  // A binding's key is that of its slot when the binding was made. Other
  // entries have keys that belong to no slot.
  std::uint64_t key() const noexcept { return key_; }
  bool is_binding() const noexcept { return key_ >= StorageSlot::kFirstKey; }

  void Release() const noexcept {
    if (DropRefs(1)) delete this;
  }

 protected:
  static constexpr std::uint64_t kNodeKey = 0;
  static constexpr std::uint64_t kLinkKey = 1;
  static_assert(kLinkKey < StorageSlot::kFirstKey);

  explicit FrameEntry(std::uint64_t key) noexcept : key_(key) {}
  FrameEntry(std::uint64_t key, Uncounted uncounted) noexcept
      : RefCounted(uncounted), key_(key) {}
  virtual ~FrameEntry() = default;

 private:
  const std::uint64_t key_;
};

class Binding : public FrameEntry {
 public:
  std::uint32_t index() const noexcept { return slot_.index(); }
  const StorageSlot& slot() const noexcept { return slot_; }
  // Returns what a task inherits of it.
  Rule rule() const noexcept { return RuleOf(key()); }
  // False once the storage was disabled or destroyed.
  bool is_current() const noexcept { return key() == slot_.key(); }
  // Returns the value; null for "stored none".
  const void* value() const noexcept { return value_; }

  // Returns the entry that a frame on the heap holds for it: the binding
  // itself, or the copy of one on the stack, made at the first call. Throws
  // std::bad_alloc.
  virtual base::Ref<const Binding> OnHeap() const {
    return base::Ref<const Binding>::Share(this);
  }

  // Bindings come from the thread's memory for frames; the deleting destructor
  // knows the size. Those with a value that is aligned more do not.
  [[gnu::always_inline]] static void* operator new(std::size_t size) {
    return AllocateFrame(size);
  }
  static void* operator new(std::size_t size, std::align_val_t alignment) {
    return ::operator new(size, alignment);
  }
  [[gnu::always_inline]] static void operator delete(
      void* memory, std::size_t size) noexcept {
    FreeFrame(memory, size);
  }
  static void operator delete(void* memory, std::size_t,
                              std::align_val_t alignment) noexcept {
    ::operator delete(memory, alignment);
  }

 protected:
  explicit Binding(const StorageSlot& slot) noexcept
      : Binding(slot, slot.key()) {}
  Binding(const StorageSlot& slot, std::uint64_t key) noexcept
      : FrameEntry(key), slot_(slot) {}
  Binding(const StorageSlot& slot, std::uint64_t key,
          Uncounted uncounted) noexcept
      : FrameEntry(key, uncounted), slot_(slot) {}

  void set_value(const void* value) noexcept { value_ = value; }

 private:
  const StorageSlot& slot_;
  const void* value_ = nullptr;
};

using BindingRef = base::Ref<const Binding>;

// Makes what a task inherits where the rule is Rule::kCopy. Thread-safe.
class BindingCopier {
 public:
  virtual ~BindingCopier() = default;
  // Copies a binding with a value. Throws what copying the value throws.
  virtual BindingRef Copy(const Binding& binding) const = 0;
};

template <typename T>
class ValueBinding final : public Binding {
 public:
  ValueBinding(const StorageSlot& slot, std::optional<T>&& store)
      : ValueBinding(slot, slot.key(), std::move(store)) {}
  ValueBinding(const StorageSlot& slot, std::uint64_t key,
               std::optional<T>&& store)
      : Binding(slot, key), store_(std::move(store)) {
    if (store_.has_value()) set_value(&*store_);
  }

 private:
  const std::optional<T> store_;
};

// Holds a value that can be copied byte by byte.
struct ValueBytes {
  alignas(void*) std::byte bytes[32];
};

template <typename T>
inline constexpr bool kStandsOnStack =
    std::is_trivially_copyable_v<T> &&
    std::is_trivially_move_constructible_v<T> &&
    sizeof(T) <= sizeof(ValueBytes) && alignof(T) <= alignof(ValueBytes);

// A StorageScope's binding: holds none or a small value itself, or keeps a
// binding on the heap for the life of the scope.
//
// Any thread may ask for the copy on the heap as long as the scope exists. Who
// has it calls ReleaseHeap() before its end, which is trivial: so none of it is
// left in Run().
//
// Edges:
//   [B1] OnHeap() <-> OnHeap(), on `on_heap_`; StackFrame::Promote() has the
//        same, on `promoted_`. One thread publishes its copy with a release; a
//        thread that finds it there acquires, also one whose own copy came too
//        late, and so sees it complete. Breaks if weakened: a reader of the
//        copy races with its maker. Test:
//        BoundStoreStressTest.ThreadsPromoteOnce (TSan).
class StackBinding final : public Binding {
 public:
  // Throws std::bad_alloc and what moving a `T` throws.
  template <typename T>
  StackBinding(const StorageSlot& slot, std::uint64_t key,
               std::optional<T>&& store)
      : Binding(slot, key, Uncounted()) {
    if (!store.has_value()) return;
    if constexpr (kStandsOnStack<T>) {
      set_value(::new (static_cast<void*>(value_.bytes)) T(*std::move(store)));
    } else {
      // relaxed: no other thread knows this binding yet.
      on_heap_.store(new ValueBinding<T>(slot, key, std::move(store)),
                     std::memory_order_relaxed);
    }
  }

  // Returns the one on the heap; null if there is none.
  const Binding* on_heap() const noexcept {
    // [B1]
    return on_heap_.load(std::memory_order_acquire);
  }
  void ReleaseHeap() noexcept {
    if (const Binding* const held = on_heap()) held->Release();
  }

  // Returns the entry for frames on the stack, while no other thread knows of
  // it.
  const Binding* get() const noexcept {
    // relaxed: see above.
    const Binding* const on_heap = on_heap_.load(std::memory_order_relaxed);
    return on_heap == nullptr ? this : on_heap;
  }

  BindingRef OnHeap() const override;

 private:
  ValueBytes value_;
  mutable std::atomic<const Binding*> on_heap_{nullptr};  // holds a reference
};

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_BINDING_H_
