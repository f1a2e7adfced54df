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

// Of ParallelFor() and ParallelReduce().
struct LoopOptions {
  // How many indexes make one part, at least: so many that what their calls
  // cost together is some microseconds. 0: the loop decides, by the size of the
  // range, such that there are some dozens of parts for each worker.
  std::size_t grain = 0;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_LOOP_OPTIONS_H_
