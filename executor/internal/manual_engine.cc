// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

#include "weft/executor/internal/manual_engine.h"

#include "weft/executor/errors.h"
#include "weft/executor/internal/isolate.h"
#include "weft/executor/internal/parker.h"
#include "weft/executor/internal/scheduling_events.h"
#include "weft/executor/internal/thread_state.h"

namespace weft::executor_internal {

using context_internal::MutexLock;

void ManualEngine::Ended() noexcept {
  accepted().Finish();
  // Who waits must see if nothing is left.
  const MutexLock lock(mutex_);
  sleepers_.WakeAll();
  sleepers_ = {};
}

void ManualEngine::Push(Task& task, Turn turn) {
  const MutexLock lock(mutex_);
  task.set_turn(turn);
  (turn == Turn::kNext ? first_ : queue_).Push(task);
  if (Waiter* const sleeper = sleepers_.TakeOne()) sleeper->parker.Unpark();
}

Task* ManualEngine::Take(const Completion* completion) {
  const auto wanted = [completion](const Task& task) {
    return completion == nullptr || task.completes() == completion;
  };
  Task* const task = first_.PopOldest(wanted);
  return task != nullptr ? task : queue_.PopOldest(wanted);
}

std::size_t ManualEngine::DropQueued() noexcept {
  TaskQueue dropped;
  {
    const MutexLock lock(mutex_);
    while (Task* const task = Take(nullptr)) dropped.Push(*task);
  }
  const std::size_t count = dropped.size();
  // None has been run by who waits for it: here that is who runs the queue.
  while (Task* const task = dropped.PopOldest()) DropAccepted(*task);
  return count;
}

void ManualEngine::RunHere(Task& task) noexcept {
  // The thread may be a worker of another executor, not of this one.
  const WorkerScope no_worker(nullptr, nullptr);
  Isolate([&] { Run(task); });
}

bool ManualEngine::RunOne() {
  Task* task = nullptr;
  {
    const MutexLock lock(mutex_);
    task = Take(nullptr);
  }
  if (task == nullptr) return false;
  RunHere(*task);
  return true;
}

std::size_t ManualEngine::queued() {
  const MutexLock lock(mutex_);
  return first_.size() + queue_.size();
}

void ManualEngine::HelpUntil(Completion& completion, Awaited whose,
                             WaitHelps helps, WaitKind,
                             const WaitDeadline& deadline) {
  Parker& parker = Parker::OfThisThread();
  while (!completion.done() && !HasPassed(deadline)) {
    if (RunDeferredJob()) continue;
    Waiter for_work(parker);
    Task* task = nullptr;
    bool stuck = false;
    {
      const MutexLock lock(mutex_);
      task = Take(helps == WaitHelps::kOwnTasks ? &completion : nullptr);
      // Is all that was accepted on this very stack, or may not run now?
      stuck =
          task == nullptr && whose == Awaited::kOfThisEngine &&
          accepted().pending() == CountInside() + queue_.size() + first_.size();
      if (task == nullptr && !stuck) sleepers_.Add(for_work);
    }
    if (task != nullptr) {
      RunHere(*task);
      continue;
    }
    if (stuck) {
      if (deadline.has_value()) return;
      throw DeadlockError(
          "ManualExecutor: a wait that cannot end: nothing is left to run, and "
          "what is waited for has not happened");
    }
    Waiter for_completion(parker);
    if (completion.AddWaiter(for_completion)) {
      EmitWorkerEvent(HookEvent::kPark, [this] { return worker_id(); });
      parker.ParkUntil(deadline);
      EmitWorkerEvent(HookEvent::kUnpark, [this] { return worker_id(); });
      completion.RemoveWaiter(for_completion);
    }
    const MutexLock lock(mutex_);
    if (for_work.listed) {
      sleepers_.Remove(for_work);
    } else if (queue_.size() + first_.size() > 0) {
      // Woken to run a task that it may now leave: somebody else must.
      if (Waiter* const other = sleepers_.TakeOne()) other->parker.Unpark();
    }
  }
}

}  // namespace weft::executor_internal
