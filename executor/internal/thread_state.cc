// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/thread_state.h"

namespace weft::executor_internal {

constinit thread_local ThreadState thread_state{};

}  // namespace weft::executor_internal
