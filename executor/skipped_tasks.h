// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/skipped_tasks.h
// -----------------------------------------------------------------------------

#ifndef WEFT_EXECUTOR_SKIPPED_TASKS_H_
#define WEFT_EXECUTOR_SKIPPED_TASKS_H_

#include <cstddef>

#include "weft/base/language.h"

namespace weft {

// How many tasks an executor has kept from running since it was made, because
// when their turn came ...
struct SkippedTasks {
  std::size_t cancelled = 0;  // ... they were cancelled (cancellation.h)
  std::size_t expired = 0;    // ... their deadline had passed (deadline.h)
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_SKIPPED_TASKS_H_
