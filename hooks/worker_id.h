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
  // The number of the executor, which is unique in the process and never given
  // twice.
  std::uint64_t executor;
  // The number of the worker: from 0 to the executor's concurrency, exclusive,
  // and from there on for spare threads, which go on where others wait. At most
  // one thread has a number at a time. It is -1 for a thread that is no worker
  // but runs a task that it submits itself, to a full `BoundedExecutor`
  // (`WhenFull::kRunInCaller`).
  int worker;

  friend bool operator==(const WorkerId&, const WorkerId&) = default;
};

}  // namespace weft

#endif  // WEFT_HOOKS_WORKER_ID_H_
