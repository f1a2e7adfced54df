// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/pipelines/internal/item_flow.h"

#include <chrono>
#include <utility>

#include "weft/base/steady_now.h"
#include "weft/context/cancellation.h"
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
  hooks_internal::EmitInit(resource_);
}

RunFlow::~RunFlow() {
  hooks_internal::EmitDestroy(resource_);
  hooks_internal::ReleaseStateAsNobody(resource_);
}

void ItemFlow::Begin(const RunFlow& run) {
  Flow& source = current_flow;
  if (source.frame != nullptr && !source.frame->is_plain()) {
    const Frame* const inherited = context_internal::Inherit().frame.Detach();
    flow_ = {inherited, inherited, nullptr};
  } else {
    // The source's scope ends without what it has entered.
    flow_ = {source.frame, std::exchange(source.owned, nullptr), nullptr};
    source.frame = run.frame_.get();
  }
  resource_.emplace("PIPELINE_ITEM", hooks_internal::kDrawnWhenAsked,
                    hooks_internal::DefaultTrigger().async_id(), run.where());
  hooks_internal::EmitInit(*resource_);
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
