// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The enabled hooks of the process, as an immutable list that is replaced, not
// changed.
//
// A thread that emits takes the list once and keeps it until its outermost
// batch of callbacks has ended: hooks are frozen meanwhile, and what callbacks
// enable or disable is put off until then. It announces the list it reads in a
// record of its own (a hazard pointer: M. Michael, "Hazard Pointers: Safe
// Memory Reclamation for Lock-Free Objects", IEEE TPDS 15(6), 2004), by which
// writers know which lists may be freed, and when a disabled hook is at rest.
//
// Edges:
//   [H1] A reader stores kOpening in its record's `reading`, makes a
//        LightFence(), then loads `current_hooks`; a writer stores
//        `current_hooks`, makes a HeavyFence(), then loads every `reading`. One
//        of the two sees the other (asymmetric_fence.h): the reader takes the
//        new list, or the writer sees that the reader may have taken the old
//        one. Next the reader stores which list it has taken: until then it is
//        taken to read each list that was current at some time since a writer
//        last saw it do anything else (`opens_from`). So it keeps an old list
//        for two instructions, or as long as it is not scheduled; the batches
//        that it opens after that keep none. The store of `current_hooks` is a
//        release and the reader's load of it an acquire, which hands over the
//        list's contents. Breaks without the fences: both miss, and the list is
//        freed under its reader. Tests: AsyncHookStressTest.TogglesUnderLoad,
//        AsyncHookStressTest.ABatchThatOpensLaterKeepsNothing.
//   [H2] A reader's release store to `reading`, of kIdle when its batch ends or
//        of the list of a later batch, <-> the writer's acquire load of it: all
//        that callbacks did happens before the list is freed and before
//        DisableAndWait() returns. A writer draws no conclusion from kOpening,
//        so the store of that releases nothing. Breaks if weakened: callbacks
//        race with the destruction of what they use.
//        Test: AsyncHookStressTest.NothingRunsAfterDisableAndWait.

#ifndef WEFT_HOOKS_INTERNAL_HOOK_REGISTRY_H_
#define WEFT_HOOKS_INTERNAL_HOOK_REGISTRY_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/asymmetric_fence.h"
#include "weft/base/sync/mutex.h"
#include "weft/base/threads/at_fork.h"
#include "weft/hooks/internal/hook_list.h"
#include "weft/hooks/resource.h"

namespace weft::hooks_internal {

// A destroy event that is put off, with a copy of the resource.
struct PendingDestroy {
  explicit PendingDestroy(const Resource& gone)
      : type(gone.type()),
        resource(type, gone.async_id(), gone.trigger_async_id(),
                 gone.source_location()) {}

  const std::string type;
  Resource resource;
};

// A hook that skips nested events and whose callback is on a thread's stack,
// innermost first.
struct RunningHook {
  const Hook* hook;
  const RunningHook* outer;
};

// What a thread reads: nothing; whichever list is current, as a batch is about
// to open; or the list at that address.
struct HookReading {
  static constexpr std::uintptr_t kIdle = 0;
  static constexpr std::uintptr_t kOpening = 1;

  std::atomic<std::uintptr_t> reading{kIdle};
};

// The state of one thread for hooks. All but `reading` and what the registry's
// mutex guards is accessed by that thread only.
struct alignas(64) HookThread : HookReading {
  // Returns the list of the batch that is open; null: none is.
  const HookList* list() const noexcept {
    // relaxed: this thread's own store.
    return reinterpret_cast<const HookList*>(
        reading.load(std::memory_order_relaxed));
  }

  bool in_destroy = false;
  // These are guarded by the registry's mutex.
  bool in_use = true;
  HookThread* next = nullptr;
  // The number of the oldest list that the thread may take where it opens a
  // batch: that of the newest when a writer last saw it open none.
  std::uint64_t opens_from = 0;
  // kNested for each batch open inside the outermost, and kMustSettle if there
  // is something to do when that ends: mostly 0, and then a batch just ends.
  unsigned unsettled = 0;
  static constexpr unsigned kMustSettle = 1;
  static constexpr unsigned kNested = 2;
  const RunningHook* running = nullptr;
  std::vector<std::pair<HookPtr, bool>> toggles = {};  // put off; true: enable
  std::list<PendingDestroy> destroys = {};
};

// The calling thread's record; null before its first batch, and outside of
// batches once the thread is ending.
extern constinit thread_local HookThread* this_hook_thread;

// The same where a batch may open at once: the thread has a record, light
// fences are free, and the thread is not ending. Otherwise this is no
// HookThread, and never idle, so that one question tells what is to be done.
extern constinit thread_local HookReading* ready_hook_thread;

// Never null. Written when hooks are enabled and disabled, under the registry's
// mutex.
struct alignas(64) CurrentHooks {
  std::atomic<const HookList*> published;
};
extern constinit CurrentHooks current_hooks;

// Thread-safe.
class HookRegistry {
 public:
  static HookRegistry& Get() noexcept;

  void Enable(const HookPtr& hook) { Toggle(hook, true); }
  void Disable(const HookPtr& hook) { Toggle(hook, false); }
  void DisableAndWait(const HookPtr& hook);
  // DisableAndWait() for a hook whose owner is destroyed: it cannot fail, and
  // no callback starts any more even where it does not wait.
  void Retire(const HookPtr& hook) noexcept;

 private:
  friend class HookBatch;
  friend class ThreadGuard;

  HookRegistry() = default;
  static void InChildOfFork() noexcept;

  void Toggle(const HookPtr& hook, bool enable);
  // Publishes a list with `hook` at its end, or without it.
  void Apply(const HookPtr& hook, bool enable) ABSL_LOCKS_EXCLUDED(mutex_);
  void Wait(const HookPtr& hook) ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsRead(const HookPtr& hook) ABSL_LOCKS_EXCLUDED(mutex_);
  // True if a thread reads the list, or may be about to. Once it is false for a
  // list that is not current, it stays so.
  bool IsRead(const HookList& list) noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Moves out the lists that no thread reads, to be destroyed without the lock.
  std::list<HookList> TakeUnread() noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Takes a record from the reserve where there is no memory for one: an event
  // cannot fail.
  HookThread& AcquireThread() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  void ReleaseThread(HookThread& thread) ABSL_LOCKS_EXCLUDED(mutex_);

  base::Mutex mutex_;
  // The current list and those that may still be read; a list here never
  // changes.
  std::list<HookList> lists_ ABSL_GUARDED_BY(mutex_);
  // The newest record; each is kept for ever, for another thread to use.
  HookThread* threads_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::array<HookThread, 16> reserve_ ABSL_GUARDED_BY(mutex_);
  std::size_t reserve_used_ ABSL_GUARDED_BY(mutex_) = 0;
  const base::AtFork at_fork_{mutex_, InChildOfFork};
};

// One batch: the calls that one event makes. The list stays the same inside.
//
// Inline for the outermost batch of a thread that is ready; all else is out of
// line.
class HookBatch {
 public:
  [[gnu::always_inline]] HookBatch() noexcept {
    HookReading* const ready = ready_hook_thread;
    // relaxed: this thread's own store.
    if (ready->reading.load(std::memory_order_relaxed) != HookReading::kIdle)
        [[unlikely]] {
      thread_ = &OpenSlowly();
      list_ = thread_->list();
      return;
    }
    thread_ = static_cast<HookThread*>(ready);
    list_ = Open<&base::FreeLightFence>(*thread_);
  }
  HookBatch(const HookBatch&) = delete;
  HookBatch& operator=(const HookBatch&) = delete;
  [[gnu::always_inline]] ~HookBatch() {
    if (thread_->unsettled != 0) [[unlikely]] {
      Leave(*thread_);
      return;
    }
    // [H2] What the callbacks did happens before a thread that sees this goes
    // on.
    thread_->reading.store(HookReading::kIdle, std::memory_order_release);
  }

  HookThread& thread() const noexcept { return *thread_; }
  const HookList& list() const noexcept { return *list_; }

 private:
  // Takes the current list. `kFence` is LightFence(), or does what that does.
  template <void (*kFence)() noexcept>
  [[gnu::always_inline]] static const HookList* Open(
      HookThread& thread) noexcept {
    // relaxed: see [H1] and [H2].
    thread.reading.store(HookReading::kOpening, std::memory_order_relaxed);
    kFence();
    // [H1]
    const HookList* const list =
        current_hooks.published.load(std::memory_order_acquire);
    // [H1] [H2]
    thread.reading.store(reinterpret_cast<std::uintptr_t>(list),
                         std::memory_order_release);
    return list;
  }
  // Opens a nested batch, or one of a thread that is not ready.
  static HookThread& OpenSlowly() noexcept;
  static void EnterNested(HookThread& thread) noexcept;
  static HookThread& AttachThread() noexcept;
  // Ends a nested batch, or one after which toggles are to be applied or the
  // record is to be left.
  static void Leave(HookThread& thread) noexcept;

  HookThread* thread_;
  const HookList* list_;
};

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_HOOK_REGISTRY_H_
