// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/wait_counts.h
// -----------------------------------------------------------------------------

#ifndef WEFT_EXECUTOR_WAIT_COUNTS_H_
#define WEFT_EXECUTOR_WAIT_COUNTS_H_

#include <cstddef>

#include "weft/base/language.h"

namespace weft {

// What waits inside tasks have done to an executor's threads: for those that
// sleep spare ones go on (ExecutorOptions::max_spare_threads).
struct WaitCounts {
  int blocked = 0;             // threads that sleep in a wait just now
  int most_blocked = 0;        // the most at any time
  int spare_threads = 0;       // that there are just now, idle ones too
  int most_spare_threads = 0;  // the most at any time
  std::size_t refused = 0;     // waits that ended with a WaitLimitError
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_WAIT_COUNTS_H_
