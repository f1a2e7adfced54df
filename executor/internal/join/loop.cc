// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/join/loop.h"

#include <exception>

#include "weft/executor/internal/engine/engine.h"
#include "weft/hooks/execution.h"

namespace weft::executor_internal {

void ThrowAtLimit(const Engine& engine,
                  const context_internal::Limits& limits) {
  const EndedBy what = engine.limits().Reached(limits);
  if (what == EndedBy::kNothing) return;
  std::rethrow_exception(engine.limits().Error(what, ExecutionAsyncResource(),
                                               Progress::kStarted, limits));
}

int ConcurrencyOf(Engine& engine) noexcept { return engine.concurrency(); }

}  // namespace weft::executor_internal
