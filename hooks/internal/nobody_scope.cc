// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/nobody_scope.h"

#include <utility>

namespace weft::hooks_internal {

using context_internal::current_flow;
using context_internal::Frame;

void DestroyAsNobody(const Frame* frame) noexcept {
  const NobodyScope nobody;
  Frame::Destroy(frame);
}

void DestroyStateAsNobody(Resource& resource) noexcept {
  const NobodyScope nobody;
  resource.ReleaseState();
}

void ReleaseEnteredAsNobody() noexcept {
  current_flow.frame = nullptr;
  const Frame* const entered = std::exchange(current_flow.owned, nullptr);
  if (entered != nullptr) ReleaseAsNobody(entered);
}

}  // namespace weft::hooks_internal
