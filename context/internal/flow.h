// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The current state of this thread: the frame of the running flow, and the
// innermost storage scope open in it. It is the context layer's one
// thread_local.
//
// Only its own thread replaces the frame, and only in these ways:
//
//   FrameScope             installs a whole frame, puts the whole old one back
//   BorrowedFrameScope     the same, for a frame that others keep
//   StorageScope           binds one storage, puts its old binding back
//   EnterFrame()           replaces the frame until an enclosing scope ends
//   EnterBinding()         the same, for one with another binding
//   PromoteCurrentFrame()  replaces a frame on the stack by its equal on the
//                          heap

#ifndef WEFT_CONTEXT_INTERNAL_FLOW_H_
#define WEFT_CONTEXT_INTERNAL_FLOW_H_

#include "weft/context/internal/frame.h"

namespace weft::context_internal {

class BoundStore;

struct Flow {
  const Frame* frame;  // the current frame
  // `frame`, if the flow itself holds one reference to it; null if an enclosing
  // scope keeps it, here or, for a borrowed frame, on another thread.
  const Frame* owned;
  const BoundStore* scope;  // the innermost one bound by a scope
};

extern constinit thread_local Flow current_flow;

// Borrowed: valid until the current frame is replaced on this thread.
inline const Frame* CurrentFrame() noexcept { return current_flow.frame; }

// Promotes the current frame, which is on the stack. See below.
const Frame* PromoteStackFrame();

// Returns the current frame as one on the heap, to which a reference may be
// added; null if nothing is bound. Borrowed as above. A frame on the stack is
// promoted first, once in the life of its scope: one allocation for the frame,
// and one for each value on the stack that has not been promoted. Throws
// std::bad_alloc, with nothing changed.
inline const Frame* PromoteCurrentFrame() {
  const Frame* const frame = current_flow.frame;
  if (frame == nullptr || !frame->is_on_stack()) return frame;
  return PromoteStackFrame();
}

// Returns what a task, a snapshot or a resource keeps of the submitting flow.
// Throws as PromoteCurrentFrame().
inline FrameRef CaptureFrame() {
  return FrameRef::Share(PromoteCurrentFrame());
}

// Makes `frame` current. A plain thread that ends drops what it entered.
void EnterFrame(FrameRef frame) noexcept;

// Makes the current frame with `binding`, on the heap, current: the frame
// itself, if the flow alone holds it and it has room, or another one. Throws
// std::bad_alloc, with nothing changed.
void EnterBinding(BindingRef binding);

// Aborts: a StorageScope was still open where its flow ended.
[[noreturn]] void StorageScopeOutlivedItsFlow() noexcept;

// Makes the thread continue another flow for the life of the scope: `frame`
// current, no storage scope open. What that flow held, or has entered, is
// destroyed in neither flow, but where nothing is bound. Owner-only; scopes
// nest.
class FrameScope {
 public:
  explicit FrameScope(FrameRef frame) noexcept : outer_(current_flow) {
    const Frame* const owned = frame.Detach();
    current_flow = {owned, owned, nullptr};
  }
  FrameScope(const FrameScope&) = delete;
  FrameScope& operator=(const FrameScope&) = delete;
  ~FrameScope() {
    if (current_flow.scope != nullptr) [[unlikely]] {
      StorageScopeOutlivedItsFlow();
    }
    const Frame* const inner = current_flow.owned;
    if (inner != nullptr && inner->Drop()) [[unlikely]]
      Destroy(inner);
    current_flow = outer_;
  }

 private:
  // Destroys what the scope's flow has held, where nothing is bound, together
  // with what its values' destructors enter.
  static void Destroy(const Frame* inner) noexcept;

  const Flow outer_;
};

// The same for a frame that another owner keeps: `frame`, null or any frame,
// also on the stack of another thread, outlives the scope. Counts nothing, and
// writes next to nothing where `frame` is current already, as it is for a child
// that runs on the stack of the flow that forked it.
//
// The lender makes sure that the frame is kept: a StorageScope keeps its own; a
// flow that owns one (EnterFrame(), FrameScope) keeps it while it runs in
// scopes like this one, but not across an EnterFrame().
class BorrowedFrameScope {
 public:
  [[gnu::always_inline]] inline explicit BorrowedFrameScope(
      const Frame* frame) noexcept
      : outer_{current_flow.frame, current_flow.owned, current_flow.scope} {
    if (frame != outer_.frame) current_flow.frame = frame;
    if (outer_.owned != nullptr) current_flow.owned = nullptr;
  }
  BorrowedFrameScope(const BorrowedFrameScope&) = delete;
  BorrowedFrameScope& operator=(const BorrowedFrameScope&) = delete;
  [[gnu::always_inline]] inline ~BorrowedFrameScope() {
    // Storage scopes of the outer flow stay where they are.
    if (current_flow.scope != outer_.scope) [[unlikely]] {
      StorageScopeOutlivedItsFlow();
    }
    if (current_flow.owned != nullptr) [[unlikely]] {
      DropEntered(outer_.frame, outer_.owned);
      return;
    }
    if (current_flow.frame != outer_.frame) current_flow.frame = outer_.frame;
    if (outer_.owned != nullptr) current_flow.owned = outer_.owned;
  }

 private:
  static void DropEntered(const Frame* outer,
                          const Frame* outer_owned) noexcept;

  const Flow outer_;
};

}  // namespace weft::context_internal

#endif  // WEFT_CONTEXT_INTERNAL_FLOW_H_
