// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/emit.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <list>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "weft/base/describe_exception.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/hook_callbacks.h"
#include "weft/hooks/hook_event.h"
#include "weft/hooks/internal/causes.h"
#include "weft/hooks/internal/execution_state.h"
#include "weft/hooks/internal/hook_list.h"
#include "weft/hooks/internal/hook_registry.h"
#include "weft/hooks/internal/nobody_scope.h"
#include "weft/hooks/internal/sink.h"

namespace weft::hooks_internal {

using context_internal::Frame;

namespace {

// Called inside a catch block: applies the hook's policy to what its callback
// threw. Ends the process, with what it throws, if `on_failure` throws.
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

// For a hook that has checks: returns whether they let the event through.
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

AsyncId IdOf(const ResourceEvent& event) noexcept { return event.async_id(); }
AsyncId IdOf(const WorkerEvent&) noexcept { return kNoAsyncId; }

std::string_view TypeOf(const ResourceEvent& event) noexcept {
  return event.type();
}
std::string_view TypeOf(const WorkerEvent&) noexcept { return {}; }

// Below, `kCallback` is the member of HookCallbacks that takes the event.

// Calls a callback that is there: a hook is listed for no other kind of event.
template <typename Event>
[[gnu::always_inline]] inline void CallPresent(
    const std::function<void(const Event&)>& callback, const Event& event) {
  if (!callback) __builtin_unreachable();
  callback(event);
}

template <auto kCallback, typename Event>
[[gnu::always_inline]] inline void CallOne(Hook& hook, const Event& event) {
  try {
    CallPresent(hook.callbacks.*kCallback, event);
  } catch (...) {
    HandleFailure(hook, Event::kKind, IdOf(event));
  }
}

template <auto kCallback, typename Event>
[[gnu::noinline]] void CallIfWanted(Hook& hook, HookThread& thread,
                                    const Event& event) noexcept {
  if (!Wants(hook, thread, TypeOf(event))) return;
  const RunningHook running{&hook, thread.running};
  thread.running = &running;
  CallOne<kCallback>(hook, event);
  thread.running = running.outer;
}

// Calls each hook of `list` that wants `event`.
template <auto kCallback, typename Event>
[[gnu::noinline]] void CallAll(HookThread& thread, const HookList& list,
                               const Event& event) noexcept {
  for (Hook* const* next = list.For(Event::kKind); *next != nullptr; ++next) {
    Hook& hook = **next;
    if (hook.checks() == 0) [[likely]] {
      CallOne<kCallback>(hook, event);
    } else {
      CallIfWanted<kCallback>(hook, thread, event);
    }
  }
}

// HandleFailure() for the only hook that wants `event`. It looks that hook up,
// so that no register is saved for it.
template <typename Event>
[[gnu::cold, gnu::noinline]] void HandleFailureOfOnly(
    const HookThread& thread, const Event& event) noexcept {
  auto& only = static_cast<Hook&>(thread.list()->Only(Event::kKind));
  HandleFailure(only, Event::kKind, IdOf(event));
}

// CallAll() for whatever there is. It is inlined for one hook without checks,
// so that each kind of event has the call of its callback in it, and few
// registers to save.
template <auto kCallback, typename Event>
[[gnu::always_inline]] inline void CallEach(HookThread& thread,
                                            const HookList& list,
                                            const Event& event) noexcept {
  HookGate& only = list.Only(Event::kKind);
  if (only.checks() != 0) [[unlikely]] {
    CallAll<kCallback>(thread, list, event);
    return;
  }
  try {
    CallPresent(static_cast<Hook&>(only).callbacks.*kCallback, event);
  } catch (...) {
    HandleFailureOfOnly(thread, event);
  }
}

// The same as a batch.
template <auto kCallback, typename Event>
[[gnu::always_inline]] inline void CallBatch(const Event& event) noexcept {
  const HookBatch batch;
  CallEach<kCallback>(batch.thread(), batch.list(), event);
}

[[gnu::always_inline]] inline void CallDestroyEach(
    HookThread& thread, const HookList& list,
    const Resource& resource) noexcept {
  CallEach<&HookCallbacks::destroy>(thread, list, DestroyEvent(resource));
}

// Called after a destroy callback, in no context.
[[gnu::noinline]] void CallPutOffDestroys(HookThread& thread,
                                          const HookList& list) noexcept {
  // One by one: callbacks, and what dies with a copy, may add to the list.
  while (!thread.destroys.empty()) {
    std::list<PendingDestroy> first;
    first.splice(first.begin(), thread.destroys, thread.destroys.begin());
    CallDestroyEach(thread, list, first.front().resource);
  }
}

// Called inside a destroy callback.
template <typename AnyResource>
[[gnu::noinline]] void PutOffDestroy(HookThread& thread, const HookList& list,
                                     AnyResource& resource) noexcept {
  try {
    Resource& copy = thread.destroys.emplace_back(resource).resource;
    if constexpr (!std::is_const_v<AnyResource>) copy.TakeState(resource);
  } catch (const std::bad_alloc&) {
    // Out of order is better than lost: delivers it now.
    const NobodyScope nobody;
    CallDestroyEach(thread, list, resource);
  }
}

template <typename AnyResource>
[[gnu::always_inline]] inline void CallDestroyBatch(
    AnyResource& resource) noexcept {
  const HookBatch batch;
  HookThread& thread = batch.thread();
  if (thread.in_destroy) [[unlikely]] {
    PutOffDestroy(thread, batch.list(), resource);
    return;
  }
  thread.in_destroy = true;
  const NobodyScope nobody;
  CallDestroyEach(thread, batch.list(), resource);
  if (!thread.destroys.empty()) [[unlikely]]
    CallPutOffDestroys(thread, batch.list());
  thread.in_destroy = false;
}

// True if the sink wants it, and perhaps hooks too.
bool SinkWants(EventBits wanted) noexcept { return wanted > kEventBits; }

// Returns the one signal that is among them.
Signal SignalOf(EventBits wanted) noexcept {
  return static_cast<Signal>(std::countr_zero(wanted >> kHookEventCount));
}

// Tells the sink. Returns true if hooks want it too.
bool Tell(EventBits wanted, const Resource* resource,
          WorkerId worker = kNoWorker, std::uint64_t detail = 0,
          const Frame* frame = nullptr) noexcept {
  TellSink({SignalOf(wanted), resource, worker, detail, frame});
  return (wanted & kEventBits) != 0;
}

// Tells the sink, then calls hooks by `call`, if they want it too. It is out of
// line, so that `call` saves no register for it.
template <typename AnyResource>
[[gnu::noinline]] void TellThen(void (*call)(EventBits, AnyResource&) noexcept,
                                EventBits wanted,
                                AnyResource& resource) noexcept {
  if (Tell(wanted, &resource)) call(wanted & kEventBits, resource);
}

[[gnu::noinline]] void TellBefore(EventBits wanted,
                                  const Resource& resource) noexcept {
  if (Sink* const sink = CurrentSink()) {
    sink->TellBegin(
        {SignalOf(wanted), &resource, kNoWorker, std::exchange(starts_for, 0)});
  }
  if ((wanted & kEventBits) != 0) CallBefore(wanted & kEventBits, resource);
}

// The sink hears of the end after the hooks.
[[gnu::noinline]] void TellAfter(EventBits wanted,
                                 const Resource& resource) noexcept {
  if ((wanted & kEventBits) != 0) CallAfter(wanted & kEventBits, resource);
  if (Sink* const sink = CurrentSink()) {
    sink->TellEnd({SignalOf(wanted), &resource});
  }
}

[[gnu::noinline]] void TellInit(EventBits wanted, Resource& resource,
                                const Frame* frame,
                                std::uint64_t detail) noexcept {
  if (CausesAreKept()) KeepCause(resource);
  if (Tell(wanted, &resource, kNoWorker, detail, frame)) {
    CallInit(wanted & kEventBits, resource);
  }
}

}  // namespace

bool IsInHook() noexcept {
  return this_hook_thread != nullptr && this_hook_thread->list() != nullptr;
}

void CallInit(EventBits wanted, Resource& resource, const Frame* frame,
              std::uint64_t detail) noexcept {
  if (SinkWants(wanted)) [[unlikely]]
    return TellInit(wanted, resource, frame, detail);
  CallBatch<&HookCallbacks::init>(InitEvent(resource));
}

void CallBefore(EventBits wanted, const Resource& resource) noexcept {
  if (SinkWants(wanted)) [[unlikely]]
    return TellBefore(wanted, resource);
  CallBatch<&HookCallbacks::before>(BeforeEvent(resource));
}

void CallAfter(EventBits wanted, const Resource& resource) noexcept {
  if (SinkWants(wanted)) [[unlikely]]
    return TellAfter(wanted, resource);
  CallBatch<&HookCallbacks::after>(AfterEvent(resource));
}

void CallPromiseResolve(EventBits wanted, const Resource& resource) noexcept {
  if (SinkWants(wanted)) [[unlikely]]
    return TellThen<const Resource>(&CallPromiseResolve, wanted, resource);
  CallBatch<&HookCallbacks::promise_resolve>(PromiseResolveEvent(resource));
}

void CallEnqueue(EventBits wanted, const Resource& resource,
                 std::uint64_t executor) noexcept {
  constexpr EventBits kSample = SignalBit(Signal::kEnqueueSample);
  if ((wanted & kSample) != 0) {
    Tell(kSample, &resource, {executor, -1});
    wanted &= ~kSample;
    if (wanted == 0) return;
  }
  if (SinkWants(wanted) && !Tell(wanted, &resource, {executor, -1})) return;
  CallBatch<&HookCallbacks::enqueue>(EnqueueEvent(resource));
}

void CallStart(EventBits wanted, const Resource& resource, WorkerId worker,
               std::uint64_t executor) noexcept {
  constexpr EventBits kBegins = SignalBit(Signal::kBefore);
  if ((wanted & kBegins) != 0) {
    starts_for = executor != 0 ? executor : worker.executor;
    wanted &= ~kBegins;
    if (wanted == 0) return;
  }
  if (SinkWants(wanted) && !Tell(wanted, &resource, worker, executor)) return;
  CallBatch<&HookCallbacks::start>(StartEvent(resource, worker));
}

void CallSteal(EventBits wanted, const Resource& resource, WorkerId from,
               WorkerId to) noexcept {
  if (SinkWants(wanted) &&
      !Tell(wanted, &resource, to, static_cast<std::uint64_t>(from.worker))) {
    return;
  }
  CallBatch<&HookCallbacks::steal>(StealEvent(resource, from, to));
}

void CallWorker(EventBits wanted, HookEvent event, WorkerId worker) noexcept {
  if (SinkWants(wanted) && !Tell(wanted, nullptr, worker)) return;
  switch (event) {
    case HookEvent::kWorkerStart:
      return CallBatch<&HookCallbacks::worker_start>(WorkerStartEvent(worker));
    case HookEvent::kWorkerStop:
      return CallBatch<&HookCallbacks::worker_stop>(WorkerStopEvent(worker));
    case HookEvent::kPark:
      return CallBatch<&HookCallbacks::park>(ParkEvent(worker));
    case HookEvent::kUnpark:
      return CallBatch<&HookCallbacks::unpark>(UnparkEvent(worker));
    default:
      return;  // the others have functions of their own
  }
}

void CallDestroy(EventBits wanted, Resource& resource) noexcept {
  if (SinkWants(wanted)) [[unlikely]]
    return TellThen<Resource>(&CallDestroy, wanted, resource);
  CallDestroyBatch(resource);
}

void CallDestroy(EventBits wanted, const Resource& resource) noexcept {
  if (SinkWants(wanted)) [[unlikely]]
    return TellThen<const Resource>(&CallDestroy, wanted, resource);
  CallDestroyBatch(resource);
}

}  // namespace weft::hooks_internal
