// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/shutdown.h
// -----------------------------------------------------------------------------
//
// These types say how an executor is to end, and what that came to.

#ifndef WEFT_EXECUTOR_SHUTDOWN_H_
#define WEFT_EXECUTOR_SHUTDOWN_H_

#include <cstddef>

#include "weft/base/language.h"

namespace weft {

// The ways in which `Executor::Shutdown()` treats tasks that have not started.
enum class OnShutdown {
  kDrain,  // run them, and all that they submit
  kStop,   // drop them
};

// The outcome of `Executor::ShutdownFor()` and `ShutdownUntil()`.
struct ShutdownReport {
  // The number of queued tasks and timers that were dropped, as `Shutdown()`
  // counts them.
  std::size_t dropped = 0;
  // True if everything has ended. If false, some task still runs, or was just
  // about to end; the executor's destructor will wait for it.
  bool finished = false;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_SHUTDOWN_H_
