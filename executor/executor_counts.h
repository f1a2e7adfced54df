// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/executor_counts.h
// -----------------------------------------------------------------------------
//
// These are the counts of an executor. They are read at no particular moment.

#ifndef WEFT_EXECUTOR_EXECUTOR_COUNTS_H_
#define WEFT_EXECUTOR_EXECUTOR_COUNTS_H_

#include <cstddef>

#include "weft/base/language.h"

namespace weft {

// Counts of the tasks that an executor has kept from running since it was made,
// because when their turn came ...
struct SkippedTasks {
  std::size_t cancelled = 0;  // ... they were cancelled (cancellation.h)
  std::size_t expired = 0;    // ... their deadline had passed (deadline.h)
};

// Counts of what waits inside tasks have done to an executor's threads. For
// threads that sleep spare ones go on (ExecutorOptions::max_spare_threads).
struct WaitCounts {
  int blocked = 0;             // threads that sleep in a wait just now
  int most_blocked = 0;        // the most at any time
  int spare_threads = 0;       // that there are just now, idle ones too
  int most_spare_threads = 0;  // the most at any time
  std::size_t refused = 0;     // waits that ended with a WaitLimitError
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_EXECUTOR_COUNTS_H_
