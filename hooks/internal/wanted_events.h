// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The one word that every event point reads.

#ifndef WEFT_HOOKS_INTERNAL_WANTED_EVENTS_H_
#define WEFT_HOOKS_INTERNAL_WANTED_EVENTS_H_

#include <atomic>
#include <cstdint>

#include "weft/hooks/hook_event.h"

namespace weft::hooks_internal {

constexpr std::uint32_t EventBit(HookEvent event) noexcept {
  return std::uint32_t{1} << static_cast<unsigned>(event);
}

// One bit for each kind that some enabled hook wants. Written when hooks are
// enabled and disabled, so it has a cache line to itself.
struct alignas(64) WantedEvents {
  std::atomic<std::uint32_t> bits{0};
};
extern constinit WantedEvents wanted_events;

inline bool IsWanted(HookEvent event) noexcept {
  // relaxed: a hint; the hooks themselves are read through the registry, [H1].
  return (wanted_events.bits.load(std::memory_order_relaxed) &
          EventBit(event)) != 0;
}

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_WANTED_EVENTS_H_
