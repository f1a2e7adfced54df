// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Turns the duration that a wait was given into its deadline.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_DEADLINE_AFTER_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_DEADLINE_AFTER_H_

#include "weft/base/steady_now.h"
#include "weft/base/sync/wait_deadline.h"
#include "weft/context/duration.h"

namespace weft::executor_internal {

// Returns the time `duration` from now, or the clock's last if that is earlier.
inline base::WaitDeadline After(Duration duration) noexcept {
  return context_internal::Later(base::SteadyNow(), duration);
}

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_DEADLINE_AFTER_H_
