// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/limits.h"

#include <memory>

namespace weft::context_internal {

constinit std::atomic<const LimitSlots*> limit_slots{nullptr};

const LimitSlots& UseLimits() {
  // [L1]
  const LimitSlots* known = limit_slots.load(std::memory_order_acquire);
  if (known != nullptr) return *known;
  static constinit std::atomic<const StorageSlot*> deadline{nullptr};
  static constinit std::atomic<const StorageSlot*> cancellation{nullptr};
  auto made = std::make_unique<const LimitSlots>(LimitSlots{
      StorageSlot::AcquireOnce(deadline, Rule::kInherit, "deadline"),
      StorageSlot::AcquireOnce(cancellation, Rule::kInherit, "cancellation")});
  // [L1]
  if (limit_slots.compare_exchange_strong(known, made.get(),
                                          std::memory_order_acq_rel,
                                          std::memory_order_acquire)) {
    // Leaked on purpose: frames may outlive every static destructor.
    return *made.release();
  }
  return *known;
}

}  // namespace weft::context_internal
