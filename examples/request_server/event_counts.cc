// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/event_counts.h"

#include <cstddef>
#include <iomanip>

#include "weft/hooks/hook_event.h"

namespace request_server {

using weft::HookEvent;

weft::HookCallbacks EventCounts::Callbacks() {
  const auto add = [this](const auto& event) { Add(event.kKind); };
  return {.init = add,
          .before = add,
          .after = add,
          .destroy = add,
          .promise_resolve = add};
}

EventCounts::EventCounts() : hook_(weft::CreateHook(Callbacks()).Enable()) {}

std::uint64_t EventCounts::count(HookEvent event) const noexcept {
  // relaxed: who wants an exact count has waited for the work to end.
  return counts_[static_cast<std::size_t>(event)].load(
      std::memory_order_relaxed);
}

bool EventCounts::balanced() const noexcept {
  return count(HookEvent::kInit) == count(HookEvent::kDestroy) &&
         count(HookEvent::kBefore) == count(HookEvent::kAfter);
}

void EventCounts::Add(HookEvent event) noexcept {
  // relaxed: a count that hands nothing over.
  counts_[static_cast<std::size_t>(event)].fetch_add(1,
                                                     std::memory_order_relaxed);
}

std::ostream& operator<<(std::ostream& out, const EventCounts& counts) {
  out << "hook events\n";
  for (const HookEvent event :
       {HookEvent::kInit, HookEvent::kBefore, HookEvent::kAfter,
        HookEvent::kDestroy, HookEvent::kPromiseResolve}) {
    out << "  " << std::left << std::setw(16) << weft::HookEventName(event)
        << std::right << std::setw(10) << counts.count(event) << '\n';
  }
  return out << (counts.balanced()
                     ? "  balanced: each init has its destroy, each before "
                       "its after\n"
                     : "  NOT BALANCED\n");
}

}  // namespace request_server
