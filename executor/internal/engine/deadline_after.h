// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// When a wait that was given a duration is over.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_DEADLINE_AFTER_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_DEADLINE_AFTER_H_

#include <chrono>

#include "weft/base/wait_deadline.h"
#include "weft/context/duration.h"

namespace weft::executor_internal {

// So far from now; as far as the clock goes if that is farther.
inline base::WaitDeadline After(Duration duration) noexcept {
  return context_internal::Later(std::chrono::steady_clock::now(), duration);
}

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_DEADLINE_AFTER_H_
