// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/task/task_scope.h"

#include <utility>

#include "weft/context/internal/inherit.h"
#include "weft/hooks/internal/signal.h"
#include "weft/hooks/internal/sink.h"

namespace weft::executor_internal {

using base::MutexLock;
using context_internal::Frame;
using context_internal::FrameCache;
using context_internal::FrameRef;

// Does what Capture() does where the flow's frame is not plain.
TaskOrigin::Held TaskOrigin::CaptureOther(Hold hold) {
  context_internal::Inherited inherited = context_internal::InheritOther();
  // The cache is for frames that are used again.
  if (inherited.is_own) hold = Hold::kCounted;
  FrameCache* const cache = thread_state.frames;
  if (hold == Hold::kCached && cache != nullptr) {
    cache->AddRef(inherited.frame.get());
    return {inherited.frame.get(), hold};
  }
  return {inherited.frame.Detach(), hold};
}

void TaskSegments::Begin() noexcept {
  Swap();
  hooks_internal::EmitBefore(origin_.resource_);
}

void TaskSegments::End() noexcept {
  hooks_internal::EmitAfter(origin_.resource_);
  Swap();
}

void TaskSegments::EndSettled() noexcept {
  hooks_internal::EmitPromiseResolve(origin_.resource_);
  End();
}

void TaskSegments::EndDestruction() noexcept {
  if (context_internal::current_flow.scope != nullptr) [[unlikely]] {
    context_internal::StorageScopeOutlivedItsFlow();
  }
  Swap();
  if (const Frame* const entered = std::exchange(flow_.owned, nullptr)) {
    hooks_internal::ReleaseAsNobody(entered);
  }
  origin_.ReleaseFrame();
  hooks_internal::EmitDestroy(origin_.resource_);
  hooks_internal::ReleaseStateAsNobody(origin_.resource_);
}

void EmitForkBegin(Resource& resource) noexcept {
  const hooks_internal::ExecutionScope execution(resource);
  hooks_internal::EmitBefore(resource,
                             hooks_internal::ForkBits(HookEvent::kBefore));
}

void EmitForkEnd(Resource& resource, hooks_internal::EventBits bits) noexcept {
  using hooks_internal::BothBits;
  using hooks_internal::ForkBits;
  constexpr auto kAfter =
      BothBits(HookEvent::kAfter) | ForkBits(HookEvent::kAfter);
  hooks_internal::EmitAfter(resource, bits & kAfter);
  hooks_internal::EmitDestroy(resource, bits & ~kAfter);
}

void LendingScope::ResetEntered(const Frame* lent) noexcept {
  hooks_internal::ReleaseEnteredAsNobody();
  context_internal::current_flow.frame = lent;
}

void FramePins::Release(Pins& pins) noexcept {
  for (FrameRef& pin : pins) {
    if (const Frame* const frame = pin.Detach()) {
      hooks_internal::ReleaseAsNobody(frame);
    }
  }
}

TaskOrigin::Held FramePins::PinOther() {
  auto [frame, is_own] = context_internal::Inherit();
  if (frame.get() == nullptr) return {nullptr, TaskOrigin::Hold::kBorrowed};
  const MutexLock lock(mutex_);
  std::size_t i = 0;
  while (i < count_ && pins_[i].get() != frame.get()) ++i;
  if (i == kMax || is_own) return {frame.Detach(), TaskOrigin::Hold::kCounted};
  const Frame* const pinned = frame.get();
  if (i == count_) pins_[count_++] = std::move(frame);
  // [O1]
  latest_.store(pinned, std::memory_order_seq_cst);
  return {pinned, TaskOrigin::Hold::kBorrowed};
}

PromiseOrigin::PromiseOrigin(const Completion& settles,
                             std::source_location where) noexcept
    : resource_(ProviderName(Provider::kPromise),
                hooks_internal::kDrawnWhenAsked,
                hooks_internal::DefaultTrigger().async_id(), where) {
  const hooks_internal::EventBits wanted =
      hooks_internal::Wanted(hooks_internal::BothBits(HookEvent::kInit));
  if (wanted != 0) [[unlikely]] {
    hooks_internal::CallInit(wanted, resource_, nullptr,
                             reinterpret_cast<std::uintptr_t>(&settles));
  }
}

PromiseOrigin::~PromiseOrigin() { hooks_internal::EmitDestroy(resource_); }

void PromiseOrigin::EmitPromiseResolve() noexcept {
  hooks_internal::EmitPromiseResolve(resource_);
}

void PromiseOrigin::EmitBroken(std::uint64_t executor) noexcept {
  hooks_internal::EmitSignal(
      hooks_internal::Signal::kDrop, &resource_, {executor, -1},
      static_cast<std::uint64_t>(hooks_internal::DropReason::kBroken));
}

void EmitThrow() noexcept {
  const RunningJob* const running = thread_state.running;
  hooks_internal::EmitSignal(
      hooks_internal::Signal::kThrow, &hooks_internal::CurrentResource(),
      hooks_internal::kNoWorker, running != nullptr ? running->engine_id : 0);
}

}  // namespace weft::executor_internal
