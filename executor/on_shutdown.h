// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/on_shutdown.h
// -----------------------------------------------------------------------------

#ifndef WEFT_EXECUTOR_ON_SHUTDOWN_H_
#define WEFT_EXECUTOR_ON_SHUTDOWN_H_

#include "weft/base/language.h"

namespace weft {

// What `Executor::Shutdown()` does with tasks that have not started.
enum class OnShutdown {
  kDrain,  // run them, and all that they submit
  kStop,   // drop them
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_ON_SHUTDOWN_H_
