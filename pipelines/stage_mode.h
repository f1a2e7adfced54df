// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// pipelines/stage_mode.h
// -----------------------------------------------------------------------------

#ifndef WEFT_PIPELINES_STAGE_MODE_H_
#define WEFT_PIPELINES_STAGE_MODE_H_

#include "weft/base/language.h"

namespace weft {

// The number and order of items that may be in a stage of a pipeline at the
// same time.
enum class StageMode {
  kParallel,       // any number of them
  kSerial,         // one, in the order in which they come
  kSerialInOrder,  // one, in the order in which the source returned them
};

}  // namespace weft

#endif  // WEFT_PIPELINES_STAGE_MODE_H_
