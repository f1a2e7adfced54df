// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/storage_scope.h"

#include <utility>

#include "weft/context/internal/check.h"

namespace weft {

using context_internal::current_flow;
using context_internal::Frame;
using context_internal::FrameRef;

StorageScope::StorageScope(context_internal::BindingRef binding)
    : outer_(current_flow),
      index_(binding.get()->index()),
      installed_(Frame::With(outer_.frame, index_, binding.get()).Detach()) {
  installed_->AddRef();
  current_flow = {installed_, this};
}

StorageScope::~StorageScope() {
  WEFT_CHECK(current_flow.scope == this,
             "a StorageScope must be destroyed on the flow that made it, "
             "innermost first; keep it in a local variable, and do not move "
             "its end to another thread");
  if (current_flow.frame == installed_) {
    current_flow = outer_;
    installed_->Release(2);
    return;
  }
  // Something was entered inside: keep it, but for our own storage. Whatever is
  // released goes last: destructors of values may read the context.
  const FrameRef outer = FrameRef::Adopt(outer_.frame);
  const FrameRef installed = FrameRef::Adopt(installed_);
  FrameRef rebuilt =
      Frame::With(current_flow.frame, index_,
                  outer.get() == nullptr ? nullptr : outer.get()->At(index_));
  const FrameRef inner = FrameRef::Adopt(
      std::exchange(current_flow, {rebuilt.Detach(), outer_.scope}).frame);
}

}  // namespace weft
