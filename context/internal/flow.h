// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What is current on this thread: the frame of the running flow, and the
// innermost storage scope open in it. The context layer's one thread_local.
//
// The frame is only ever replaced by its own thread, and only in these ways:
//   FrameScope      installs a whole frame, puts the whole old one back
//   StorageScope    binds one storage, puts that storage's old binding back
//   EnterFrame()    replaces the frame until an enclosing scope ends

#ifndef WEFT_CONTEXT_INTERNAL_FLOW_H_
#define WEFT_CONTEXT_INTERNAL_FLOW_H_

#include "weft/context/internal/frame.h"

namespace weft {
class StorageScope;
}  // namespace weft

namespace weft::context_internal {

struct Flow {
  const Frame* frame;         // holds one reference, unless null
  const StorageScope* scope;  // innermost open, null at a flow's start
};

extern constinit thread_local Flow current_flow;

// Borrowed: good until the current frame is replaced on this thread.
inline const Frame* CurrentFrame() noexcept { return current_flow.frame; }

// What a task, a snapshot or a resource keeps of the submitting flow.
inline FrameRef CaptureFrame() noexcept {
  return FrameRef::Share(current_flow.frame);
}

// Makes `frame` current. A plain thread that ends drops what it entered.
void EnterFrame(FrameRef frame) noexcept;

// Makes the thread continue another flow for the life of the scope: `frame`
// current, no storage scope open. Owner-only; scopes nest.
class FrameScope {
 public:
  explicit FrameScope(FrameRef frame) noexcept : outer_(current_flow) {
    current_flow = {frame.Detach(), nullptr};
  }
  FrameScope(const FrameScope&) = delete;
  FrameScope& operator=(const FrameScope&) = delete;
  ~FrameScope();

 private:
  const Flow outer_;
};

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_FLOW_H_
