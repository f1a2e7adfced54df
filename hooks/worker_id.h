// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/worker_id.h
// -----------------------------------------------------------------------------

#ifndef WEFT_HOOKS_WORKER_ID_H_
#define WEFT_HOOKS_WORKER_ID_H_

#include <cstdint>

#include "weft/base/language.h"

namespace weft {

// A worker, as scheduling events name it.
struct WorkerId {
  // Unique in the process, never given twice.
  std::uint64_t executor;
  // From 0 to the executor's concurrency, exclusive, and from there on for
  // spare threads, which go on where others wait. One thread at a time. -1: a
  // thread that is none, and runs what it submits to a full `BoundedExecutor`.
  int worker;

  friend bool operator==(const WorkerId&, const WorkerId&) = default;
};

}  // namespace weft

#endif  // WEFT_HOOKS_WORKER_ID_H_
