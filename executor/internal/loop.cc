// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/loop.h"

#include "weft/executor/internal/engine.h"

namespace weft::executor_internal {

int ConcurrencyOf(Engine& engine) noexcept { return engine.concurrency(); }

}  // namespace weft::executor_internal
