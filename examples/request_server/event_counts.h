// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A hook that counts the events of all resources in the process.

#ifndef WEFT_EXAMPLES_REQUEST_SERVER_EVENT_COUNTS_H_
#define WEFT_EXAMPLES_REQUEST_SERVER_EVENT_COUNTS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <ostream>

#include "weft/hooks/async_hook.h"
#include "weft/hooks/hook_callbacks.h"
#include "weft/hooks/hook_event.h"

namespace request_server {

// Thread-safe. Counts are exact once the work they are of has ended.
class EventCounts {
 public:
  // Counts from now on, until destruction.
  EventCounts();

  std::uint64_t count(weft::HookEvent event) const noexcept;

  // Has each init its destroy, each before its after?
  bool balanced() const noexcept;

 private:
  weft::HookCallbacks Callbacks();
  void Add(weft::HookEvent event) noexcept;

  std::array<std::atomic<std::uint64_t>, 5> counts_{};  // by HookEvent
  // Last: goes, with what it still calls, before the counts do.
  const weft::AsyncHook hook_;
};

// A table, and whether they are balanced.
std::ostream& operator<<(std::ostream& out, const EventCounts& counts);

}  // namespace request_server

#endif  // WEFT_EXAMPLES_REQUEST_SERVER_EVENT_COUNTS_H_
