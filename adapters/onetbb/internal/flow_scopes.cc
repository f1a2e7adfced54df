// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/adapters/onetbb/internal/flow_scopes.h"

#include <cstdint>
#include <utility>

#include "weft/context/internal/check.h"

namespace weft::tbb_internal {
namespace {

using context_internal::CaptureFrame;
using context_internal::current_flow;
using context_internal::Frame;
using context_internal::FrameRef;

// References that a loan holds. Each flow that is in debt stands on a stack,
// and so does each loan: neither 65,536 flows of one loan nor 65,535 loans of
// one frame have room there at a time.
constexpr std::uint32_t kLoans = std::uint32_t{1} << 16;

// Makes `resource` the running one, null being the thread's root; returns the
// one before.
Resource& Become(Resource* resource, AsyncId default_trigger) noexcept {
  Resource& before = hooks_internal::CurrentResource();
  // Where nothing runs, as in a destroy callback or on a thread that is ending,
  // it stays so.
  if (before.async_id() != kNoAsyncId) {
    hooks_internal::execution_state.resource = resource;
    hooks_internal::execution_state.default_trigger = default_trigger;
  }
  return before;
}

const Frame* Lend(const Frame* frame) noexcept {
  if (frame != nullptr) frame->AddRef(kLoans);
  return frame;
}

}  // namespace

OutsideScope::OutsideScope() noexcept
    : outer_trigger_(hooks_internal::execution_state.default_trigger),
      outer_(Become(nullptr, kNoAsyncId)),
      frame_(FrameRef()) {}

OutsideScope::~OutsideScope() { Become(&outer_, outer_trigger_); }

FrameLoan::FrameLoan() noexcept : frame_(Lend(current_flow.frame)) {}

FrameLoan::~FrameLoan() {
  if (frame_ != nullptr) frame_->Release(kLoans);
}

void LoanScope::Renew() const noexcept {
  WEFT_CHECK(current_flow.scope == nullptr,
             "a StorageScope outlived the body, run by oneTBB, in which it was "
             "made; destroy it before that returns");
  if (frame_ != nullptr) frame_->AddRef();  // what EnterFrame() has dropped
  // Destructors of values that were entered see the flow's beginning.
  const FrameRef entered =
      FrameRef::Adopt(std::exchange(current_flow.frame, frame_));
}

AlgorithmCall::AlgorithmCall(std::string_view type,
                             std::source_location where) noexcept
    : record_{{type, hooks_internal::NewAsyncId(),
               hooks_internal::DefaultTrigger(), where}},
      outside_(InitAndLeave(record_.resource)) {}

OutsideScope AlgorithmCall::InitAndLeave(Resource& resource) noexcept {
  hooks_internal::EmitInit(resource);
  return OutsideScope();
}

AlgorithmCall::Record::~Record() {
  hooks_internal::EmitDestroy(resource);
  resource.ReleaseState();
}

TaskOrigin::TaskOrigin(std::string_view type,
                       std::source_location where) noexcept
    : frame_(CaptureFrame()),
      resource_(type, hooks_internal::NewAsyncId(),
                hooks_internal::DefaultTrigger(), where) {}

void TaskOrigin::EmitInit() noexcept { hooks_internal::EmitInit(resource_); }

TaskScope::TaskScope(TaskOrigin& origin, Purpose purpose) noexcept
    : last_step_{origin.resource_},
      purpose_(purpose),
      execution_(origin.resource_),
      frame_(std::move(origin.frame_)) {
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
  resource.ReleaseState();
}

CallerFlow::CallerFlow() noexcept
    : return_{CaptureFrame()},
      resource_(hooks_internal::CurrentResource()),
      default_trigger_(hooks_internal::execution_state.default_trigger) {}

CallerFlow::Return::~Return() {
  if (frame.get() == context_internal::CurrentFrame()) return;
  context_internal::EnterFrame(std::move(frame));
}

CallerFlow::Scope::Scope(CallerFlow& caller) noexcept
    : caller_(caller),
      execution_(caller.resource_),
      trigger_(caller.default_trigger_),
      frame_(std::move(caller.return_.frame)) {}

CallerFlow::Scope::~Scope() { caller_.return_.frame = CaptureFrame(); }

}  // namespace weft::tbb_internal
