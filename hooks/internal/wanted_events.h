// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The one word that every event point reads.

#ifndef WEFT_HOOKS_INTERNAL_WANTED_EVENTS_H_
#define WEFT_HOOKS_INTERNAL_WANTED_EVENTS_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "weft/hooks/hook_event.h"

namespace weft::hooks_internal {

inline constexpr std::size_t kHookEventCount =
    static_cast<std::size_t>(HookEvent::kSteal) + 1;

constexpr std::uint32_t EventBit(HookEvent event) noexcept {
  return std::uint32_t{1} << static_cast<unsigned>(event);
}

// The events of a resource from its making to its end.
inline constexpr std::uint32_t kLifecycleEvents =
    EventBit(HookEvent::kInit) | EventBit(HookEvent::kBefore) |
    EventBit(HookEvent::kAfter) | EventBit(HookEvent::kDestroy);

// One bit for each kind that some enabled hook wants. Written when hooks are
// enabled and disabled, so it has a cache line to itself.
struct alignas(64) WantedEvents {
  std::atomic<std::uint32_t> bits{0};
};
extern constinit WantedEvents wanted_events;

// True if a hook wants any of the kinds in `bits`: one question for several.
inline bool IsAnyWanted(std::uint32_t bits) noexcept {
  // relaxed: a hint; the hooks themselves are read through the registry, [H1].
  return (wanted_events.bits.load(std::memory_order_relaxed) & bits) != 0;
}

inline bool IsWanted(HookEvent event) noexcept {
  return IsAnyWanted(EventBit(event));
}

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_WANTED_EVENTS_H_
