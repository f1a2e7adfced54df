// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/examples/request_server/event_counts.h"

#include <cstddef>
#include <iomanip>
#include <string_view>

#include "weft/hooks/async_id.h"
#include "weft/hooks/resource.h"

namespace request_server {

using weft::AsyncId;
using weft::HookEvent;

EventCounts::EventCounts()
    : hook_(weft::CreateHook(
                {.init = [this](AsyncId, std::string_view, AsyncId,
                                weft::Resource&) { Add(HookEvent::kInit); },
                 .before = [this](AsyncId) { Add(HookEvent::kBefore); },
                 .after = [this](AsyncId) { Add(HookEvent::kAfter); },
                 .destroy = [this](AsyncId) { Add(HookEvent::kDestroy); },
                 .promise_resolve =
                     [this](AsyncId) { Add(HookEvent::kPromiseResolve); }})
                .Enable()) {}

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
