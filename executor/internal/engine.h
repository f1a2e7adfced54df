// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What stands behind every executor: what may be submitted to it, what running
// a job means, and how a thread waits. Where jobs are queued, and who runs
// them, is the business of the engine derived from it.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>

#include "weft/executor/executor_options.h"
#include "weft/executor/internal/admission.h"
#include "weft/executor/internal/completion.h"
#include "weft/executor/internal/job.h"
#include "weft/executor/internal/submission.h"
#include "weft/executor/internal/task.h"
#include "weft/executor/internal/task_queue.h"
#include "weft/executor/internal/wait_deadline.h"
#include "weft/executor/on_shutdown.h"
#include "weft/executor/wait_helps.h"
#include "weft/hooks/worker_id.h"

namespace weft::executor_internal {

// Thread-safe.
//
// Shared by its executor and the futures and promises that belong to it; closed
// by the executor's destructor.
class Engine : public std::enable_shared_from_this<Engine> {
 public:
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  // All tasks must have ended.
  virtual ~Engine() = default;

  // See submission.h.
  void Submit(TaskPtr task, Turn turn);
  void Requeue(Task& task);
  void Announce(Task& task);
  bool AcceptAnnounced() noexcept { return accepted_.EnterAnnounced(); }
  void EnqueueAnnounced(Task& task) noexcept;
  static void Refuse(Task& task, std::exception_ptr why) noexcept;

  // Waits until all that was accepted has ended. Throws DeadlockError inside a
  // task of this engine.
  void Drain();

  // See Executor::Shutdown(). Returns how many queued tasks were dropped.
  std::size_t Shutdown(OnShutdown how);

  // Ends the engine, when it has been shut down: returns when no thread is in
  // it any more. Futures may keep the rest of it.
  void Close() noexcept {
    WaitUntilLeft();
    on_unhandled_exception_ = nullptr;
  }

  // Runs `job`, taken from a queue, to its end on the calling thread, and then
  // what it deferred.
  void Run(Job& job) noexcept;
  // See submission.h.
  void RunTaken(Task& task) noexcept;
  // Of what the jobs on this thread's stack have deferred, runs one; false if
  // there is nothing. A job that waits must not hold back what is to run after
  // it.
  static bool RunDeferredJob() noexcept;

  // Runs jobs, or sleeps, until `completion` is done or `deadline` has passed;
  // a job that it runs is run to its end. On a thread that runs a
  // job of this engine, or, if that has no threads of its own, on any.
  enum class Awaited { kOfThisEngine, kOfAnother };
  virtual void HelpUntil(Completion& completion, Awaited whose, WaitHelps helps,
                         WaitKind kind, const WaitDeadline& deadline) = 0;
  // This engine, if whoever waits for it must run its tasks, as it has no
  // threads of its own; else null.
  virtual Engine* outside_helper() noexcept = 0;
  // How many tasks may run at once.
  virtual int concurrency() const noexcept = 0;
  // The calling thread, which works for this engine.
  virtual int worker() const noexcept = 0;
  WorkerId worker_id() const noexcept { return {id_, worker()}; }

  // Is the calling thread inside a task of this engine?
  bool IsInside() const noexcept { return CountInside() > 0; }

  const Admission& accepted() const noexcept { return accepted_; }
  Admission& accepted() noexcept { return accepted_; }

  // See fork_join.h; only for engines that have workers.
  void AcceptFork();
  virtual void QueueFork(Job& job) noexcept = 0;

  // Takes back what a worker was admitted in advance and has not used.
  void ReturnAdmissions(std::size_t count) noexcept {
    if (count > 0) accepted_.Finish(count);
  }

  void HandleUnhandled(std::exception_ptr exception) noexcept;

 protected:
  // Throws std::invalid_argument for an option out of its range.
  explicit Engine(const ExecutorOptions& options);

  std::uint64_t id() const noexcept { return id_; }

  // Sees to it that a thread will come for what is queued by a thread that is
  // no worker; false if none can be had.
  virtual bool EnsureThread() noexcept = 0;
  // One task more; false if it must be refused.
  virtual bool Accept() noexcept = 0;
  // One that was accepted has ended.
  virtual void Ended() noexcept = 0;
  // Queues `task`. Throws std::bad_alloc if nobody could run it.
  virtual void Push(Task& task, Turn turn) = 0;
  // Drops what is queued, by DropAccepted(); returns how much.
  virtual std::size_t DropQueued() noexcept = 0;
  // Returns when no thread is in the engine any more.
  virtual void WaitUntilLeft() noexcept = 0;

  // Ends an accepted task unrun.
  void DropAccepted(Task& task) noexcept;
  // How many of the jobs on the calling thread's stack are this engine's?
  std::size_t CountInside() const noexcept;
  Admission::Caller CallerHere() const noexcept {
    return IsInside() ? Admission::Caller::kInside
                      : Admission::Caller::kOutside;
  }

 private:
  void Enqueue(Task& task, Turn turn);
  // Does its end end an accepted task?
  enum class Counted { kYes, kNo };
  void RunWithDeferred(Job& job, Counted counted) noexcept;
  void RunOne(Job& job, TaskQueue* deferred, Counted counted) noexcept;

  const std::uint64_t id_;                            // for hooks
  UnhandledExceptionHandler on_unhandled_exception_;  // until Close()
  Admission accepted_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_H_
