// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/hook_event.h"

namespace weft {

std::string_view HookEventName(HookEvent event) noexcept {
  switch (event) {
    case HookEvent::kInit:
      return "init";
    case HookEvent::kBefore:
      return "before";
    case HookEvent::kAfter:
      return "after";
    case HookEvent::kDestroy:
      return "destroy";
    case HookEvent::kPromiseResolve:
      return "promise_resolve";
    case HookEvent::kEnqueue:
      return "enqueue";
    case HookEvent::kStart:
      return "start";
    case HookEvent::kWorkerStart:
      return "worker_start";
    case HookEvent::kWorkerStop:
      return "worker_stop";
    case HookEvent::kPark:
      return "park";
    case HookEvent::kUnpark:
      return "unpark";
    case HookEvent::kSteal:
      return "steal";
  }
  return "unknown";
}

}  // namespace weft
