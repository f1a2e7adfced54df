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
// Node counterpart: what `AsyncLocalStorage.withScope()` returns.

#ifndef WEFT_CONTEXT_STORAGE_SCOPE_H_
#define WEFT_CONTEXT_STORAGE_SCOPE_H_

#include "weft/context/internal/binding.h"
#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"

namespace weft {

template <typename T>
class AsyncLocalStorage;

// StorageScope
//
// On destruction, also by an exception, its storage is bound to what it was
// bound to before, or unbound if it was unbound; other storages keep what was
// entered meanwhile.
//
// Thread-safety: owner-only. It must be destroyed on the flow that made it,
//   innermost first: checked, and a violation aborts with a message.
// Errors: if another storage was entered inside, the end of the scope allocates
//   a frame; should that fail, the process terminates.
// Differs from Node: scopes out of order are an error, where Node re-installs
//   stale values; a storage that was unbound is unbound again, where Node
//   stores the default.
class [[nodiscard]] StorageScope {
 public:
  StorageScope(const StorageScope&) = delete;
  StorageScope& operator=(const StorageScope&) = delete;
  ~StorageScope();

 private:
  template <typename T>
  friend class AsyncLocalStorage;

  // Throws std::bad_alloc, with nothing changed.
  explicit StorageScope(context_internal::BindingRef binding);

  const context_internal::Flow outer_;
  const std::uint32_t index_;
  // Made and installed here with two references, the flow's and this one's: as
  // long as this one stands, an equal address means the same frame.
  const context_internal::Frame* const installed_;
};

}  // namespace weft

#endif  // WEFT_CONTEXT_STORAGE_SCOPE_H_
