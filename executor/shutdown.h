// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/shutdown.h
// -----------------------------------------------------------------------------
//
// How an executor is to end, and what that came to.

#ifndef WEFT_EXECUTOR_SHUTDOWN_H_
#define WEFT_EXECUTOR_SHUTDOWN_H_

#include <cstddef>

#include "weft/base/language.h"

namespace weft {

// What `Executor::Shutdown()` does with tasks that have not started.
enum class OnShutdown {
  kDrain,  // run them, and all that they submit
  kStop,   // drop them
};

// What `Executor::ShutdownFor()` and `ShutdownUntil()` have come to.
struct ShutdownReport {
  // How many queued tasks and timers were dropped, as `Shutdown()` counts them.
  std::size_t dropped = 0;
  // Has everything ended? If not, some task still runs, or was just about to
  // end; the executor's destructor will wait for it.
  bool finished = false;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_SHUTDOWN_H_
