// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/hook_registry.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <new>
#include <thread>

#include "weft/base/check.h"
#include "weft/hooks/internal/wanted_events.h"

namespace weft::hooks_internal {

using base::MutexLock;

namespace {

constexpr unsigned kMaxDepth = 256;

// Never destroyed: threads may emit after static destruction.
union NoHooks {
  constexpr NoHooks() : list() {}
  ~NoHooks() {}
  HookList list;
};
constinit NoHooks no_hooks;

constinit thread_local bool this_thread_is_ending = false;

// Of all threads that are not ready. Never written.
constinit HookReading not_ready{{HookReading::kOpening}};

bool IsInBatch() noexcept {
  return this_hook_thread != nullptr && this_hook_thread->list() != nullptr;
}

}  // namespace

constinit thread_local HookThread* this_hook_thread = nullptr;
constinit thread_local HookReading* ready_hook_thread = &not_ready;
constinit CurrentHooks current_hooks{&no_hooks.list};

// Gives the thread's record back at its end. Destructors of thread_locals may
// emit after that: each of their batches then takes a record for itself.
class ThreadGuard {
 public:
  void Arm() noexcept { armed_ = true; }
  ~ThreadGuard() {
    this_thread_is_ending = true;
    ready_hook_thread = &not_ready;
    // Inside a batch if a callback called std::exit(): the record stays.
    if (armed_ && !IsInBatch()) {
      HookRegistry::Get().ReleaseThread(
          *std::exchange(this_hook_thread, nullptr));
    }
  }

 private:
  bool armed_ = false;
};

HookRegistry& HookRegistry::Get() noexcept {
  // Never destroyed: threads may emit after static destruction.
  alignas(HookRegistry) static std::byte memory[sizeof(HookRegistry)];
  static HookRegistry& registry = *new (memory) HookRegistry;
  return registry;
}

namespace {

// Made while there is one thread.
[[maybe_unused]] const HookRegistry& hooks_made_at_load = HookRegistry::Get();

}  // namespace

void HookRegistry::InChildOfFork() noexcept ABSL_NO_THREAD_SAFETY_ANALYSIS {
  for (auto* thread = Get().threads_; thread != nullptr;
       thread = thread->next) {
    if (thread == this_hook_thread) continue;
    // The record's thread is not in this process, and will never end the batch.
    // The record stays in use: the rest of it may be half changed.
    // relaxed: there is one thread.
    thread->reading.store(HookReading::kIdle, std::memory_order_relaxed);
  }
}

void HookRegistry::Toggle(const HookPtr& hook, bool enable) {
  if (IsInBatch()) {
    this_hook_thread->toggles.emplace_back(hook, enable);
    this_hook_thread->unsettled |= HookThread::kMustSettle;
  } else {
    Apply(hook, enable);
  }
}

void HookRegistry::Apply(const HookPtr& hook, bool enable) {
  std::list<HookList> unread;  // dies after the lock, with users' callbacks
  const MutexLock lock(mutex_);
  // relaxed: written under mutex_ only.
  const HookList& old =
      *current_hooks.published.load(std::memory_order_relaxed);
  if (old.Contains(hook) == enable) return;

  std::vector<HookPtr> hooks;
  hooks.reserve(old.hooks().size() + 1);
  std::copy_if(old.hooks().begin(), old.hooks().end(),
               std::back_inserter(hooks),
               [&](const HookPtr& other) { return other != hook; });
  if (enable) hooks.push_back(hook);

  const HookList& list =
      lists_.emplace_back(std::move(hooks), old.number() + 1);
  // [H1] Before the loads of `reading`.
  current_hooks.published.store(&list, std::memory_order_release);
  base::HeavyFence();
  wanted_events.Set(kEventBits, list.wanted());
  unread = TakeUnread();
}

std::list<HookList> HookRegistry::TakeUnread() noexcept {
  std::list<HookList> unread;
  for (auto list = lists_.begin(); list != lists_.end();) {
    const auto next = std::next(list);
    // relaxed: written under mutex_ only.
    const bool kept =
        &*list == current_hooks.published.load(std::memory_order_relaxed) ||
        IsRead(*list);
    if (!kept) unread.splice(unread.end(), lists_, list);
    list = next;
  }
  return unread;
}

bool HookRegistry::IsRead(const HookList& list) noexcept {
  // relaxed: written under mutex_ only.
  const std::uint64_t newest =
      current_hooks.published.load(std::memory_order_relaxed)->number();
  bool is_read = false;
  for (auto* thread = threads_; thread != nullptr; thread = thread->next) {
    // [H1] [H2] After the fence in the Apply() that published the newest list.
    const std::uintptr_t reading =
        thread->reading.load(std::memory_order_acquire);
    if (reading == HookReading::kOpening) {
      if (list.number() >= thread->opens_from) is_read = true;
      continue;
    }
    // What it opens after this takes the newest list, or one that is newer.
    thread->opens_from = newest;
    if (reading == reinterpret_cast<std::uintptr_t>(&list)) is_read = true;
  }
  return is_read;
}

bool HookRegistry::IsRead(const HookPtr& hook) {
  const MutexLock lock(mutex_);
  // A list that is not among these is freed: nobody reads it.
  for (const HookList& list : lists_) {
    if (list.Contains(hook) && IsRead(list)) return true;
  }
  return false;
}

void HookRegistry::Wait(const HookPtr& hook) {
  if (IsInBatch()) return;
  // Callbacks are short and this is rare: no emitter should pay for waking us.
  while (IsRead(hook)) std::this_thread::yield();
  std::list<HookList> unread;  // dies after the lock, with users' callbacks
  const MutexLock lock(mutex_);
  unread = TakeUnread();
}

void HookRegistry::DisableAndWait(const HookPtr& hook) {
  Disable(hook);
  Wait(hook);
}

void HookRegistry::Retire(const HookPtr& hook) noexcept {
  // Mute() stops calls that have not started; Wait() is for the rest.
  hook->Mute();
  try {
    Disable(hook);
  } catch (const std::bad_alloc&) {
    // The hook stays in the list, muted.
  }
  Wait(hook);
}

HookThread& HookRegistry::AcquireThread() noexcept {
  const MutexLock lock(mutex_);
  for (auto* thread = threads_; thread != nullptr; thread = thread->next) {
    if (!std::exchange(thread->in_use, true)) return *thread;
  }
  auto* made = new (std::nothrow) HookThread;
  if (made == nullptr) {
    WEFT_CHECK(reserve_used_ < reserve_.size(),
               "no memory for hooks to call, for one thread after another");
    made = &reserve_[reserve_used_++];
  }
  made->next = threads_;
  threads_ = made;
  return *made;
}

void HookRegistry::ReleaseThread(HookThread& thread) {
  const MutexLock lock(mutex_);
  thread.in_use = false;
}

HookThread& HookBatch::AttachThread() noexcept {
  HookThread& thread = HookRegistry::Get().AcquireThread();
  this_hook_thread = &thread;
  if (this_thread_is_ending) {
    thread.unsettled = HookThread::kMustSettle;
  } else {
    static thread_local ThreadGuard guard;
    guard.Arm();
  }
  return thread;
}

HookThread& HookBatch::OpenSlowly() noexcept {
  HookThread& thread =
      this_hook_thread != nullptr ? *this_hook_thread : AttachThread();
  if (thread.list() != nullptr) {
    EnterNested(thread);
  } else {
    Open<&base::LightFence>(thread);
  }
  if (base::LightFenceIsFree() && !this_thread_is_ending) {
    ready_hook_thread = &thread;
  }
  return thread;
}

void HookBatch::EnterNested(HookThread& thread) noexcept {
  thread.unsettled += HookThread::kNested;
  WEFT_CHECK(thread.unsettled < kMaxDepth * HookThread::kNested,
             "hook callbacks are nested 256 deep: a callback that makes or "
             "runs a resource is called for that one too; have it leave its "
             "own resources alone");
}

void HookBatch::Leave(HookThread& thread) noexcept {
  if (thread.unsettled >= HookThread::kNested) {
    thread.unsettled -= HookThread::kNested;
    return;
  }
  // [H2] What the callbacks did happens before a thread that sees this goes on.
  thread.reading.store(HookReading::kIdle, std::memory_order_release);
  thread.unsettled = this_thread_is_ending ? HookThread::kMustSettle : 0;
  for (const auto& [hook, enable] : std::exchange(thread.toggles, {})) {
    HookRegistry::Get().Apply(hook, enable);
  }
  // A batch that the toggles caused may have done so already.
  if (this_thread_is_ending && this_hook_thread != nullptr) {
    this_hook_thread->unsettled = 0;
    HookRegistry::Get().ReleaseThread(
        *std::exchange(this_hook_thread, nullptr));
  }
}

}  // namespace weft::hooks_internal
