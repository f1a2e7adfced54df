// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/limits.h"

namespace weft::context_internal {

constinit std::atomic<const LimitSlots*> limit_slots{nullptr};

const LimitSlots& UseLimits() {
  // Leaked on purpose: frames may outlive every static destructor.
  static const LimitSlots& slots = *[] {
    const auto* const made =
        new LimitSlots{StorageSlot::Acquire(), StorageSlot::Acquire()};
    // [L1]
    limit_slots.store(made, std::memory_order_release);
    return made;
  }();
  return slots;
}

}  // namespace weft::context_internal
