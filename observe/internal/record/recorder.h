// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The listener that writes the flight recorder's memory: image.h.

#ifndef WEFT_OBSERVE_INTERNAL_RECORD_RECORDER_H_
#define WEFT_OBSERVE_INTERNAL_RECORD_RECORDER_H_

#include <cstddef>

#include "weft/observe/internal/record/image.h"

namespace weft::observe_internal {

// Makes the process record into `memory`, which is kept for ever. The size of
// the image is in its head; all else is 0. Throws std::logic_error if there is
// an image already.
void RecordInto(Image image);

// Returns the image that the process records into; none if there is none.
Image CurrentImage() noexcept;

}  // namespace weft::observe_internal

#endif  // WEFT_OBSERVE_INTERNAL_RECORD_RECORDER_H_
