// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/hook_list.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace weft::hooks_internal {
namespace {

template <typename Event>
EventBits BitOf(const std::function<void(const Event&)>& callback) noexcept {
  return callback ? EventBit(Event::kKind) : 0u;
}

EventBits WantedBits(const HookCallbacks& callbacks) noexcept {
  return BitOf(callbacks.init) | BitOf(callbacks.before) |
         BitOf(callbacks.after) | BitOf(callbacks.destroy) |
         BitOf(callbacks.promise_resolve) | BitOf(callbacks.enqueue) |
         BitOf(callbacks.start) | BitOf(callbacks.worker_start) |
         BitOf(callbacks.worker_stop) | BitOf(callbacks.park) |
         BitOf(callbacks.unpark) | BitOf(callbacks.steal);
}

std::uint32_t Checks(const HookOptions& options) noexcept {
  return (options.types.empty() ? 0 : Hook::kHasTypes) |
         (options.nested == HookOptions::Nested::kSkip ? Hook::kSkipsNested
                                                       : 0);
}

}  // namespace

constinit HookGate no_only_hook{HookGate::kMuted};

Hook::Hook(HookCallbacks hook_callbacks, HookOptions hook_options)
    : HookGate(Checks(hook_options)),
      wanted(WantedBits(hook_callbacks)),
      callbacks(std::move(hook_callbacks)),
      options(std::move(hook_options)) {}

HookList::HookList(std::vector<HookPtr> hooks, std::uint64_t number)
    : hooks_(std::move(hooks)), number_(number) {
  by_kind_.reserve((hooks_.size() + 1) * kHookEventCount);
  for (std::size_t kind = 0; kind < kHookEventCount; ++kind) {
    first_[kind] = by_kind_.data() + by_kind_.size();
    for (const HookPtr& hook : hooks_) {
      if ((hook->wanted & EventBit(static_cast<HookEvent>(kind))) != 0) {
        by_kind_.push_back(hook.get());
      }
    }
    const auto count = by_kind_.data() + by_kind_.size() - first_[kind];
    only_[kind] = &no_only_hook;
    if (count == 1) only_[kind] = by_kind_.back();
    by_kind_.push_back(kEnd);
  }
}

bool HookList::Contains(const HookPtr& hook) const noexcept {
  return std::find(hooks_.begin(), hooks_.end(), hook) != hooks_.end();
}

EventBits HookList::wanted() const noexcept {
  EventBits bits = 0;
  for (const HookPtr& hook : hooks_) bits |= hook->wanted;
  return bits;
}

}  // namespace weft::hooks_internal
