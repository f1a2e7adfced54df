// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/thread_state.h"

namespace weft::executor_internal {

constinit thread_local ThreadState thread_state{nullptr, nullptr, nullptr,
                                                0,       {},      nullptr};

}  // namespace weft::executor_internal
