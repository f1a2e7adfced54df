// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/sink.h"

#include <atomic>

#include "weft/base/check.h"

namespace weft::hooks_internal {

constinit std::atomic<Sink*> the_sink{nullptr};
constinit thread_local std::uint64_t starts_for = 0;

void SetSink(Sink& sink) noexcept {
  Sink* none = nullptr;
  // [J1] relaxed on failure: only the address is looked at.
  const bool is_first = the_sink.compare_exchange_strong(
      none, &sink, std::memory_order_release, std::memory_order_relaxed);
  WEFT_CHECK(is_first || none == &sink, "there is a sink already");
}

void SetWantedSignals(EventBits bits) noexcept {
  wanted_events.Set(~kEventBits, bits);
}

}  // namespace weft::hooks_internal
