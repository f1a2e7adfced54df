// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// observe/holder_kind.h
// -----------------------------------------------------------------------------
//
// The kinds of what keeps a context, and the stores in it, alive (retention.h).
//
// Node counterpart: none.

#ifndef WEFT_OBSERVE_HOLDER_KIND_H_
#define WEFT_OBSERVE_HOLDER_KIND_H_

#include <cstddef>
#include <string_view>

#include "weft/base/language.h"

namespace weft::observe {

// The kinds of objects that keep a context.
enum class HolderKind : unsigned char {
  // A task in a queue; also a continuation, a timer or a coroutine whose turn
  // has come.
  kQueuedTask,
  // A function given to `Then()`, that waits for its future.
  kContinuation,
  // A coroutine that has not begun, or that awaits something.
  kSuspendedCoroutine,
  // A timer that waits for its time.
  kTimer,
  // A `ContextSnapshot` with its copies, also inside a function that is bound.
  kSnapshot,
  // An `AsyncResource` with the functions that are bound to it, or another
  // resource with a context, such as an item of a pipeline.
  kResource,
  // A task, a timer or a coroutine that some thread runs.
  kRunning,
};

// The number of kinds.
inline constexpr std::size_t kHolderKinds = 7;

// Returns "queued task", "continuation", "suspended coroutine", "timer",
// "snapshot", "resource" or "running task".
constexpr std::string_view HolderKindName(HolderKind kind) noexcept {
  switch (kind) {
    case HolderKind::kQueuedTask:
      return "queued task";
    case HolderKind::kContinuation:
      return "continuation";
    case HolderKind::kSuspendedCoroutine:
      return "suspended coroutine";
    case HolderKind::kTimer:
      return "timer";
    case HolderKind::kSnapshot:
      return "snapshot";
    case HolderKind::kResource:
      return "resource";
    case HolderKind::kRunning:
      return "running task";
  }
  return "unknown";
}

}  // namespace weft::observe

#endif  // WEFT_OBSERVE_HOLDER_KIND_H_
