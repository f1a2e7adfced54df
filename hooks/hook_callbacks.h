// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/hook_callbacks.h
// -----------------------------------------------------------------------------
//
// These are the arguments of `CreateHook()`.

#ifndef WEFT_HOOKS_HOOK_CALLBACKS_H_
#define WEFT_HOOKS_HOOK_CALLBACKS_H_

#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "weft/hooks/async_id.h"
#include "weft/hooks/hook_event.h"

namespace weft {

// HookCallbacks
//
// The callbacks of a hook. Each may be left empty. Each takes one event, an
// object that says what there is to know (hook_event.h); a later version can
// add to that without breaking a callback. They are called on the thread where
// the event happens, several threads at once, with no lock of Weft's held; they
// may use all of Weft. The events of one resource are init, then any number of
// before and after in pairs, then destroy, once, after the last after. Where
// destroy is called the execution id is 0 and no storage is bound. A destroy
// that comes inside a destroy callback is called when that has returned.
//
// Hooks are not silenced inside hooks: an init callback that makes a resource
// causes a nested init, unless its options say otherwise. Nesting more than 256
// deep aborts with a message.
struct HookCallbacks {
  // These tell what happens to a resource, as in Node.
  std::function<void(const InitEvent& event)> init = {};
  std::function<void(const BeforeEvent& event)> before = {};
  std::function<void(const AfterEvent& event)> after = {};
  std::function<void(const DestroyEvent& event)> destroy = {};
  std::function<void(const PromiseResolveEvent& event)> promise_resolve = {};

  // The events below are not Node's. They tell what executors do. A task has,
  // after its init, enqueue on the submitting thread (for a timer that is due,
  // on a thread of its executor), unless the task is deferred and so never
  // queued; steal, each time a worker takes it from another; and start on the
  // running thread, just before its before.
  std::function<void(const EnqueueEvent& event)> enqueue = {};
  std::function<void(const StartEvent& event)> start = {};
  std::function<void(const WorkerStartEvent& event)> worker_start = {};
  std::function<void(const WorkerStopEvent& event)> worker_stop = {};
  std::function<void(const ParkEvent& event)> park = {};
  std::function<void(const UnparkEvent& event)> unpark = {};
  std::function<void(const StealEvent& event)> steal = {};
};

// HookFailure
//
// A report of a callback that threw.
struct HookFailure {
  // The event that the callback was told of, and the exception that it threw.
  HookEvent event;
  AsyncId async_id;
  std::exception_ptr exception;
};

// HookOptions
//
// The options of `CreateHook()`.
struct HookOptions {
  // If not empty, the hook is told only of resources of these types, such as
  // "TASK" or "DB_QUERY"; events of workers have none and are not concerned.
  std::vector<std::string> types = {};

  // kSkip: the hook is not told of what happens inside its own callbacks, so an
  // init callback may make resources and is not called for them.
  enum class Nested { kReport, kSkip };
  // Says whether the hook is told of what its own callbacks do.
  Nested nested = Nested::kReport;

  // Handles a callback that throws. If it is empty, a message is written to
  // standard error and std::terminate() is called, as in Node. Otherwise the
  // hook is off for good and this is called, once, on that thread; if it throws
  // too, std::terminate() is called. In no case does an exception reach the
  // code that made or ran the resource.
  std::function<void(const HookFailure&)> on_failure = {};
};

}  // namespace weft

#endif  // WEFT_HOOKS_HOOK_CALLBACKS_H_
