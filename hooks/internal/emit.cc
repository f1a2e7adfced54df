// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/emit.h"

#include <cstddef>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

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

// Calls `call(callbacks)` for each hook that wants `event`.
template <typename Call>
void CallEach(const HookBatch& batch, HookEvent event, AsyncId async_id,
              const Call& call) noexcept {
  for (const HookPtr& hook : batch.hooks()) {
    if ((hook->wanted & EventBit(event)) == 0) continue;
    // relaxed: see HookRegistry::Retire().
    if (hook->muted.load(std::memory_order_relaxed)) continue;
    try {
      call(hook->callbacks);
    } catch (...) {
      HandleFailure(hook, event, async_id);
    }
  }
}

}  // namespace

void CallInitHooks(Resource& resource) noexcept {
  const HookBatch batch;
  CallEach(batch, HookEvent::kInit, resource.async_id(),
           [&](const HookCallbacks& callbacks) {
             callbacks.init(resource.async_id(), resource.type(),
                            resource.trigger_async_id(), resource);
           });
}

void CallHooks(HookEvent event, AsyncId async_id) noexcept {
  const HookBatch batch;
  CallEach(batch, event, async_id, [&](const HookCallbacks& callbacks) {
    switch (event) {
      case HookEvent::kBefore:
        return callbacks.before(async_id);
      case HookEvent::kAfter:
        return callbacks.after(async_id);
      case HookEvent::kPromiseResolve:
        return callbacks.promise_resolve(async_id);
      case HookEvent::kInit:
      case HookEvent::kDestroy:
        return;  // have functions of their own
    }
  });
}

void CallDestroyHooks(AsyncId async_id) noexcept {
  const HookBatch batch;
  HookThread& thread = batch.thread();
  if (thread.in_destroy) {
    try {
      return thread.destroys.push_back(async_id);
    } catch (const std::bad_alloc&) {
      // Out of order is better than lost: deliver it now.
    }
  }
  const bool outermost = !thread.in_destroy;
  thread.in_destroy = true;
  const context_internal::FrameScope no_context({});
  const ExecutionScope no_resource(NoResource());
  const auto deliver = [&](AsyncId id) {
    CallEach(batch, HookEvent::kDestroy, id,
             [&](const HookCallbacks& callbacks) { callbacks.destroy(id); });
  };
  deliver(async_id);
  if (!outermost) return;
  for (std::size_t i = 0; i < thread.destroys.size(); ++i) {
    deliver(thread.destroys[i]);
  }
  thread.destroys.clear();
  thread.in_destroy = false;
}

}  // namespace weft::hooks_internal
