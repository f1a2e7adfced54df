// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The one word that every event point reads.

#ifndef WEFT_HOOKS_INTERNAL_WANTED_EVENTS_H_
#define WEFT_HOOKS_INTERNAL_WANTED_EVENTS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "weft/hooks/hook_event.h"
#include "weft/hooks/internal/signal.h"

namespace weft::hooks_internal {

inline constexpr std::size_t kHookEventCount =
    static_cast<std::size_t>(HookEvent::kSteal) + 1;

// A set of events of hooks and of signals.
using EventBits = std::uint64_t;

constexpr EventBits EventBit(HookEvent event) noexcept {
  return EventBits{1} << static_cast<unsigned>(event);
}
constexpr EventBits SignalBit(Signal signal) noexcept {
  return EventBits{1} << (kHookEventCount + static_cast<unsigned>(signal));
}
static_assert(kHookEventCount + kSignalCount <= 64);

// All bits of hooks; the others are the sink's.
inline constexpr EventBits kEventBits = (EventBits{1} << kHookEventCount) - 1;

// The bits of those who want an event of a resource or a worker.
constexpr EventBits BothBits(HookEvent event) noexcept {
  return EventBit(event) | SignalBit(SignalOf(event));
}

// The events of a resource from its making to its end.
inline constexpr EventBits kLifecycleEvents =
    EventBit(HookEvent::kInit) | EventBit(HookEvent::kBefore) |
    EventBit(HookEvent::kAfter) | EventBit(HookEvent::kDestroy);

// One bit for each kind that some enabled hook wants, and one for each signal
// that the sink wants. Written when hooks are enabled and disabled, and when
// the sink changes its mind, so it has a cache line to itself.
struct alignas(64) WantedEvents {
  std::atomic<EventBits> bits{0};

  // Replaces those bits that are in `mask`.
  void Set(EventBits mask, EventBits wanted) noexcept {
    // relaxed: a hint; a thread that must see it is ordered after this call by
    // other means.
    EventBits old = bits.load(std::memory_order_relaxed);
    // relaxed: as above.
    while (!bits.compare_exchange_weak(old, (old & ~mask) | wanted,
                                       std::memory_order_relaxed)) {
    }
  }
};
extern constinit WantedEvents wanted_events;

// Returns those of `bits` that are wanted: one question for several.
inline EventBits Wanted(EventBits bits) noexcept {
  // relaxed: a hint; the hooks themselves are read through the registry, [H1],
  // and the sink by [J1].
  return wanted_events.bits.load(std::memory_order_relaxed) & bits;
}

// True if a hook or the sink wants any of the kinds in `bits`.
inline bool IsAnyWanted(EventBits bits) noexcept { return Wanted(bits) != 0; }

// True if a hook wants it.
inline bool IsWanted(HookEvent event) noexcept {
  return IsAnyWanted(EventBit(event));
}

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_WANTED_EVENTS_H_
