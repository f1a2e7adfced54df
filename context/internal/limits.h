// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The limits of a flow: until when it may go on, and whether it may at all. Two
// storages of the library's own, so that limits are inherited, captured and
// restored like any other value; their slots are acquired at the first use in
// the process.

#ifndef WEFT_CONTEXT_INTERNAL_LIMITS_H_
#define WEFT_CONTEXT_INTERNAL_LIMITS_H_

#include <atomic>
#include <chrono>

#include "weft/context/internal/binding.h"
#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/context/internal/storage_slot.h"

namespace weft {
class CancellationToken;
}  // namespace weft

namespace weft::context_internal {

struct LimitSlots {
  const StorageSlot& deadline;      // of std::chrono::steady_clock::time_point
  const StorageSlot& cancellation;  // of CancellationToken
};

// Null before the first use.
//
// Edges:
//   [L1] UseLimits()'s store <-> LimitsOf()'s load: a thread that sees the
//        slots sees them complete. Breaks if weakened: an index is read half
//        written. A thread that runs in a frame with a limit sees the slots in
//        any case: it got the frame from a thread that did. Test: DeadlineTest
//        (TSan).
extern constinit std::atomic<const LimitSlots*> limit_slots;

// Acquires the slots, once. Throws std::bad_alloc.
const LimitSlots& UseLimits();

// Null: no limit. Valid as long as the frame.
struct Limits {
  const std::chrono::steady_clock::time_point* deadline = nullptr;
  const CancellationToken* cancellation = nullptr;

  bool any() const noexcept {
    return deadline != nullptr || cancellation != nullptr;
  }
};

// True if any limit has ever been set in this process.
inline bool LimitsAreUsed() noexcept {
  // [L1]
  return limit_slots.load(std::memory_order_acquire) != nullptr;
}

// Returns the limits of `frame`, which may be null. Takes one load if it is,
// two if no limit has ever been set.
inline Limits LimitsOf(const Frame* frame) noexcept {
  if (frame == nullptr) return {};
  // [L1]
  const LimitSlots* const slots = limit_slots.load(std::memory_order_acquire);
  if (slots == nullptr) [[likely]]
    return {};
  const auto value = [frame](const StorageSlot& slot) -> const void* {
    const Binding* const binding = frame->Find(slot.index(), slot.key());
    return binding == nullptr ? nullptr : binding->value();
  };
  using TimePoint = std::chrono::steady_clock::time_point;
  return {static_cast<const TimePoint*>(value(slots->deadline)),
          static_cast<const CancellationToken*>(value(slots->cancellation))};
}

// Returns the limits of the calling flow.
inline Limits CurrentLimits() noexcept { return LimitsOf(CurrentFrame()); }

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_LIMITS_H_
