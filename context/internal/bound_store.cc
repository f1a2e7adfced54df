// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/bound_store.h"

#include <stdexcept>
#include <string>
#include <utility>

#include "weft/base/check.h"

namespace weft::context_internal {

void ThrowNoStore(const std::string& name) {
  throw std::logic_error(
      "AsyncLocalStorage::Store: " +
      (name.empty() ? std::string("a storage without a name") : name) +
      " has no store in this flow; call it inside Run(), or use GetStore()");
}

void BoundStore::InstallOnHeap(const Frame* outer) {
  frame_.Keep(Frame::With(outer, binding_.index(), binding_.get()));
  current_flow = {frame_.promoted(), nullptr, this};
}

void BoundStore::ReleaseCopies() noexcept {
  frame_.ReleasePromoted();
  binding_.ReleaseHeap();
}

void BoundStore::RemoveFromOther(const Frame* outer, const Frame* outer_owned,
                                 const BoundStore* outer_scope) const noexcept {
  WEFT_CHECK(current_flow.scope == this,
             "a StorageScope must be destroyed on the flow that made it, "
             "innermost first; keep it in a local variable, and do not move "
             "its end to another thread");
  // The release comes last: destructors of values may read the context.
  const Frame* const frame = current_flow.frame;
  if (frame != nullptr && frame == frame_.promoted()) {
    const FrameRef inner = FrameRef::Adopt(
        std::exchange(current_flow, {outer, outer_owned, outer_scope}).owned);
    return;
  }
  // A binding was entered inside: keeps it, but not that of our own storage.
  const FrameRef replaced = FrameRef::Adopt(outer_owned);
  const std::uint32_t index = binding_.index();
  const Frame* const rebuilt =
      Frame::With(frame, index, outer == nullptr ? nullptr : outer->At(index))
          .Detach();
  const FrameRef inner = FrameRef::Adopt(
      std::exchange(current_flow, {rebuilt, rebuilt, outer_scope}).owned);
}

}  // namespace weft::context_internal
