// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/loop_options.h
// -----------------------------------------------------------------------------

#ifndef WEFT_EXECUTOR_LOOP_OPTIONS_H_
#define WEFT_EXECUTOR_LOOP_OPTIONS_H_

#include <cstddef>

#include "weft/base/language.h"

namespace weft {

// The options of ParallelFor() and ParallelReduce().
struct LoopOptions {
  // The least number of indexes in one part. A good number is one whose calls
  // cost some microseconds together. If it is 0 the loop decides by the size of
  // the range, so that there are some dozens of parts for each worker.
  std::size_t grain = 0;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_LOOP_OPTIONS_H_
