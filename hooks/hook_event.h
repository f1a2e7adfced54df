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

#include "weft/base/language.h"

namespace weft {

enum class HookEvent : unsigned char {
  // What happens to a resource.
  kInit = 0,
  kBefore = 1,
  kAfter = 2,
  kDestroy = 3,
  kPromiseResolve = 4,
  // What executors and their workers do.
  kEnqueue = 5,
  kStart = 6,
  kWorkerStart = 7,
  kWorkerStop = 8,
  kPark = 9,
  kUnpark = 10,
  kSteal = 11,
};

// The name of the callback: "init", ..., "promise_resolve", "enqueue", ...
std::string_view HookEventName(HookEvent event) noexcept;

}  // namespace weft

#endif  // WEFT_HOOKS_HOOK_EVENT_H_
