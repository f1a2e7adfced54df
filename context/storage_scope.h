// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// context/storage_scope.h
// -----------------------------------------------------------------------------
//
// `StorageScope` keeps a storage's value current until the end of a C++ scope,
// where `AsyncLocalStorage<T>::Run()` does so for the length of a call.
//
// Example:
//
//   const weft::StorageScope scope = request_id.WithScope(RequestId{42});
//   Handle(request);  // and everything it submits sees 42
//
// Node counterpart: the object that `AsyncLocalStorage.withScope()` returns.

#ifndef WEFT_CONTEXT_STORAGE_SCOPE_H_
#define WEFT_CONTEXT_STORAGE_SCOPE_H_

#include <optional>
#include <utility>

#include "weft/context/internal/bound_store.h"
#include "weft/context/internal/storage_slot.h"

namespace weft {

template <typename T>
class AsyncLocalStorage;

// StorageScope
//
// A scope that, on destruction, also by an exception, binds its storage to what
// it was bound to before, or unbinds it if it was unbound. Other storages keep
// what was entered meanwhile.
//
// Thread-safety: owner-only. It must be destroyed on the flow that made it,
//   innermost first: checked, and a violation aborts with a message.
// Cost: see `AsyncLocalStorage`. A scope has about 270 bytes, and is meant to
// stand on the stack.
// Errors: if another storage was entered inside, the end of the scope allocates
//   a frame; should that fail, the process terminates.
// Differs from Node: scopes out of order are an error, where Node re-installs
//   stale values; a storage that was unbound is unbound again, where Node
//   stores the default.
class [[nodiscard]] StorageScope {
 public:
  StorageScope(const StorageScope&) = delete;
  StorageScope& operator=(const StorageScope&) = delete;
  ~StorageScope() = default;

 private:
  template <typename T>
  friend class AsyncLocalStorage;

  // Throws std::bad_alloc, and what moving a `T` throws, with nothing changed.
  template <typename T>
  StorageScope(const context_internal::OwnedSlot& slot,
               std::optional<T>&& store)
      : store_(slot, std::move(store)), scope_(store_) {}

  context_internal::BoundStore store_;
  const context_internal::BoundStoreScope scope_;
};

}  // namespace weft

#endif  // WEFT_CONTEXT_STORAGE_SCOPE_H_
