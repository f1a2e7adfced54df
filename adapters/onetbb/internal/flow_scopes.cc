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

// Makes `resource` the running one, null being the thread's root; returns the
// one before.
Resource& Become(Resource* resource, AsyncId default_trigger) noexcept {
  Resource& before = hooks_internal::CurrentResource();
  // Where nothing runs, as in a destroy callback or on a thread that is ending,
  // nothing changes.
  if (before.async_id() != kNoAsyncId) {
    hooks_internal::execution_state.resource = resource;
    hooks_internal::execution_state.default_trigger = default_trigger;
  }
  return before;
}

}  // namespace

OutsideScope::OutsideScope() noexcept
    : outer_trigger_(hooks_internal::execution_state.default_trigger),
      outer_(Become(nullptr, kNoAsyncId)),
      frame_(FrameRef()) {}

OutsideScope::~OutsideScope() { Become(&outer_, outer_trigger_); }

AlgorithmCall::AlgorithmCall(std::string_view type,
                             std::source_location where) noexcept
    : record_{{type, hooks_internal::NewAsyncId(),
               hooks_internal::DefaultTrigger(), where}},
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
      resource_(type, hooks_internal::NewAsyncId(),
                hooks_internal::DefaultTrigger(), where) {}

void TaskOrigin::EmitInit() noexcept { hooks_internal::EmitInit(resource_); }

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

CallerFlow::CallerFlow() noexcept
    : frame_(current_flow.frame),
      resource_(hooks_internal::CurrentResource()),
      default_trigger_(hooks_internal::execution_state.default_trigger) {}

CallerFlow::Return::~Return() {
  if (entered) context_internal::EnterFrame(std::move(frame));
}

CallerFlow::Scope::Scope(CallerFlow& caller) noexcept
    : caller_(caller),
      execution_(caller.resource_),
      trigger_(caller.default_trigger_),
      frame_(caller.frame_) {}

CallerFlow::Scope::~Scope() {
  if (current_flow.frame == caller_.frame_) return;
  caller_.return_.entered = true;
  // All that was entered is on the heap: nothing is promoted here.
  caller_.return_.frame = CaptureFrame();
}

}  // namespace weft::tbb_internal
