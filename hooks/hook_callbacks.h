// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/hook_callbacks.h
// -----------------------------------------------------------------------------
//
// What `CreateHook()` is given.

#ifndef WEFT_HOOKS_HOOK_CALLBACKS_H_
#define WEFT_HOOKS_HOOK_CALLBACKS_H_

#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "weft/hooks/async_id.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/resource.h"
#include "weft/hooks/worker_id.h"

namespace weft {

// HookCallbacks
//
// Each may be left empty. They are called on the thread where the event
// happens, several threads at once, with no lock of Weft's held; they may use
// all of Weft. For one resource: init, then any number of before and after in
// pairs, then destroy, once, after the last after. Where destroy is called the
// execution id is 0 and no storage is bound; one that comes inside a destroy
// callback is called when that has returned.
//
// Hooks are not silenced inside hooks: an init callback that makes a resource
// causes a nested init, unless its options say otherwise. Nesting more than 256
// deep aborts with a message.
struct HookCallbacks {
  // A resource has been made. The calling flow is its creator's; `resource` is
  // good until destroy.
  std::function<void(AsyncId async_id, std::string_view type,
                     AsyncId trigger_async_id, Resource& resource)>
      init = {};
  // The resource is about to run, in its own context and under its own id.
  std::function<void(AsyncId async_id)> before = {};
  // It has run, or has thrown.
  std::function<void(AsyncId async_id)> after = {};
  // It is gone.
  std::function<void(AsyncId async_id)> destroy = {};
  // Its future has been settled, with a value or an exception.
  std::function<void(AsyncId async_id)> promise_resolve = {};

  // The events below are not Node's. They tell what executors do: for a task,
  // after its init: enqueue, on the submitting thread (a timer that is due:
  // on one of its executor's), unless it is deferred
  // and so never queued; steal, each time a worker takes it from another; and
  // start, on the running thread, just before its before.

  // A task is about to be queued.
  std::function<void(AsyncId async_id)> enqueue = {};
  // A worker has taken a task and is about to run it.
  std::function<void(AsyncId async_id, WorkerId worker)> start = {};
  // A thread begins, or ends, to work for an executor.
  std::function<void(WorkerId worker)> worker_start = {};
  std::function<void(WorkerId worker)> worker_stop = {};
  // A worker that has nothing to run goes to sleep, or has woken up. If it
  // waits inside a task, that task's context and ids are current.
  std::function<void(WorkerId worker)> park = {};
  std::function<void(WorkerId worker)> unpark = {};
  // The worker `to` has taken a task from the queue of the worker `from`.
  // Called on the thread of `to`, before the task's start.
  std::function<void(AsyncId async_id, WorkerId from, WorkerId to)> steal = {};
};

// HookFailure
//
// A callback that threw.
struct HookFailure {
  HookEvent event;
  AsyncId async_id;
  std::exception_ptr exception;
};

struct HookOptions {
  // If not empty, the hook is told only of resources of these types, such as
  // "TASK" or "DB_QUERY"; events of workers have none and are not concerned.
  std::vector<std::string> types = {};

  // kSkip: the hook is not told of what happens inside its own callbacks, so an
  // init callback may make resources and is not called for them.
  enum class Nested { kReport, kSkip };
  Nested nested = Nested::kReport;

  // What to do when a callback throws. Empty: a message on standard error, then
  // std::terminate(), as in Node. Otherwise the hook is off for good and this
  // is called, once, on that thread; should it throw too, std::terminate(). In
  // no case does an exception reach the code that made or ran the resource.
  std::function<void(const HookFailure&)> on_failure = {};
};

}  // namespace weft

#endif  // WEFT_HOOKS_HOOK_CALLBACKS_H_
