// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A callback for one kind of event.

#ifndef WEFT_TESTS_SUPPORT_CALLBACK_FOR_H_
#define WEFT_TESTS_SUPPORT_CALLBACK_FOR_H_

#include "weft/hooks/hook_callbacks.h"
#include "weft/hooks/hook_event.h"

namespace weft::tests {

// Returns callbacks of which only the one for `event` is set: `fn`, which takes
// any event.
template <typename Fn>
HookCallbacks CallbackFor(HookEvent event, Fn fn) {
  HookCallbacks callbacks;
  switch (event) {
    case HookEvent::kInit:
      callbacks.init = fn;
      break;
    case HookEvent::kBefore:
      callbacks.before = fn;
      break;
    case HookEvent::kAfter:
      callbacks.after = fn;
      break;
    case HookEvent::kDestroy:
      callbacks.destroy = fn;
      break;
    case HookEvent::kPromiseResolve:
      callbacks.promise_resolve = fn;
      break;
    case HookEvent::kEnqueue:
      callbacks.enqueue = fn;
      break;
    case HookEvent::kStart:
      callbacks.start = fn;
      break;
    case HookEvent::kWorkerStart:
      callbacks.worker_start = fn;
      break;
    case HookEvent::kWorkerStop:
      callbacks.worker_stop = fn;
      break;
    case HookEvent::kPark:
      callbacks.park = fn;
      break;
    case HookEvent::kUnpark:
      callbacks.unpark = fn;
      break;
    case HookEvent::kSteal:
      callbacks.steal = fn;
      break;
  }
  return callbacks;
}

}  // namespace weft::tests

#endif  // WEFT_TESTS_SUPPORT_CALLBACK_FOR_H_
