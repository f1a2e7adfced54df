// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/hook_event.h
// -----------------------------------------------------------------------------
//
// The kinds of event that hooks are told of.

#ifndef WEFT_HOOKS_HOOK_EVENT_H_
#define WEFT_HOOKS_HOOK_EVENT_H_

#include <string_view>

namespace weft {

enum class HookEvent : unsigned char {
  kInit = 0,
  kBefore = 1,
  kAfter = 2,
  kDestroy = 3,
  kPromiseResolve = 4,
};

// "init", "before", "after", "destroy", "promise_resolve".
std::string_view HookEventName(HookEvent event) noexcept;

}  // namespace weft

#endif  // WEFT_HOOKS_HOOK_EVENT_H_
