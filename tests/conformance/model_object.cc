// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/tests/conformance/model_object.h"

namespace weft::conformance {

std::string Thrown::name() const {
  switch (why) {
    case Why::kThrow:
      return thrower->name();
    case Why::kDeadlock:
      return "deadlock";
    case Why::kCancelled:
      return "cancelled";
    case Why::kLate:
      return "late";
  }
  return "?";
}

}  // namespace weft::conformance
