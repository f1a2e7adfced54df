// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/hooks/internal/hook_registry.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <new>
#include <thread>

#include "weft/context/internal/check.h"
#include "weft/hooks/internal/wanted_events.h"

namespace weft::hooks_internal {

using context_internal::MutexLock;

namespace {

constexpr int kMaxDepth = 256;

std::uint32_t WantedBits(const HookCallbacks& callbacks) noexcept {
  const auto bit = [](const auto& callback, HookEvent event) {
    return callback ? EventBit(event) : 0u;
  };
  return bit(callbacks.init, HookEvent::kInit) |
         bit(callbacks.before, HookEvent::kBefore) |
         bit(callbacks.after, HookEvent::kAfter) |
         bit(callbacks.destroy, HookEvent::kDestroy) |
         bit(callbacks.promise_resolve, HookEvent::kPromiseResolve) |
         bit(callbacks.enqueue, HookEvent::kEnqueue) |
         bit(callbacks.start, HookEvent::kStart) |
         bit(callbacks.worker_start, HookEvent::kWorkerStart) |
         bit(callbacks.worker_stop, HookEvent::kWorkerStop) |
         bit(callbacks.park, HookEvent::kPark) |
         bit(callbacks.unpark, HookEvent::kUnpark);
}

bool Contains(const HookList& list, const HookPtr& hook) noexcept {
  return std::find(list.begin(), list.end(), hook) != list.end();
}

// The calling thread's record; null before its first batch, and outside of
// batches once the thread is ending.
constinit thread_local HookThread* this_thread = nullptr;
constinit thread_local bool this_thread_is_ending = false;

bool IsInBatch() noexcept {
  return this_thread != nullptr && this_thread->depth > 0;
}

}  // namespace

// Gives the thread's record back at its end. Destructors of thread_locals may
// emit after that: each of their batches then takes a record for itself.
class ThreadGuard {
 public:
  void Arm() noexcept { armed_ = true; }
  ~ThreadGuard() {
    this_thread_is_ending = true;
    // Inside a batch if a callback called std::exit(): the record stays.
    if (armed_ && !IsInBatch()) {
      HookRegistry::Get().ReleaseThread(*std::exchange(this_thread, nullptr));
    }
  }

 private:
  bool armed_ = false;
};

Hook::Hook(HookCallbacks hook_callbacks, HookOptions hook_options)
    : callbacks(std::move(hook_callbacks)),
      options(std::move(hook_options)),
      wanted(WantedBits(callbacks)) {}

HookRegistry& HookRegistry::Get() noexcept {
  // Never destroyed: threads may emit after static destruction.
  alignas(HookRegistry) static std::byte memory[sizeof(HookRegistry)];
  static HookRegistry& registry = *new (memory) HookRegistry;
  return registry;
}

void HookRegistry::Toggle(const HookPtr& hook, bool enable) {
  if (IsInBatch()) {
    this_thread->toggles.emplace_back(hook, enable);
  } else {
    Apply(hook, enable);
  }
}

void HookRegistry::Apply(const HookPtr& hook, bool enable) {
  std::list<HookList> unread;  // dies after the lock, with users' callbacks
  const MutexLock lock(mutex_);
  // relaxed: written under mutex_ only.
  const HookList* const old = current_.load(std::memory_order_relaxed);
  if ((old != nullptr && Contains(*old, hook)) == enable) return;

  std::list<HookList> next(1);
  next.front().reserve((old == nullptr ? 0 : old->size()) + 1);
  if (old != nullptr) {
    std::copy_if(old->begin(), old->end(), std::back_inserter(next.front()),
                 [&](const HookPtr& other) { return other != hook; });
  }
  if (enable) next.front().push_back(hook);
  std::uint32_t bits = 0;
  for (const HookPtr& each : next.front()) bits |= each->wanted;

  lists_.splice(lists_.end(), next);
  // [H1] Before the loads of `reading`.
  current_.store(&lists_.back(), std::memory_order_seq_cst);
  // relaxed: a hint; whoever must see it is ordered after this call by other
  // means.
  wanted_events.bits.store(bits, std::memory_order_relaxed);
  unread = TakeUnread();
}

std::list<HookList> HookRegistry::TakeUnread() noexcept {
  std::list<HookList> unread;
  for (auto list = lists_.begin(); list != lists_.end();) {
    const auto next = std::next(list);
    // relaxed: written under mutex_ only.
    const bool kept =
        &*list == current_.load(std::memory_order_relaxed) ||
        std::any_of(threads_.begin(), threads_.end(), [&](const auto& thread) {
          // [H1] [H2] After the store to `current_`.
          return thread->reading.load(std::memory_order_seq_cst) == &*list;
        });
    if (!kept) unread.splice(unread.end(), lists_, list);
    list = next;
  }
  return unread;
}

bool HookRegistry::IsRead(const HookPtr& hook) {
  const MutexLock lock(mutex_);
  for (const std::unique_ptr<HookThread>& thread : threads_) {
    // [H1] [H2] After the store to `current_`.
    const HookList* const reading =
        thread->reading.load(std::memory_order_seq_cst);
    // A list that is not among ours is freed, and its reader about to see so.
    for (const HookList& list : lists_) {
      if (&list == reading && Contains(list, hook)) return true;
    }
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
  // relaxed: stops what has not started; Wait() is for the rest.
  hook->muted.store(true, std::memory_order_relaxed);
  try {
    Disable(hook);
  } catch (const std::bad_alloc&) {
    // It stays in the list, mute.
  }
  Wait(hook);
}

HookThread& HookRegistry::AcquireThread() {
  const MutexLock lock(mutex_);
  for (const std::unique_ptr<HookThread>& thread : threads_) {
    if (!thread->in_use) {
      thread->in_use = true;
      return *thread;
    }
  }
  threads_.push_back(std::make_unique<HookThread>());
  return *threads_.back();
}

void HookRegistry::ReleaseThread(HookThread& thread) {
  const MutexLock lock(mutex_);
  thread.in_use = false;
}

HookBatch::HookBatch() noexcept
    : thread_(this_thread != nullptr ? *this_thread
                                     : HookRegistry::Get().AcquireThread()) {
  if (this_thread == nullptr) {
    this_thread = &thread_;
    if (!this_thread_is_ending) {
      static thread_local ThreadGuard guard;
      guard.Arm();
    }
  }
  WEFT_CHECK(thread_.depth < kMaxDepth,
             "hook callbacks are nested 256 deep: a callback that makes or "
             "runs a resource is called for that one too; have it leave its "
             "own resources alone");
  if (thread_.depth++ > 0) return;

  const std::atomic<const HookList*>& current = HookRegistry::Get().current_;
  // [H1] Announce a list, then see whether it still is the list.
  const HookList* list = current.load(std::memory_order_seq_cst);
  for (;;) {
    thread_.reading.store(list, std::memory_order_seq_cst);
    const HookList* const now = current.load(std::memory_order_seq_cst);
    if (now == list) return;
    list = now;
  }
}

HookBatch::~HookBatch() {
  if (--thread_.depth > 0) return;
  // [H2] What the callbacks did happens before whoever sees this.
  thread_.reading.store(nullptr, std::memory_order_release);
  for (const auto& [hook, enable] : std::exchange(thread_.toggles, {})) {
    HookRegistry::Get().Apply(hook, enable);
  }
  // Unless a batch that the toggles caused has done so.
  if (this_thread_is_ending && this_thread != nullptr) {
    HookRegistry::Get().ReleaseThread(*std::exchange(this_thread, nullptr));
  }
}

std::span<const HookPtr> HookBatch::hooks() const noexcept {
  // relaxed: this thread's own store.
  const HookList* const list = thread_.reading.load(std::memory_order_relaxed);
  if (list == nullptr) return {};
  return *list;
}

}  // namespace weft::hooks_internal
