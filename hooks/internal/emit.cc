// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/emit.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weft/context/internal/flow.h"
#include "weft/hooks/internal/describe_exception.h"
#include "weft/hooks/internal/execution_state.h"
#include "weft/hooks/internal/hook_registry.h"

namespace weft::hooks_internal {

namespace {

// Inside a catch block: the hook's policy for what its callback threw.
void HandleFailure(const HookPtr& hook, HookEvent event, AsyncId async_id) {
  const std::exception_ptr exception = std::current_exception();
  if (!hook->options.on_failure) {
    const std::string description = DescribeException(exception);
    std::fprintf(
        stderr, "weft: a hook's %s callback, for async id %llu, threw %s\n",
        std::string(HookEventName(event)).c_str(),
        static_cast<unsigned long long>(async_id), description.c_str());
    std::terminate();
  }
  // relaxed: who is first, nothing more.
  if (hook->muted.exchange(true, std::memory_order_relaxed)) return;
  hook->options.on_failure({event, async_id, exception});
  HookRegistry::Get().Disable(hook);
}

bool IsRunning(const HookThread& thread, const Hook* hook) noexcept {
  const RunningHook* running = thread.running;
  while (running != nullptr && running->hook != hook) running = running->outer;
  return running != nullptr;
}

bool Wants(const Hook& hook, const HookThread& thread, HookEvent event,
           std::string_view type) noexcept {
  if ((hook.wanted & EventBit(event)) == 0) return false;
  // relaxed: see HookRegistry::Retire().
  if (hook.muted.load(std::memory_order_relaxed)) return false;
  const std::vector<std::string>& types = hook.options.types;
  if (!types.empty() && !type.empty() &&
      std::find(types.begin(), types.end(), type) == types.end()) {
    return false;
  }
  return hook.options.nested == HookOptions::Nested::kReport ||
         !IsRunning(thread, &hook);
}

// Calls `call(callbacks)` for each hook that wants `event` of a resource of
// `type`, which is empty for events that concern none.
template <typename Call>
void CallEach(const HookBatch& batch, HookEvent event, AsyncId async_id,
              std::string_view type, const Call& call) noexcept {
  HookThread& thread = batch.thread();
  for (const HookPtr& hook : batch.hooks()) {
    if (!Wants(*hook, thread, event, type)) continue;
    const RunningHook running{hook.get(), thread.running};
    thread.running = &running;
    try {
      call(hook->callbacks);
    } catch (...) {
      HandleFailure(hook, event, async_id);
    }
    thread.running = running.outer;
  }
}

}  // namespace

void CallInitHooks(Resource& resource) noexcept {
  const HookBatch batch;
  CallEach(batch, HookEvent::kInit, resource.async_id(), resource.type(),
           [&](const HookCallbacks& callbacks) {
             callbacks.init(resource.async_id(), resource.type(),
                            resource.trigger_async_id(), resource);
           });
}

void CallHooks(HookEvent event, const Resource& resource) noexcept {
  const HookBatch batch;
  const AsyncId id = resource.async_id();
  CallEach(batch, event, id, resource.type(),
           [&](const HookCallbacks& callbacks) {
             switch (event) {
               case HookEvent::kBefore:
                 return callbacks.before(id);
               case HookEvent::kAfter:
                 return callbacks.after(id);
               case HookEvent::kPromiseResolve:
                 return callbacks.promise_resolve(id);
               case HookEvent::kEnqueue:
                 return callbacks.enqueue(id);
               default:
                 return;  // the others have functions of their own
             }
           });
}

void CallStartHooks(const Resource& resource, WorkerId worker) noexcept {
  const HookBatch batch;
  CallEach(batch, HookEvent::kStart, resource.async_id(), resource.type(),
           [&](const HookCallbacks& callbacks) {
             callbacks.start(resource.async_id(), worker);
           });
}

void CallWorkerHooks(HookEvent event, WorkerId worker) noexcept {
  const HookBatch batch;
  CallEach(batch, event, kNoAsyncId, {}, [&](const HookCallbacks& callbacks) {
    switch (event) {
      case HookEvent::kWorkerStart:
        return callbacks.worker_start(worker);
      case HookEvent::kWorkerStop:
        return callbacks.worker_stop(worker);
      case HookEvent::kPark:
        return callbacks.park(worker);
      case HookEvent::kUnpark:
        return callbacks.unpark(worker);
      default:
        return;  // the others have functions of their own
    }
  });
}

void CallDestroyHooks(const Resource& resource) noexcept {
  const HookBatch batch;
  HookThread& thread = batch.thread();
  if (thread.in_destroy) {
    try {
      thread.destroys.push_back(
          {resource.async_id(), std::string(resource.type())});
      return;
    } catch (const std::bad_alloc&) {
      // Out of order is better than lost: deliver it now.
    }
  }
  const bool outermost = !thread.in_destroy;
  thread.in_destroy = true;
  const context_internal::FrameScope no_context({});
  const ExecutionScope no_resource(NoResource());
  const auto deliver = [&](AsyncId id, std::string_view type) {
    CallEach(batch, HookEvent::kDestroy, id, type,
             [&](const HookCallbacks& callbacks) { callbacks.destroy(id); });
  };
  deliver(resource.async_id(), resource.type());
  if (!outermost) return;
  for (std::size_t i = 0; i < thread.destroys.size(); ++i) {
    // A copy: callbacks may add to the list.
    const PendingDestroy pending = std::move(thread.destroys[i]);
    deliver(pending.async_id, pending.type);
  }
  thread.destroys.clear();
  thread.in_destroy = false;
}

}  // namespace weft::hooks_internal
