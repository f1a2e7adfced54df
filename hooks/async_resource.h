// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// hooks/async_resource.h
// -----------------------------------------------------------------------------
//
// `AsyncResource` carries context and ids through code that is not Weft's: a
// pool, a driver, a C API with callbacks. It remembers the context in which it
// was made. A function that runs through it runs in that context, under its id,
// between before and after. Hold one in each pending operation, or derive from
// it.
//
// Example:
//
//   struct Query : weft::AsyncResource {
//     explicit Query(Callback done)
//         : AsyncResource("DB_QUERY"), on_done(std::move(done)) {}
//     void Finish(Rows rows) { RunInAsyncScope(on_done, std::move(rows)); }
//     Callback on_done;
//   };
//
// Node counterpart: `AsyncResource`.

#ifndef WEFT_HOOKS_ASYNC_RESOURCE_H_
#define WEFT_HOOKS_ASYNC_RESOURCE_H_

#include <optional>
#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weft/hooks/async_id.h"
#include "weft/hooks/internal/resource_core.h"
#include "weft/hooks/resource.h"

namespace weft {

template <typename Fn>
class ResourceBound;

// The options of an `AsyncResource`.
struct AsyncResourceOptions {
  // The id of the resource that caused this one; any id is allowed. By default
  // it is that of the running one, or that of a `DefaultTriggerScope`.
  std::optional<AsyncId> trigger_async_id = {};
  // If true, destroy is emitted by `EmitDestroy()` only.
  bool require_manual_destroy = false;
};

// AsyncResource
//
// A resource that runs code of the user's in the context in which it was made.
//
// Thread-safety: thread-compatible; `RunInAsyncScope()` and bound functions may
//   run on several threads at once, `EmitDestroy()` meanwhile.
// Lifetime: destroy is emitted, once, by `EmitDestroy()` or when the object and
//   all functions bound to it are gone; if it is running then, right after the
//   last scope has ended. The context is kept as long.
// Allocation: one, in the constructor; two if `type` is long; and those of
//   capturing the context, see `ContextSnapshot`.
// Errors: after being moved from, every call but destruction and assignment
//   throws std::logic_error.
// Differs from Node: destroy comes at once, where Node waits for the next tick,
//   and also if its hook was enabled after the resource was made; before and
//   after are called in the resource's context, as they are for tasks.
class AsyncResource {
 public:
  // Emits init. Throws std::invalid_argument if `type` is empty, or has more
  // than Resource::kMaxTypeSize characters. A derived class passes `where` on,
  // if hooks are to know the place of its maker.
  explicit AsyncResource(
      std::string_view type, AsyncResourceOptions options = {},
      std::source_location where = std::source_location::current());
  AsyncResource(AsyncResource&&) noexcept = default;
  AsyncResource& operator=(AsyncResource&&) noexcept = default;
  ~AsyncResource() = default;

  // Returns the resource's id, and that of the resource that caused it.
  AsyncId async_id() const { return resource().async_id(); }
  AsyncId trigger_async_id() const { return resource().trigger_async_id(); }
  // Returns the object that init was given, which `ExecutionAsyncResource()`
  // returns inside.
  Resource& resource() const { return core().resource(); }

  // AsyncResource::RunInAsyncScope()
  //
  // Calls `fn(args...)` as this resource and returns its result. Afterwards,
  // also if `fn` throws, the caller's context and ids are current again. It may
  // be called after `EmitDestroy()`.
  template <typename Fn, typename... Args>
    requires std::is_invocable_v<Fn, Args...>
  decltype(auto) RunInAsyncScope(Fn&& fn, Args&&... args) const {
    const hooks_internal::ResourceScope scope(CoreRef());
    return std::forward<Fn>(fn)(std::forward<Args>(args)...);
  }

  // AsyncResource::Bind()
  //
  // Returns a callable that runs `fn` as this resource.
  template <typename Fn>
  ResourceBound<std::decay_t<Fn>> Bind(Fn&& fn) const {
    return ResourceBound<std::decay_t<Fn>>(CoreRef(), std::forward<Fn>(fn));
  }

  // AsyncResource::Bind()
  //
  // Makes a resource of `type` for `fn` alone, and returns a callable that runs
  // `fn` as that. Throws what the constructor throws for `type`.
  //
  // Differs from Node: `type` must be given, as C++ functions have no names.
  template <typename Fn>
  static ResourceBound<std::decay_t<Fn>> Bind(
      Fn&& fn, std::string_view type,
      std::source_location where = std::source_location::current()) {
    return AsyncResource(type, {}, where).Bind(std::forward<Fn>(fn));
  }

  // AsyncResource::EmitDestroy()
  //
  // Emits destroy: now or, if the resource is running on any thread, after the
  // last scope has ended. Throws std::logic_error if called twice.
  AsyncResource& EmitDestroy();

 private:
  const hooks_internal::ResourceCore& core() const;
  hooks_internal::ResourceCoreRef CoreRef() const {
    return hooks_internal::ResourceCoreRef::Share(&core());
  }

  hooks_internal::ResourceCoreRef core_;
};

// ResourceBound
//
// A function object with the resource as which it runs. It forwards arguments
// and result. It is as copyable, and as thread-safe to call, as `Fn` is. Once
// moved from, it may only be destroyed or assigned to.
template <typename Fn>
class ResourceBound {
 public:
  // Makes a function that runs `fn` as the resource. `AsyncResource::Bind()`
  // calls this.
  ResourceBound(hooks_internal::ResourceCoreRef core, Fn fn)
      : core_(std::move(core)), fn_(std::move(fn)) {}

  // Returns the id of the resource.
  AsyncId async_id() const noexcept {
    return core_.get()->resource().async_id();
  }

  // Calls the function as the resource, and returns its result.
  template <typename... Args>
    requires std::is_invocable_v<Fn&, Args...>
  decltype(auto) operator()(Args&&... args) {
    const hooks_internal::ResourceScope scope(core_);
    return fn_(std::forward<Args>(args)...);
  }
  template <typename... Args>
    requires std::is_invocable_v<const Fn&, Args...>
  decltype(auto) operator()(Args&&... args) const {
    const hooks_internal::ResourceScope scope(core_);
    return fn_(std::forward<Args>(args)...);
  }

 private:
  hooks_internal::ResourceCoreRef core_;
  Fn fn_;
};

}  // namespace weft

#endif  // WEFT_HOOKS_ASYNC_RESOURCE_H_
