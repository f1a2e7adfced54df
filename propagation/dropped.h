// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// propagation/dropped.h
// -----------------------------------------------------------------------------
//
// `Dropped` counts what did not cross a process boundary, because it was
// malformed or beyond a limit. Nothing is dropped silently: every function that
// may drop says how much it did.

#ifndef WEFT_PROPAGATION_DROPPED_H_
#define WEFT_PROPAGATION_DROPPED_H_

#include <cstddef>

#include "weft/base/language.h"

namespace weft {

// Dropped
//
// A count of what was left out.
//
// Thread-safety: thread-compatible.
struct Dropped {
  // Whole fields, such as a malformed `traceparent` or a store that is longer
  // than its limit.
  std::size_t fields = 0;
  // List members of `baggage`, one by one.
  std::size_t members = 0;
  // Bytes beyond the limit of `baggage`, which nobody has looked at.
  std::size_t bytes = 0;

  // True if anything was dropped.
  bool any() const noexcept { return fields + members + bytes != 0; }

  friend bool operator==(const Dropped&, const Dropped&) = default;
};

}  // namespace weft

#endif  // WEFT_PROPAGATION_DROPPED_H_
