// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/messages.h"

#include <sys/random.h>

#include <chrono>
#include <cstddef>

#include "weft/hooks/async_id.h"
#include "weft/hooks/execution.h"
#include "weft/hooks/internal/sink.h"
#include "weft/hooks/resource.h"

namespace weft {

std::uint64_t NewMessageId() noexcept {
  std::uint64_t id = 0;
  // Of the system: a child after fork() draws others.
  while (id == 0 || ~id == 0) {
    if (getrandom(&id, sizeof(id), 0) == static_cast<ssize_t>(sizeof(id))) {
      continue;
    }
    // Not from a Linux that is older than this function.
    id = static_cast<std::uint64_t>(
        std::chrono::steady_clock::now().time_since_epoch().count());
  }
  return id;
}

namespace hooks_internal {

void TellMessage(Signal signal, std::string_view type, std::uint64_t id,
                 std::source_location where) noexcept {
  if (id == 0) return;
  const Resource message(type, kNoAsyncId, ExecutionAsyncId(), where);
  TellSink({signal, &message, kNoWorker, id});
}

}  // namespace hooks_internal
}  // namespace weft
