// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {

constinit thread_local ThreadState thread_state{};

bool StackIsBelowLimit() noexcept {
  base::StackBounds& stack = thread_state.stack;
  if (stack.limit == base::StackBounds::kNotAsked)
    stack = base::BoundsOfThisStack();
  const std::uintptr_t position = base::StackPosition();
  return position < stack.limit && position >= stack.end;
}

}  // namespace weft::executor_internal
