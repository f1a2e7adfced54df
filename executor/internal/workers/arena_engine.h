// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The engine of `Executor`: a set of workers on oneTBB's threads.
//
// oneTBB owns the threads: a worker gets one as a task, a WorkerTask, in a
// tbb::task_arena, when there is work for it; it keeps the thread while there
// is, and for a while longer (ExecutorOptions::linger), as waking a sleeping
// thread is cheaper than having oneTBB wake one; then the task ends, and the
// thread goes back to oneTBB, whose own algorithms may use it.
//
// Spare workers, which go on where others wait, have threads of the engine's
// own: an arena with slots for them asks oneTBB for all of its threads at once
// whenever work is put in, and oneTBB has 256 in all.
//
// Edges:
//   [E1] Ticket::Use() <-> Ticket::TakeBack(): one read-modify-write each, so
//        one of them wins; acq_rel, and Offer()'s release, though oneTBB hands
//        over what the worker task needs. Breaks if weakened: nothing. If they
//        were no exchange: two threads work for one worker. Test:
//        ThreadLimitTest.

#ifndef WEFT_EXECUTOR_INTERNAL_WORKERS_ARENA_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_WORKERS_ARENA_ENGINE_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tbb/task_arena.h"
#include "weft/base/threads/owned_threads.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/engine/engine_threads.h"
#include "weft/executor/internal/workers/thread_budget.h"
#include "weft/executor/internal/workers/worker_set.h"

namespace weft::executor_internal {

// Thread-safe.
class ArenaEngine final : public Engine,
                          private EngineThreads,
                          private WorkerSet::Recruiter {
 public:
  // Throws std::invalid_argument for an option out of its range.
  explicit ArenaEngine(const ExecutorOptions& options);

  void Submit(QueuedTask& task, QueuePosition position) override;
  void QueueFork(Job& job) noexcept override;
  std::uint64_t CountAccepted() const noexcept override;
  QueuedTasks CountQueued() const noexcept override;
  std::size_t CountInAdvance() const noexcept override;

 private:
  class Ticket;
  class WorkerTask;
  class Deferred;

  // Returns its worker that the calling thread stands for, null if none.
  Worker* Here() const noexcept;
  // SubmitOutside() is Submit() by any thread that stands for none.
  // AcceptHere() and PushHere() are Accept() and Push() by that worker,
  // AcceptOutside() is Accept() by any other thread.
  void SubmitOutside(QueuedTask& task, QueuePosition position);
  // Submit() by that worker, if nothing is in the way of it; and in general.
  void SubmitHere(Worker& here, QueuedTask& task, QueuePosition position);
  void SubmitInSteps(Worker& here, QueuedTask& task, QueuePosition position);
  // Queues a task that has been accepted, and for which the deque must grow.
  static void PushInSteps(Worker& here, QueuedTask& task) noexcept;
  Accepted AcceptHere(Worker& here) noexcept;
  Accepted AcceptOutside();
  static void PushHere(Worker& here, QueuedTask& task,
                       QueuePosition position) noexcept;

  void Reserve() override;
  Accepted Accept(QueuePosition position) override;
  void Ended() noexcept override;
  void Push(QueuedTask& task, QueuePosition position) override;
  std::size_t DropQueued() noexcept override;
  void WaitUntilLeft() noexcept override;

  // Queues them as one job: they keep their order, and no two run at once.
  // Without memory for that, queues them one by one.
  void QueueTogether(TaskQueue& tasks) noexcept override;

  std::unique_ptr<WorkerSetMember> Make(int index) override;
  bool Recruit(int index) noexcept override;
  bool RecruitFromTbb(Worker& worker) noexcept;
  // The body of the thread that has been recruited.
  void Work(Worker& worker) noexcept;

  int worker() const noexcept override;
  int concurrency() const noexcept override {
    return workers_.size() - budget_->granted() + budget_->available();
  }
  bool CanGoOn() const noexcept override { return workers_.gate.CanGoOn(); }
  void Reconsider() noexcept override {
    if (workers_.HasWork()) workers_.WakeOne();
  }
  ThreadStats stats() const noexcept override;
  [[noreturn]] void ThrowWaitLimit() const override;

  const std::string thread_name_;
  const std::chrono::nanoseconds linger_;
  const int max_spare_threads_;
  std::optional<ThreadShare> budget_;  // until the last worker task has left
  // Threads of spare workers, and of those for which oneTBB has none.
  base::OwnedThreads own_threads_{"Executor"};
  tbb::task_arena arena_;
  std::atomic<bool> wants_threads_{false};  // or else memory, the last time
  WorkerSet workers_;
  // For each worker that oneTBB has a thread for; null: oneTBB failed to give
  // one.
  std::vector<std::shared_ptr<Ticket>> tickets_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_WORKERS_ARENA_ENGINE_H_
