// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A thread of an executor that sleeps until something has happened.
//
// Such a thread runs nothing meanwhile, so its engine lets another thread go on
// in its place: as many threads run as the executor's concurrency says. That is
// Java's managed blocking (java.util.concurrent.ForkJoinPool.ManagedBlocker),
// and not the helping of other work-stealing libraries, which puts an unrelated
// task on the stack of the waiting one.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_BLOCKED_WAIT_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_BLOCKED_WAIT_H_

#include <atomic>
#include <optional>

#include "weft/base/sync/parker.h"
#include "weft/executor/internal/engine/wait_host.h"
#include "weft/executor/internal/task/scheduling_events.h"
#include "weft/executor/internal/task/thread_state.h"
#include "weft/hooks/resource.h"

namespace weft::executor_internal {

class Completion;
class EngineThreads;

// Says, from the stack of the calling thread, that the thread sleeps. It works
// for a thread that belongs to an engine, and runs a task or is between two;
// for other threads it does nothing. Hooks are called, and destructors may run,
// before it is made, and they may wait: the caller asks only afterwards for
// what wakes the thread.
class BlockedWait {
 public:
  // Throws DeadlockError if what is waited for waits for this thread.
  BlockedWait(base::Parker& parker, const WaitFor& what);
  BlockedWait(const BlockedWait&) = delete;
  BlockedWait& operator=(const BlockedWait&) = delete;
  ~BlockedWait();

  // True if the thread has been woken to give up. Call it after each wake-up.
  bool refused() const noexcept {
    // relaxed: ordered by the permit that comes with it.
    return refused_.load(std::memory_order_relaxed);
  }

  // For the host, under its lock.
  bool may_fail() const noexcept {
    return what_.may_fail == WaitFor::MayFail::kYes;
  }
  // True while the thread is about to look for what it waits for: before it
  // sleeps, and when it has been woken to do so. It is clear when the thread
  // sleeps.
  std::atomic<bool>& looks() noexcept { return looks_; }
  // True if the wait ends, or its thread looks for work, even if no other
  // thread of its host's engine runs anything.
  bool EndsElsewhere() const noexcept;
  void Refuse() noexcept {
    // relaxed: see refused().
    refused_.store(true, std::memory_order_relaxed);
    parker_.Unpark();
  }
  BlockedWait* next = nullptr;  // in the host's list
  BlockedWait* previous = nullptr;
  bool listed = false;

  // All such waits of the process.
  struct Registry;
  static Registry& GetRegistry() noexcept;
  // None of `other` can go on: makes the threads that wait for its tasks
  // reconsider.
  static void AskThoseWhoWaitFor(const EngineThreads& other) noexcept;

 private:
  // Throws DeadlockError if the wait closes a circle; else lists it.
  void Enlist();
  void Delist() noexcept;

  // Returns a wait, among those that `awaited` depends on, for a job of
  // `running`; null if there is none. Called under the registry's lock.
  static const BlockedWait* FindCircle(Registry& registry,
                                       const Completion& awaited,
                                       const RunningJob* running) noexcept;

  base::Parker& parker_;
  const WaitFor what_;
  WaitHost* const host_;
  const RunningJob* const running_;
  const Resource& resource_;         // the task that waits
  std::optional<ParkScope> parked_;  // if there is a host
  std::atomic<bool> refused_{false};
  std::atomic<bool> looks_;
  // Links of the registry's list.
  BlockedWait* newer_ = nullptr;
  BlockedWait* older_ = nullptr;
  BlockedWait* to_look_at_ = nullptr;
  unsigned long visited_ = 0;
  int forks_ = 0;  // fork() generation of the registry that lists it
};

// Throws DeadlockError if a job on this thread's stack must end before
// `completion` is done.
void ThrowIfWaitsForItself(const Completion& completion);

// Throws WaitLimitError, when a wait of the calling thread has been refused.
void ThrowWaitRefused();

// The waits of one host, newest first. Guarded by its owner's lock.
class BlockedWaits {
 public:
  void Add(BlockedWait& wait) noexcept;
  void Remove(BlockedWait& wait) noexcept;
  bool AnyEndsElsewhere() const noexcept;
  // Takes out the newest wait that may fail; null if there is none.
  BlockedWait* TakeOneThatMayFail() noexcept;

 private:
  BlockedWait* newest_ = nullptr;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_BLOCKED_WAIT_H_
