// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/hook_list.h"

#include <algorithm>
#include <utility>

namespace weft::hooks_internal {
namespace {

std::uint32_t WantedBits(const HookCallbacks& callbacks) noexcept {
  const auto bit = [](const auto& callback, HookEvent event) {
    return callback ? EventBit(event) : 0u;
  };
  return bit(callbacks.init, HookEvent::kInit) |
         bit(callbacks.before, HookEvent::kBefore) |
         bit(callbacks.after, HookEvent::kAfter) |
         bit(callbacks.destroy, HookEvent::kDestroy) |
         bit(callbacks.promise_resolve, HookEvent::kPromiseResolve) |
         bit(callbacks.enqueue, HookEvent::kEnqueue) |
         bit(callbacks.start, HookEvent::kStart) |
         bit(callbacks.worker_start, HookEvent::kWorkerStart) |
         bit(callbacks.worker_stop, HookEvent::kWorkerStop) |
         bit(callbacks.park, HookEvent::kPark) |
         bit(callbacks.unpark, HookEvent::kUnpark) |
         bit(callbacks.steal, HookEvent::kSteal);
}

std::uint32_t Checks(const HookOptions& options) noexcept {
  return (options.types.empty() ? 0 : Hook::kHasTypes) |
         (options.nested == HookOptions::Nested::kSkip ? Hook::kSkipsNested
                                                       : 0);
}

}  // namespace

Hook::Hook(HookCallbacks hook_callbacks, HookOptions hook_options)
    : checks_(Checks(hook_options)),
      wanted(WantedBits(hook_callbacks)),
      callbacks(std::move(hook_callbacks)),
      options(std::move(hook_options)) {}

HookList::HookList(std::vector<HookPtr> hooks) : hooks_(std::move(hooks)) {
  by_kind_.reserve((hooks_.size() + 1) * kHookEventCount);
  for (std::size_t kind = 0; kind < kHookEventCount; ++kind) {
    first_[kind] = by_kind_.data() + by_kind_.size();
    for (const HookPtr& hook : hooks_) {
      if ((hook->wanted & EventBit(static_cast<HookEvent>(kind))) != 0) {
        by_kind_.push_back(hook.get());
      }
    }
    by_kind_.push_back(kEnd);
  }
}

bool HookList::Contains(const HookPtr& hook) const noexcept {
  return std::find(hooks_.begin(), hooks_.end(), hook) != hooks_.end();
}

std::uint32_t HookList::wanted() const noexcept {
  std::uint32_t bits = 0;
  for (const HookPtr& hook : hooks_) bits |= hook->wanted;
  return bits;
}

}  // namespace weft::hooks_internal
