// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Destroys as nobody the values that a task leaves behind. The thread that
// drops the last reference to one may run any flow; its destructor must neither
// read that flow's context nor leave something in it.

#ifndef WEFT_HOOKS_INTERNAL_NOBODY_SCOPE_H_
#define WEFT_HOOKS_INTERNAL_NOBODY_SCOPE_H_

#include <cstdint>

#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/hooks/internal/execution_state.h"
#include "weft/hooks/resource.h"

namespace weft::hooks_internal {

// Makes the calling thread be nobody for the life of the scope: no storage
// bound, no limits, async id 0, no trigger. What is entered inside is destroyed
// inside. Owner-only; scopes nest.
class NobodyScope {
 public:
  NobodyScope() noexcept : execution_(NoResource()), frame_({}) {}
  NobodyScope(const NobodyScope&) = delete;
  NobodyScope& operator=(const NobodyScope&) = delete;

 private:
  const ExecutionScope execution_;
  const context_internal::FrameScope frame_;
};

// Destroys a frame without references as nobody.
void DestroyAsNobody(const context_internal::Frame* frame) noexcept;

// Drops `n` references to `frame`, on the heap. If they were the last, the
// values die as nobody; otherwise this costs what Frame::Release() does.
inline void ReleaseAsNobody(const context_internal::Frame* frame,
                            std::uint64_t n = 1) noexcept {
  if (frame->Drop(n)) [[unlikely]]
    DestroyAsNobody(frame);
}

// Do the same for the state that is attached to the resource.
void DestroyStateAsNobody(Resource& resource) noexcept;
inline void ReleaseStateAsNobody(Resource& resource) noexcept {
  if (resource.may_have_state()) [[unlikely]]
    DestroyStateAsNobody(resource);
}

// Ends what the calling flow has entered, if anything; its frame is to be
// replaced next.
void ReleaseEnteredAsNobody() noexcept;

// A BorrowedFrameScope for a task: what it has entered ends as nobody, too.
class TaskFrameScope : public context_internal::BorrowedFrameScope {
 public:
  [[gnu::always_inline]] inline explicit TaskFrameScope(
      const context_internal::Frame* frame) noexcept
      : BorrowedFrameScope(frame) {}
  [[gnu::always_inline]] inline ~TaskFrameScope() {
    if (context_internal::current_flow.owned != nullptr) [[unlikely]]
      ReleaseEnteredAsNobody();
  }
};

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_NOBODY_SCOPE_H_
