// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/context/internal/flow.h"

#include <utility>

#include "weft/base/check.h"

namespace weft::context_internal {
namespace {

// Drops the frame of a thread that ends with one entered.
class ThreadExit {
 public:
  // Its first use on a thread registers the destructor there.
  void Arm() noexcept { armed_ = true; }
  ~ThreadExit() {
    // Destructors of values may enter others.
    while (armed_ && current_flow.owned != nullptr) EnterFrame({});
  }

 private:
  bool armed_ = false;
};

constinit thread_local ThreadExit thread_exit;

}  // namespace

constinit thread_local Flow current_flow{nullptr, nullptr, nullptr};

const Frame* PromoteStackFrame() {
  const auto* const frame = static_cast<const StackFrame*>(current_flow.frame);
  const Frame* const promoted = frame->Promote();
  // From here on a capture costs one count.
  if (promoted != nullptr) current_flow.frame = promoted;
  return promoted;
}

void EnterFrame(FrameRef frame) noexcept {
  if (frame.get() != nullptr) thread_exit.Arm();
  const Frame* const entered = frame.Detach();
  // The old frame goes last: destructors of its values may read the context.
  const FrameRef old =
      FrameRef::Adopt(std::exchange(current_flow.owned, entered));
  current_flow.frame = entered;
}

void EnterBinding(BindingRef binding) {
  const Flow flow = current_flow;
  // What the flow owns is its current frame, and it has lent that to nobody:
  // who lends it hides what it owns (BorrowedFrameScope), and a frame on the
  // stack that was made of it is gone, or current itself. What was bound before
  // goes last: its destructor may read the context, and enter.
  if (flow.owned != nullptr && flow.owned == flow.frame &&
      Frame::Enter(*flow.owned, binding)) {
    return;
  }
  EnterFrame(Frame::With(flow.frame, std::move(binding)));
}

void StorageScopeOutlivedItsFlow() noexcept {
  base::CheckFailed(
      __FILE__, __LINE__,
      "a StorageScope outlived the task, snapshot or resource scope in "
      "which it was made; destroy it before that returns");
}

void FrameScope::Destroy(const Frame* inner) noexcept {
  current_flow = {nullptr, nullptr, nullptr};
  Frame::Destroy(inner);
  while (current_flow.owned != nullptr) EnterFrame({});
}

void BorrowedFrameScope::DropEntered(const Frame* outer,
                                     const Frame* outer_owned) noexcept {
  {
    const FrameScope no_context(
        FrameRef::Adopt(std::exchange(current_flow.owned, nullptr)));
  }
  current_flow.frame = outer;
  current_flow.owned = outer_owned;
}

}  // namespace weft::context_internal
