// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A store that is bound for the length of a C++ scope: Run() and StorageScope
// put it on the stack.
//
// There are two classes so that in Run() the outer flow stays in registers,
// which halves the cost: other threads know the address of the first, and no
// thread knows that of the second. For the same reason the second is copied
// field by field, and not const where it is a local variable (seen with g++
// 12).

#ifndef WEFT_CONTEXT_INTERNAL_BOUND_STORE_H_
#define WEFT_CONTEXT_INTERNAL_BOUND_STORE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "weft/context/internal/binding.h"
#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/context/internal/storage_slot.h"

namespace weft::context_internal {

// Throws std::logic_error: the storage of that name has no store here.
[[noreturn]] void ThrowNoStore(const std::string& name);

// The binding, and room for a frame with it. One BoundStoreScope uses it, which
// it outlives.
class BoundStore {
 public:
  // Throws std::bad_alloc and what moving a `T` throws.
  template <typename T>
  BoundStore(const StorageSlot& slot, std::optional<T>&& store)
      : BoundStore(slot, slot.key(), std::move(store)) {}
  // The same for a storage, which binds under its own copy of the key.
  template <typename T>
  BoundStore(const OwnedSlot& slot, std::optional<T>&& store)
      : BoundStore(slot.slot(), slot.key_to_bind(), std::move(store)) {}
  BoundStore(const BoundStore&) = delete;
  BoundStore& operator=(const BoundStore&) = delete;
  ~BoundStore() {
    // One question for both, which are rare.
    if ((reinterpret_cast<std::uintptr_t>(frame_.promoted()) |
         reinterpret_cast<std::uintptr_t>(binding_.on_heap())) != 0)
        [[unlikely]] {
      ReleaseCopies();
    }
  }

  // Makes the store current in `outer`, the calling flow. Throws
  // std::bad_alloc, with nothing changed. `stands_on_stack` may be true if the
  // store's type does.
  [[gnu::always_inline]] inline void Install(const Flow& outer,
                                             bool stands_on_stack) {
    const Binding* const bound = stands_on_stack ? &binding_ : binding_.get();
    if (frame_.Bind(outer.frame, binding_.index(), bound)) [[likely]] {
      // Without a question for what is owned: that would cost more.
      current_flow.frame = &frame_;
      current_flow.owned = nullptr;
      current_flow.scope = this;
    } else {
      InstallOnHeap(outer.frame);
    }
  }
  // Makes `outer` current again, but keeps what was entered for other storages
  // meanwhile.
  void Remove(const Flow& outer) const noexcept {
    if (current_flow.scope == this && current_flow.frame == &frame_)
        [[likely]] {
      current_flow.frame = outer.frame;
      if (outer.owned != nullptr) current_flow.owned = outer.owned;
      current_flow.scope = outer.scope;
    } else {
      RemoveFromOther(outer.frame, outer.owned, outer.scope);
    }
  }

 private:
  template <typename T>
  BoundStore(const StorageSlot& slot, std::uint64_t key,
             std::optional<T>&& store)
      : binding_(slot, key, std::move(store)) {}

  void InstallOnHeap(const Frame* outer);
  void RemoveFromOther(const Frame* outer, const Frame* outer_owned,
                       const BoundStore* outer_scope) const noexcept;
  void ReleaseCopies() noexcept;

  StackBinding binding_;
  StackFrame frame_;
};

// Makes the store current, together with all else that is, for the life of the
// scope. At its end the storage is bound to what it was bound to before; other
// storages keep what was entered meanwhile. Owner-only; scopes nest, which is
// checked.
class BoundStoreScope {
 public:
  // Throws std::bad_alloc, with nothing changed. See BoundStore::Install().
  [[gnu::always_inline]] inline explicit BoundStoreScope(
      BoundStore& store, bool stands_on_stack = false)
      : store_(store),
        outer_{current_flow.frame, current_flow.owned, current_flow.scope} {
    store.Install(outer_, stands_on_stack);
  }
  BoundStoreScope(const BoundStoreScope&) = delete;
  BoundStoreScope& operator=(const BoundStoreScope&) = delete;
  ~BoundStoreScope() { store_.Remove(outer_); }

 private:
  const BoundStore& store_;
  // The flow as it was. It keeps what the store's frame points to.
  const Flow outer_;
};

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_BOUND_STORE_H_
