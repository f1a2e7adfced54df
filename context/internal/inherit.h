// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The context that a task, or another object with an id and a context of its
// own, gets from its maker: all of it, except for storages with a rule (Rule).

#ifndef WEFT_CONTEXT_INTERNAL_INHERIT_H_
#define WEFT_CONTEXT_INTERNAL_INHERIT_H_

#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/context/internal/storage_slot.h"

namespace weft::context_internal {

struct Inherited {
  FrameRef frame;
  // True if it was made for this one capture. Otherwise others get the same.
  bool is_own;
};

// Returns what is inherited where the current frame is neither null nor plain.
Inherited InheritOther();

// Returns what is inherited of the calling flow. Where its frame is plain, that
// is the frame, by one count. Throws as PromoteCurrentFrame(), and what the
// copy of a store throws, with nothing changed.
inline Inherited Inherit() {
  const Frame* const frame = CurrentFrame();
  if (frame != nullptr && !frame->is_plain()) return InheritOther();
  return {FrameRef::Share(frame), false};
}

// While this slot is bound, nothing is inherited. Acquired at the first call;
// throws std::bad_alloc.
const StorageSlot& SuppressionSlot();

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_INHERIT_H_
