// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// By when a wait is to come back.

#ifndef WEFT_EXECUTOR_INTERNAL_WAIT_DEADLINE_H_
#define WEFT_EXECUTOR_INTERNAL_WAIT_DEADLINE_H_

#include <chrono>
#include <optional>

#include "weft/context/internal/language.h"

namespace weft::executor_internal {

// None: when what is waited for has happened, whenever that is.
using WaitDeadline = std::optional<std::chrono::steady_clock::time_point>;

inline bool HasPassed(const WaitDeadline& deadline) noexcept {
  return deadline.has_value() && std::chrono::steady_clock::now() >= *deadline;
}

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_WAIT_DEADLINE_H_
