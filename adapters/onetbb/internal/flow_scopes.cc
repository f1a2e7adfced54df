// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/onetbb/internal/flow_scopes.h"

#include <utility>

#include "weft/context/internal/inherit.h"

namespace weft::tbb_internal {
namespace {

using context_internal::CaptureFrame;
using context_internal::current_flow;
using context_internal::Frame;
using context_internal::FrameRef;
using hooks_internal::ExecutionState;

// Makes what `next` says run here; returns what did.
ExecutionState Become(ExecutionState next) noexcept {
  const ExecutionState before = hooks_internal::execution_state;
  // Where nothing runs, as in a destroy callback or on a thread that is ending,
  // nothing changes.
  if (hooks_internal::CurrentResource().async_id() != kNoAsyncId) {
    hooks_internal::execution_state = next;
  }
  return before;
}

}  // namespace

OutsideScope::OutsideScope() noexcept
    : outer_(Become(ExecutionState())), frame_(FrameRef()) {}

OutsideScope::~OutsideScope() { Become(outer_); }

AlgorithmCall::AlgorithmCall(std::string_view type,
                             std::source_location where) noexcept
    : record_{{type, hooks_internal::kDrawnWhenAsked,
               hooks_internal::DefaultTrigger().async_id(), where}},
      frame_(InitAndLend(record_.resource)) {}

const Frame* AlgorithmCall::InitAndLend(Resource& resource) noexcept {
  hooks_internal::EmitInit(resource);
  // Read after init: if an init callback enters a frame, that one is lent.
  return current_flow.frame;
}

AlgorithmCall::Record::~Record() {
  hooks_internal::EmitDestroy(resource);
  hooks_internal::ReleaseStateAsNobody(resource);
}

TaskOrigin::TaskOrigin(std::string_view type, std::source_location where)
    : frame_(context_internal::Inherit().frame),
      resource_(type, hooks_internal::kDrawnWhenAsked,
                hooks_internal::DefaultTrigger().async_id(), where) {}

void TaskOrigin::EmitInit() noexcept {
  hooks_internal::EmitInit(resource_, frame_.get());
}

TaskScope::TaskScope(TaskOrigin& origin, Purpose purpose) noexcept
    : last_step_{origin.resource_},
      purpose_(purpose),
      execution_(origin.resource_),
      release_{origin.frame_.Detach()},
      frame_(release_.frame) {
  if (purpose_ == Purpose::kRun) {
    hooks_internal::EmitBefore(last_step_.resource);
  }
}

TaskScope::~TaskScope() {
  if (purpose_ == Purpose::kRun) {
    hooks_internal::EmitAfter(last_step_.resource);
  }
}

TaskScope::LastStep::~LastStep() {
  hooks_internal::EmitDestroy(resource);
  hooks_internal::ReleaseStateAsNobody(resource);
}

TaskScope::ReleaseStep::~ReleaseStep() {
  if (frame != nullptr) hooks_internal::ReleaseAsNobody(frame);
}

ExecutionState CallerFlow::StateHere() noexcept {
  // A root that is not made yet would be that of another thread there.
  static_cast<void>(hooks_internal::CurrentResource());
  return hooks_internal::execution_state;
}

CallerFlow::CallerFlow() noexcept
    : frame_(current_flow.frame), execution_(StateHere()) {}

CallerFlow::Return::~Return() {
  if (entered) context_internal::EnterFrame(std::move(frame));
}

CallerFlow::Scope::Scope(CallerFlow& caller) noexcept
    : caller_(caller), execution_(caller.execution_), frame_(caller.frame_) {}

CallerFlow::Scope::~Scope() {
  if (current_flow.frame == caller_.frame_) return;
  caller_.return_.entered = true;
  // All that was entered is on the heap: nothing is promoted here.
  caller_.return_.frame = CaptureFrame();
}

}  // namespace weft::tbb_internal
