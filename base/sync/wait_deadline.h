// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The time at which a wait gives up.

#ifndef WEFT_BASE_SYNC_WAIT_DEADLINE_H_
#define WEFT_BASE_SYNC_WAIT_DEADLINE_H_

#include <chrono>
#include <optional>

#include "weft/base/steady_now.h"

namespace weft::base {

// Empty: the wait lasts until its event has happened.
using WaitDeadline = std::optional<std::chrono::steady_clock::time_point>;

inline bool HasPassed(const WaitDeadline& deadline) noexcept {
  return deadline.has_value() && SteadyNow() >= *deadline;
}

}  // namespace weft::base

#endif  // WEFT_BASE_SYNC_WAIT_DEADLINE_H_
