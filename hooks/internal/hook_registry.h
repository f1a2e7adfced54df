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
//   [H1] A reader stores its record's `reading`, then loads `current_`; a
//   writer
//        stores `current_`, then loads every `reading`. All four are seq_cst,
//        so one of the two sees the other: the reader takes the new list, or
//        the writer sees that the old one is being read. The same accesses hand
//        the list's contents to the reader. Breaks if weakened: both miss, and
//        the list is freed under its reader. Test:
//        AsyncHookStressTest.TogglesUnderLoad.
//   [H2] A reader's release store of null to `reading`, when its batch ends,
//        <-> the writer's load of it: all that callbacks did happens before the
//        list is freed and before DisableAndWait() returns. Breaks if weakened:
//        callbacks race with the destruction of what they use.
//        Test: AsyncHookStressTest.NothingRunsAfterDisableAndWait.

#ifndef WEFT_HOOKS_INTERNAL_HOOK_REGISTRY_H_
#define WEFT_HOOKS_INTERNAL_HOOK_REGISTRY_H_

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/context/internal/mutex.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/hook_callbacks.h"

namespace weft::hooks_internal {

// Immutable, but for `muted`. Thread-safe.
struct Hook {
  Hook(HookCallbacks hook_callbacks, HookOptions hook_options);

  const HookCallbacks callbacks;
  const HookOptions options;
  const std::uint32_t wanted;      // EventBit() of each callback there is
  std::atomic<bool> muted{false};  // no callback may start any more
};

using HookPtr = std::shared_ptr<Hook>;
using HookList = std::vector<HookPtr>;  // in the order of their enabling

// A destroy event put off.
struct PendingDestroy {
  AsyncId async_id;
  std::string type;
};

// The hooks whose callbacks are on a thread's stack, innermost first.
struct RunningHook {
  const Hook* hook;
  const RunningHook* outer;
};

// What one thread is doing with hooks. All but `reading` is the thread's own.
struct HookThread {
  std::atomic<const HookList*> reading{nullptr};
  bool in_use = true;  // guarded by the registry's mutex
  int depth = 0;       // batches open
  std::vector<std::pair<HookPtr, bool>> toggles = {};  // put off; true: enable
  bool in_destroy = false;
  std::vector<PendingDestroy> destroys = {};
  const RunningHook* running = nullptr;
};

// Thread-safe.
class HookRegistry {
 public:
  static HookRegistry& Get() noexcept;

  void Enable(const HookPtr& hook) { Toggle(hook, true); }
  void Disable(const HookPtr& hook) { Toggle(hook, false); }
  void DisableAndWait(const HookPtr& hook);
  // DisableAndWait() for a hook whose owner goes away: cannot fail, and no
  // callback starts any more even where it does not wait.
  void Retire(const HookPtr& hook) noexcept;

 private:
  friend class HookBatch;
  friend class ThreadGuard;

  HookRegistry() = default;

  void Toggle(const HookPtr& hook, bool enable);
  // Publishes a list with `hook` at its end, or without it.
  void Apply(const HookPtr& hook, bool enable) ABSL_LOCKS_EXCLUDED(mutex_);
  void Wait(const HookPtr& hook) ABSL_LOCKS_EXCLUDED(mutex_);
  bool IsRead(const HookPtr& hook) ABSL_LOCKS_EXCLUDED(mutex_);
  // Moves out the lists that nobody reads: to be destroyed without the lock.
  std::list<HookList> TakeUnread() noexcept
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  HookThread& AcquireThread() ABSL_LOCKS_EXCLUDED(mutex_);
  void ReleaseThread(HookThread& thread) ABSL_LOCKS_EXCLUDED(mutex_);

  std::atomic<const HookList*> current_{nullptr};  // written under mutex_
  context_internal::Mutex mutex_;
  // `current_` and those that may still be read; never changed once here.
  std::list<HookList> lists_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<HookThread>> threads_ ABSL_GUARDED_BY(mutex_);
};

// One batch: the calls that one event makes. Inside, the list stands still.
class HookBatch {
 public:
  HookBatch() noexcept;
  HookBatch(const HookBatch&) = delete;
  HookBatch& operator=(const HookBatch&) = delete;
  ~HookBatch();

  HookThread& thread() const noexcept { return thread_; }
  std::span<const HookPtr> hooks() const noexcept;

 private:
  HookThread& thread_;
};

}  // namespace weft::hooks_internal

#endif  // WEFT_HOOKS_INTERNAL_HOOK_REGISTRY_H_
