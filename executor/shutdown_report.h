// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/shutdown_report.h
// -----------------------------------------------------------------------------

#ifndef WEFT_EXECUTOR_SHUTDOWN_REPORT_H_
#define WEFT_EXECUTOR_SHUTDOWN_REPORT_H_

#include <cstddef>

#include "weft/base/language.h"

namespace weft {

// What `Executor::ShutdownFor()` and `ShutdownUntil()` have come to.
struct ShutdownReport {
  // How many queued tasks and timers were dropped, as `Shutdown()` counts them.
  std::size_t dropped = 0;
  // Has everything ended? If not, some task still runs, or was just about to
  // end; the executor's destructor will wait for it.
  bool finished = false;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_SHUTDOWN_REPORT_H_
