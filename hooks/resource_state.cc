// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/resource_state.h"

#include <atomic>

namespace weft::hooks_internal {

std::uint64_t NewStateKey() noexcept {
  static constinit std::atomic<std::uint64_t> next{1};
  // relaxed: only uniqueness is asked of it.
  return next.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace weft::hooks_internal
