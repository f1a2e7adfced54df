// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/hook_event.h
// -----------------------------------------------------------------------------
//
// The events that hooks are told of: their kinds, and the object that each
// callback takes (hook_callbacks.h). Facts are methods, which look them up
// where they are. So a fact that no callback asks for costs nothing, and a
// later version can add one without breaking a callback.
//
// Example (one function for several callbacks):
//
//   const auto log = [](const auto& event) {
//     std::cerr << weft::HookEventName(event.kKind) << ' ' << event.type()
//               << ' ' << event.async_id() << '\n';
//   };
//   weft::AsyncHook hook = weft::CreateHook({.before = log, .after = log});
//
// Node counterpart: the arguments of the callbacks. `async_id()`, `type()`,
// `trigger_async_id()` and `resource()` are Node's; the other facts are not.

#ifndef WEFT_HOOKS_HOOK_EVENT_H_
#define WEFT_HOOKS_HOOK_EVENT_H_

#include <source_location>
#include <string_view>

#include "weft/hooks/async_id.h"
#include "weft/hooks/resource.h"
#include "weft/hooks/worker_id.h"

namespace weft {

// The kinds of event, each with a callback of its name.
enum class HookEvent : unsigned char {
  // These tell what happens to a resource.
  kInit = 0,
  kBefore = 1,
  kAfter = 2,
  kDestroy = 3,
  kPromiseResolve = 4,
  // These tell what executors and their workers do.
  kEnqueue = 5,
  kStart = 6,
  kWorkerStart = 7,
  kWorkerStop = 8,
  kPark = 9,
  kUnpark = 10,
  kSteal = 11,
};

// Returns the name of the callback: "init", ..., "promise_resolve", "enqueue",
// ...
std::string_view HookEventName(HookEvent event) noexcept;

// ResourceEvent
//
// The facts that each event of a resource tells. A function that takes this is
// a callback for all of them.
//
// The runtime makes events, and their constructors change as events grow.
//
// Thread-safety: immutable; `resource()` is as safe as `Resource` says.
// Lifetime: an event lives for the call of the callback, and cannot be copied.
//   `type()` is good as long; ids and places are values.
class ResourceEvent {
 public:
  // For the runtime.
  explicit ResourceEvent(const Resource& resource) noexcept
      : resource_(resource) {}
  ResourceEvent(const ResourceEvent&) = delete;
  ResourceEvent& operator=(const ResourceEvent&) = delete;

  // Returns the resource's id.
  AsyncId async_id() const noexcept { return resource_.async_id(); }
  // Returns the resource's type: "TASK", "TIMEOUT", or the type that a user
  // gave.
  std::string_view type() const noexcept { return resource_.type(); }
  // Returns the id of the resource that caused it.
  AsyncId trigger_async_id() const noexcept {
    return resource_.trigger_async_id();
  }
  // Returns where in the source the resource was made. The line is 0 for a
  // resource that has no such place, as the root of a thread.
  std::source_location where() const noexcept {
    return resource_.source_location();
  }

 protected:
  ~ResourceEvent() = default;

  // Returns the resource, with the state that is attached to it
  // (resource_state.h). It is public in most events.
  const Resource& resource() const noexcept { return resource_; }

 private:
  const Resource& resource_;
};

// A resource has been made. The calling flow is its creator's.
class InitEvent final : public ResourceEvent {
 public:
  static constexpr HookEvent kKind = HookEvent::kInit;

  // For the runtime.
  explicit InitEvent(Resource& resource) noexcept
      : ResourceEvent(resource), resource_(resource) {}

  // Returns the resource. State that is attached to it here is there in all
  // later events of the resource, so a tool needs no table of its own. The
  // reference is good until destroy.
  Resource& resource() const noexcept { return resource_; }

 private:
  Resource& resource_;
};

// The resource is about to run, in its own context and under its own id.
class BeforeEvent final : public ResourceEvent {
 public:
  static constexpr HookEvent kKind = HookEvent::kBefore;
  using ResourceEvent::resource;
  using ResourceEvent::ResourceEvent;
};

// The resource has run, or has thrown.
class AfterEvent final : public ResourceEvent {
 public:
  static constexpr HookEvent kKind = HookEvent::kAfter;
  using ResourceEvent::resource;
  using ResourceEvent::ResourceEvent;
};

// The resource ends. State that is attached to it dies after this event.
//
// A destroy event that comes inside a destroy callback is told when that has
// returned, and the resource is gone by then. Its `resource()` is a copy at
// another address, to which the attached state has moved. The copy of an
// `AsyncResource` that lives on after `EmitDestroy()` has nothing attached.
class DestroyEvent final : public ResourceEvent {
 public:
  static constexpr HookEvent kKind = HookEvent::kDestroy;
  using ResourceEvent::resource;
  using ResourceEvent::ResourceEvent;
};

// The resource's future has been settled, with a value or an exception.
class PromiseResolveEvent final : public ResourceEvent {
 public:
  static constexpr HookEvent kKind = HookEvent::kPromiseResolve;
  using ResourceEvent::resource;
  using ResourceEvent::ResourceEvent;
};

// A task is about to be queued; no other thread has it yet.
class EnqueueEvent final : public ResourceEvent {
 public:
  static constexpr HookEvent kKind = HookEvent::kEnqueue;
  using ResourceEvent::resource;
  using ResourceEvent::ResourceEvent;
};

// `worker()` has taken a task and is about to run it, on the calling thread.
class StartEvent final : public ResourceEvent {
 public:
  static constexpr HookEvent kKind = HookEvent::kStart;

  // For the runtime.
  StartEvent(const Resource& resource, WorkerId worker) noexcept
      : ResourceEvent(resource), worker_(worker) {}
  using ResourceEvent::resource;

  // Returns the worker that runs the task.
  WorkerId worker() const noexcept { return worker_; }

 private:
  const WorkerId worker_;
};

// The worker `to()`, of the calling thread, has taken a task from the queue of
// the worker `from()`.
//
// There is no `resource()`. A thread that waits for a task's future may run the
// task itself, though it is still queued; then the state that is attached to
// the resource belongs to that thread, or is gone.
class StealEvent final : public ResourceEvent {
 public:
  static constexpr HookEvent kKind = HookEvent::kSteal;

  // For the runtime.
  StealEvent(const Resource& resource, WorkerId from, WorkerId to) noexcept
      : ResourceEvent(resource), from_(from), to_(to) {}

  // Returns the worker that the task was taken from, and the one that took it.
  WorkerId from() const noexcept { return from_; }
  WorkerId to() const noexcept { return to_; }

 private:
  const WorkerId from_;
  const WorkerId to_;
};

// WorkerEvent
//
// The facts that each event of a worker tells. In all else it is as
// ResourceEvent. The callback is called on the worker's thread. The event has
// no resource; `ExecutionAsyncResource()` returns the one that runs there.
class WorkerEvent {
 public:
  // For the runtime.
  explicit WorkerEvent(WorkerId worker) noexcept : worker_(worker) {}
  WorkerEvent(const WorkerEvent&) = delete;
  WorkerEvent& operator=(const WorkerEvent&) = delete;

  // Returns the worker of the calling thread.
  WorkerId worker() const noexcept { return worker_; }

 protected:
  ~WorkerEvent() = default;

 private:
  const WorkerId worker_;
};

// A thread begins to work for an executor.
class WorkerStartEvent final : public WorkerEvent {
 public:
  static constexpr HookEvent kKind = HookEvent::kWorkerStart;
  using WorkerEvent::WorkerEvent;
};

// A thread stops working for an executor.
class WorkerStopEvent final : public WorkerEvent {
 public:
  static constexpr HookEvent kKind = HookEvent::kWorkerStop;
  using WorkerEvent::WorkerEvent;
};

// A worker that has nothing to run goes to sleep. If it waits inside a task,
// that task's context and ids are current.
class ParkEvent final : public WorkerEvent {
 public:
  static constexpr HookEvent kKind = HookEvent::kPark;
  using WorkerEvent::WorkerEvent;
};

// The worker has woken up.
class UnparkEvent final : public WorkerEvent {
 public:
  static constexpr HookEvent kKind = HookEvent::kUnpark;
  using WorkerEvent::WorkerEvent;
};

}  // namespace weft

#endif  // WEFT_HOOKS_HOOK_EVENT_H_
