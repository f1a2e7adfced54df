// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/pipelines/internal/item_flow.h"

#include <chrono>
#include <utility>

#include "weft/base/steady_now.h"
#include "weft/context/cancellation.h"
#include "weft/context/internal/binding.h"
#include "weft/context/internal/inherit.h"
#include "weft/context/internal/limits.h"

namespace weft::pipelines_internal {

using context_internal::current_flow;
using context_internal::Flow;
using context_internal::Frame;

RunFlow::RunFlow(std::source_location where)
    : frame_(context_internal::Inherit().frame),
      resource_("PIPELINE", hooks_internal::kDrawnWhenAsked,
                hooks_internal::DefaultTrigger().async_id(), where) {
  hooks_internal::EmitInit(resource_, frame_.get());
}

RunFlow::~RunFlow() {
  hooks_internal::EmitDestroy(resource_);
  hooks_internal::ReleaseStateAsNobody(resource_);
}

void ItemFlow::Begin(const RunFlow& run) {
  Flow& source = current_flow;
  if (source.frame != nullptr && !source.frame->is_plain()) {
    return BeginChild(run);
  }
  // The source's scope ends without what it has entered.
  flow_ = {source.frame, std::exchange(source.owned, nullptr), nullptr};
  source.frame = run.frame_.get();
  EmitInit(run);
}

void ItemFlow::BeginChild(const RunFlow& run) {
  const Frame* const inherited = context_internal::Inherit().frame.Detach();
  flow_ = {inherited, inherited, nullptr};
  EmitInit(run);
}

void ItemFlow::EmitInit(const RunFlow& run) noexcept {
  resource_.emplace("PIPELINE_ITEM", hooks_internal::kDrawnWhenAsked,
                    hooks_internal::DefaultTrigger().async_id(), run.where());
  hooks_internal::EmitInit(*resource_, flow_.frame);
}

void ItemFlow::Limit(Deadline deadline) {
  const auto& slot = context_internal::UseLimits().deadline;
  const auto* const own = context_internal::LimitsOf(flow_.frame).deadline;
  if (own != nullptr && *own <= deadline.time()) return;
  const auto binding = context_internal::BindingRef::Adopt(
      new context_internal::ValueBinding<Deadline::Clock::time_point>(
          slot, deadline.time()));
  const Frame* const limited =
      Frame::With(flow_.frame, slot.index(), binding.get()).Detach();
  if (const Frame* const entered = std::exchange(flow_.owned, limited)) {
    hooks_internal::ReleaseAsNobody(entered);
  }
  flow_.frame = limited;
}

void ItemFlow::End() noexcept {
  if (const Frame* const entered = std::exchange(flow_.owned, nullptr)) {
    hooks_internal::ReleaseAsNobody(entered);
  }
  hooks_internal::EmitDestroy(*resource_);
  hooks_internal::ReleaseStateAsNobody(*resource_);
  resource_.reset();
}

bool LimitIsReached() noexcept {
  const context_internal::Limits limits = context_internal::CurrentLimits();
  if (!limits.any()) [[likely]]
    return false;
  return (limits.cancellation != nullptr &&
          limits.cancellation->is_cancelled()) ||
         (limits.deadline != nullptr && base::SteadyNow() >= *limits.deadline);
}

}  // namespace weft::pipelines_internal
