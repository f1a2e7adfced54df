// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/bounded_options.h"

#include <stdexcept>
#include <string>

namespace weft {

void BoundedOptions::Validate() const {
  if (capacity < 1 || capacity > kMaxCapacity) {
    throw std::invalid_argument("BoundedOptions: capacity must be from 1 to " +
                                std::to_string(kMaxCapacity) + "; it is " +
                                std::to_string(capacity));
  }
  if (when_full != WhenFull::kReject && when_full != WhenFull::kBlock &&
      when_full != WhenFull::kRunInCaller) {
    throw std::invalid_argument(
        "BoundedOptions: when_full must be kReject, kBlock or kRunInCaller; it "
        "is " +
        std::to_string(static_cast<int>(when_full)));
  }
}

}  // namespace weft
