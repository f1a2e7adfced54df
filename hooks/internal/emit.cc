// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/emit.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weft/base/describe_exception.h"
#include "weft/hooks/hook_callbacks.h"
#include "weft/hooks/internal/execution_state.h"
#include "weft/hooks/internal/hook_list.h"
#include "weft/hooks/internal/hook_registry.h"
#include "weft/hooks/internal/nobody_scope.h"

namespace weft::hooks_internal {

namespace {

// Inside a catch block: the hook's policy for what its callback threw. Ends the
// process, with what it throws, if `on_failure` throws.
[[gnu::cold, gnu::noinline]] void HandleFailure(Hook& hook, HookEvent event,
                                                AsyncId async_id) noexcept {
  const std::exception_ptr exception = std::current_exception();
  if (!hook.options.on_failure) {
    const std::string description = base::DescribeException(exception);
    std::fprintf(
        stderr, "weft: a hook's %s callback, for async id %llu, threw %s\n",
        std::string(HookEventName(event)).c_str(),
        static_cast<unsigned long long>(async_id), description.c_str());
    std::terminate();
  }
  if (hook.Mute()) return;
  hook.options.on_failure({event, async_id, exception});
  HookRegistry::Get().Disable(hook.shared_from_this());
}

bool IsRunning(const HookThread& thread, const Hook& hook) noexcept {
  const RunningHook* running = thread.running;
  while (running != nullptr && running->hook != &hook) running = running->outer;
  return running != nullptr;
}

// For a hook that has checks: whether they let the event through.
[[gnu::noinline]] bool Wants(const Hook& hook, const HookThread& thread,
                             std::string_view type) noexcept {
  const std::uint32_t checks = hook.checks();
  if ((checks & Hook::kMuted) != 0) return false;
  const std::vector<std::string>& types = hook.options.types;
  if (!types.empty() && !type.empty() &&
      std::find(types.begin(), types.end(), type) == types.end()) {
    return false;
  }
  return (checks & Hook::kSkipsNested) == 0 || !IsRunning(thread, hook);
}

template <typename Call>
[[gnu::always_inline]] inline void CallOne(Hook& hook, HookEvent event,
                                           const Resource& resource,
                                           const Call& call) {
  try {
    call(hook.callbacks);
  } catch (...) {
    HandleFailure(hook, event, resource.async_id());
  }
}

// Takes `call` by value, so that it stays in registers where it is not needed.
template <typename Call>
[[gnu::noinline]] void CallIfWanted(Hook& hook, HookThread& thread,
                                    HookEvent event, const Resource& resource,
                                    Call call) noexcept {
  if (!Wants(hook, thread, resource.type())) return;
  const RunningHook running{&hook, thread.running};
  thread.running = &running;
  CallOne(hook, event, resource, call);
  thread.running = running.outer;
}

// Calls `call(callbacks)` for each hook of `list` that wants `event` of
// `resource`. Inlined, so that each event has a loop with its callback in it.
template <typename Call>
[[gnu::always_inline]] inline void CallEach(HookThread& thread,
                                            const HookList& list,
                                            HookEvent event,
                                            const Resource& resource,
                                            const Call& call) noexcept {
  for (Hook* const* next = list.For(event); *next != nullptr; ++next) {
    Hook& hook = **next;
    if (hook.checks() == 0) [[likely]] {
      CallOne(hook, event, resource, call);
    } else {
      CallIfWanted(hook, thread, event, resource, call);
    }
  }
}

// The same as a batch.
template <typename Call>
[[gnu::always_inline]] inline void CallBatch(HookEvent event,
                                             const Resource& resource,
                                             const Call& call) noexcept {
  const HookBatch batch;
  CallEach(batch.thread(), batch.list(), event, resource, call);
}

// For an event whose callback takes the id alone.
template <HookEvent kEvent, std::function<void(AsyncId)> HookCallbacks::* kCall>
void CallWithId(const Resource& resource) noexcept {
  CallBatch(kEvent, resource, [&](const HookCallbacks& callbacks) {
    (callbacks.*kCall)(resource.async_id());
  });
}

// For an event that concerns a worker and no resource.
template <HookEvent kEvent,
          std::function<void(WorkerId)> HookCallbacks::* kCall>
void CallWithWorker(WorkerId worker) noexcept {
  const Resource none({}, kNoAsyncId, kNoAsyncId);
  CallBatch(kEvent, none, [&](const HookCallbacks& callbacks) {
    (callbacks.*kCall)(worker);
  });
}

[[gnu::always_inline]] inline void CallDestroy(
    HookThread& thread, const HookList& list,
    const Resource& resource) noexcept {
  CallEach(thread, list, HookEvent::kDestroy, resource,
           [&](const HookCallbacks& callbacks) {
             callbacks.destroy(resource.async_id());
           });
}

// After one of them, in no context.
[[gnu::noinline]] void CallPutOffDestroys(HookThread& thread,
                                          const HookList& list) noexcept {
  for (std::size_t i = 0; i < thread.destroys.size(); ++i) {
    // A copy: callbacks may add to the list.
    const PendingDestroy pending = std::move(thread.destroys[i]);
    CallDestroy(thread, list,
                Resource(pending.type, pending.async_id, kNoAsyncId));
  }
  thread.destroys.clear();
}

// Inside a destroy callback.
[[gnu::noinline]] void PutOffDestroy(HookThread& thread, const HookList& list,
                                     const Resource& resource) noexcept {
  try {
    thread.destroys.push_back(
        {resource.async_id(), std::string(resource.type())});
  } catch (const std::bad_alloc&) {
    // Out of order is better than lost: deliver it now.
    const NobodyScope nobody;
    CallDestroy(thread, list, resource);
  }
}

}  // namespace

void CallInitHooks(Resource& resource) noexcept {
  CallBatch(HookEvent::kInit, resource, [&](const HookCallbacks& callbacks) {
    callbacks.init(resource.async_id(), resource.type(),
                   resource.trigger_async_id(), resource);
  });
}

void CallBeforeHooks(const Resource& resource) noexcept {
  CallWithId<HookEvent::kBefore, &HookCallbacks::before>(resource);
}

void CallAfterHooks(const Resource& resource) noexcept {
  CallWithId<HookEvent::kAfter, &HookCallbacks::after>(resource);
}

void CallPromiseResolveHooks(const Resource& resource) noexcept {
  CallWithId<HookEvent::kPromiseResolve, &HookCallbacks::promise_resolve>(
      resource);
}

void CallEnqueueHooks(const Resource& resource) noexcept {
  CallWithId<HookEvent::kEnqueue, &HookCallbacks::enqueue>(resource);
}

void CallStartHooks(const Resource& resource, WorkerId worker) noexcept {
  CallBatch(HookEvent::kStart, resource, [&](const HookCallbacks& callbacks) {
    callbacks.start(resource.async_id(), worker);
  });
}

void CallStealHooks(const Resource& resource, WorkerId from,
                    WorkerId to) noexcept {
  CallBatch(HookEvent::kSteal, resource, [&](const HookCallbacks& callbacks) {
    callbacks.steal(resource.async_id(), from, to);
  });
}

void CallWorkerHooks(HookEvent event, WorkerId worker) noexcept {
  switch (event) {
    case HookEvent::kWorkerStart:
      return CallWithWorker<HookEvent::kWorkerStart,
                            &HookCallbacks::worker_start>(worker);
    case HookEvent::kWorkerStop:
      return CallWithWorker<HookEvent::kWorkerStop,
                            &HookCallbacks::worker_stop>(worker);
    case HookEvent::kPark:
      return CallWithWorker<HookEvent::kPark, &HookCallbacks::park>(worker);
    case HookEvent::kUnpark:
      return CallWithWorker<HookEvent::kUnpark, &HookCallbacks::unpark>(worker);
    default:
      return;  // the others have functions of their own
  }
}

void CallDestroyHooks(const Resource& resource) noexcept {
  const HookBatch batch;
  HookThread& thread = batch.thread();
  if (thread.in_destroy) [[unlikely]] {
    PutOffDestroy(thread, batch.list(), resource);
    return;
  }
  thread.in_destroy = true;
  const NobodyScope nobody;
  CallDestroy(thread, batch.list(), resource);
  if (!thread.destroys.empty()) [[unlikely]]
    CallPutOffDestroys(thread, batch.list());
  thread.in_destroy = false;
}

}  // namespace weft::hooks_internal
