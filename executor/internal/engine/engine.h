// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What stands behind every executor: what may be submitted to it, what running
// a job means, and how a thread waits. Where jobs are queued, and who runs
// them, is the business of the engine derived from it.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_ENGINE_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>

#include "weft/base/fork_generation.h"
#include "weft/base/wait_deadline.h"
#include "weft/executor/executor_counts.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/internal/engine/admission.h"
#include "weft/executor/internal/engine/left_behind.h"
#include "weft/executor/internal/engine/used_timers.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/job.h"
#include "weft/executor/internal/task/limit_error.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/task/task_queue.h"
#include "weft/executor/internal/task/task_scope.h"
#include "weft/executor/internal/task/thread_state.h"
#include "weft/executor/shutdown.h"
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

  // These as in submission.h.
  virtual void Submit(TaskPtr&& task, QueuePosition position);
  void Requeue(QueuedTask& task);
  void Announce(QueuedTask& task);
  bool AcceptAnnounced() noexcept { return Enter(Admission::Caller::kInside); }
  // Returns false if it has been refused.
  virtual bool EnqueueAnnounced(QueuedTask& task,
                                QueuePosition position) noexcept;
  static void Refuse(QueuedTask& task, std::exception_ptr why) noexcept;
  // Would it accept a task from the calling thread?
  virtual bool AcceptsHere() const noexcept {
    return accepted_.Accepts(CallerHere());
  }

  // The first part of shutting down (shutdown.h), which does not wait; may be
  // called again. Returns how many queued tasks were dropped.
  std::size_t BeginShutdown(OnShutdown how);

  // For an executor that goes while tasks of `engine` run, one of which may be
  // the caller: it accepts nothing from outside any more, and when the last
  // task has ended it is closed and released, by whoever ended that. False,
  // with nothing done, if such an engine cannot outlive its executor.
  static bool Abandon(std::shared_ptr<Engine>& engine) noexcept;

  // Ends the engine, when it has been shut down: returns when no thread is in
  // it any more. Futures may keep the rest of it.
  void Close() noexcept {
    WaitUntilLeft();
    used_timers_.Leave();
    on_unhandled_exception_ = nullptr;
  }

  // Runs `job`, taken from a queue, to its end on the calling thread, and then
  // what it deferred. `completes`: what the job has said.
  void Run(Job& job, const Completion* completes) noexcept;
  void Run(Job& job) noexcept { Run(job, job.completes()); }
  // As in submission.h.
  virtual void RunTaken(QueuedTask& task) noexcept;
  // The same as Run() for a job that is run on the stack of one that waits for
  // it: what it has deferred, which is not waited for, is queued.
  void RunInWait(Job& job, const Completion* completes) noexcept;
  // Of its queued tasks that `completion` waits for, runs one on the calling
  // thread, if that may run its tasks; else false.
  virtual bool RunOwnQueued(const Completion&) noexcept { return false; }
  // Another engine, for whose tasks some of its threads wait, has no thread
  // left that goes on: if tasks are queued here, a wait may have to be refused.
  virtual void Reconsider() noexcept {}
  // Is the calling thread one that runs its tasks? Then a task on it may run
  // one that it waits for.
  virtual bool IsWorkedForHere() const noexcept { return false; }
  // Has what the jobs on this thread's stack have deferred queued: a job that
  // waits must not hold back what is to run after it.
  static void QueueDeferred() noexcept;

  // The engine whose tasks whoever waits for this one must run, as it has no
  // threads of its own: this one, or the one below. Else null.
  virtual Engine* outside_helper() noexcept = 0;
  // Of an `outside_helper()`: runs jobs, in their order, or sleeps, until
  // `completion`, of tasks of `awaited`, is done or `deadline` has passed.
  virtual void HelpUntil(Completion& completion, Engine& awaited,
                         const base::WaitDeadline& deadline);
  // Of an `outside_helper()`: has those who wait in HelpUntil() look again
  // whether anything is left that may end their wait.
  virtual void WakeHelpers() noexcept {}
  // Of one over its `outside_helper()`: has it accepted something that is
  // neither queued nor on the calling thread's stack, and so may end a wait for
  // `completion`? Whoever queues or ends that wakes the helpers.
  virtual bool HasElsewhere(const Completion&) noexcept { return false; }
  // The engine whose threads run its tasks: this one, or the one below.
  virtual Engine& lowest() noexcept { return *this; }
  // Does one of its threads run something, or could one? Takes no lock.
  virtual bool CanGoOn() const noexcept { return true; }
  // Throws WaitLimitError.
  virtual void ThrowWaitLimit() const;
  // Of its threads' waits.
  virtual WaitCounts wait_counts() const noexcept { return {}; }
  // How many tasks may run at once.
  virtual int concurrency() const noexcept = 0;
  // The calling thread, which works for this engine; -1 if it is no worker.
  virtual int worker() const noexcept = 0;
  virtual WorkerId worker_id() const noexcept { return {id_, worker()}; }
  // Has it no workers with queues for forks, so that who forks runs all?
  virtual bool runs_inline() const noexcept = 0;

  // Are its threads those of another process, from which fork() has led here?
  bool LeftBehind() noexcept {
    return base::ForkGeneration() != forks_ && outside_helper() == nullptr;
  }
  // Throws std::logic_error then.
  void CheckNotLeftBehind() {
    if (LeftBehind()) [[unlikely]]
      ThrowLeftBehind();
  }

  // Is the calling thread inside a task of this engine?
  bool IsInside() const noexcept { return CountInside() > 0; }
  // Or is it one of its threads, between two tasks?
  bool IsItsThread() const noexcept;
  // Before a wait for a task of this engine: throws DeadlockError if none can
  // run before the calling one has ended.
  void CheckWait() const;
  // The same as a question.
  virtual bool MayWait() const noexcept { return true; }

  // Has it been stopped, or what it stands over, so that it drops its tasks?
  virtual bool IsStopped() const noexcept { return accepted_.stopped(); }

  const Admission& accepted() const noexcept { return accepted_; }
  Admission& accepted() noexcept { return accepted_; }

  // For a job that is not a task: a part of a fork (fork_join.h), or a pump
  // (lane_scheduler.h). Throws ShutdownError, std::bad_alloc, or
  // std::system_error if no thread can be had, and then nothing has changed.
  // Then exactly one of the others: an accepted one is its acceptor's to hand
  // on, by whatever name.
  void AcceptFork();
  virtual void QueueFork(Job& job) noexcept = 0;
  void WithdrawFork() noexcept;
  // The parts of these that are not counting: that somebody will come for what
  // is accepted, throwing as AcceptFork() does; and that nobody need come.
  virtual void Reserve() = 0;
  virtual void Unreserve() noexcept {}
  // For what runs as such a job, but was never queued. Throws ShutdownError.
  void AcceptInline();

  // What its timers go by.
  virtual std::chrono::steady_clock::time_point now() const noexcept {
    return std::chrono::steady_clock::now();
  }
  // Where they wait if it has a clock of its own; else null: they wait in its
  // `used_timers()`.
  virtual PendingTimers* own_timers() noexcept { return nullptr; }
  UsedTimers& used_timers() noexcept { return used_timers_; }

  // Takes back what a worker was admitted in advance and has not used.
  void ReturnAdmissions(std::size_t count) noexcept {
    if (count > 0) Finish(count);
  }

  void HandleUnhandled(std::exception_ptr exception) noexcept;

  // Has one of `limits` been reached, on this engine's clock?
  EndedBy Reached(const context_internal::Limits& limits) const noexcept;
  // The error for a task that it has ended, if that is not nothing.
  std::exception_ptr LimitError(
      EndedBy what, const Resource& task, Progress progress,
      const context_internal::Limits& limits) const noexcept;
  // How many tasks it has kept from running.
  SkippedTasks skipped_tasks() const noexcept {
    // relaxed: numbers to look at.
    return {cancelled_.load(std::memory_order_relaxed),
            expired_.load(std::memory_order_relaxed)};
  }

 protected:
  // Throws std::invalid_argument for an option out of its range.
  explicit Engine(const ExecutorOptions& options);

  std::uint64_t id() const noexcept { return id_; }

  // One task more. kNo: the engine has been shut down. May throw why else it is
  // refused.
  enum class Accepted { kNo, kToQueue, kToRunHere };
  virtual Accepted Accept(QueuePosition position) = 0;
  // One that was accepted could not be queued.
  virtual void TakeBack(QueuePosition) noexcept { Ended(); }
  // Runs an accepted task on the calling thread, as one of this engine's.
  virtual void RunHere(Job& job) noexcept { Run(job); }
  // One that was accepted has ended.
  virtual void Ended() noexcept { Finish(1); }
  // Queues `task`. Throws std::bad_alloc if nobody could run it.
  virtual void Push(QueuedTask& task, QueuePosition position) = 0;
  // Drops what is queued, by DropAccepted(); returns how much.
  virtual std::size_t DropQueued() noexcept = 0;
  // Queues what a job on this thread's stack has deferred, or drops it if the
  // engine has been stopped. Leaves what it has no memory for.
  virtual void QueueTogether(TaskQueue& tasks) noexcept;
  void RunDeferred(TaskQueue& deferred) noexcept;
  // Returns when no thread is in the engine any more.
  virtual void WaitUntilLeft() noexcept = 0;
  // May it be closed by one of its own tasks, when that has ended?
  virtual bool MayBeAbandoned() const noexcept { return false; }
  // Has it threads of its own, which must have left before it is closed?
  virtual bool HasThreads() const noexcept { return false; }

  // Counts `count` more as accepted, unless it has been closed to `caller`.
  bool Enter(Admission::Caller caller, std::size_t count = 1) noexcept {
    if (accepted_.Enter(count, caller)) [[likely]]
      return true;
    // It was counted for a moment, in which somebody may have gone to sleep.
    Finish(count);
    return false;
  }
  // Counts `count` less.
  void Finish(std::size_t count) noexcept {
    // The engine may be gone when it has been told, but where there is a
    // helper: who ends something there still is in a call to it.
    Engine* const helper = outside_helper();
    if (accepted_.Finish(count)) [[unlikely]]
      EndAbandoned();
    WakeHelpersOf(helper);
  }
  static void WakeHelpersOf(Engine* helper) noexcept {
    if (helper != nullptr) helper->WakeHelpers();
  }
  // What HasElsewhere() asks, of one with that many accepted, and of those,
  // read later, so many queued.
  bool IsElsewhere(std::size_t pending, std::size_t queued,
                   const Completion& completion) const noexcept {
    // Who waits for all that was accepted has no more to wait for at zero.
    return pending != CountInside() + queued ||
           (pending == 0 && &completion == &accepted_);
  }

  // What Submit() does when it has been answered by Accept().
  virtual void SubmitAccepted(Accepted accepted, TaskPtr&& task,
                              QueuePosition position);
  // Ends an accepted task unrun.
  // False if it has been run out of its turn.
  bool DropAccepted(QueuedTask& task) noexcept;
  class DropScope;
  // Refuse(), and counts it off. What that destroys is inside the executor, as
  // what a task that runs destroys.
  void RefuseAccepted(QueuedTask& task, std::exception_ptr why) noexcept;
  // How many of the jobs on the calling thread's stack are this engine's?
  std::size_t CountInside() const noexcept;
  Admission::Caller CallerHere() const noexcept {
    return IsInside() ? Admission::Caller::kInside
                      : Admission::Caller::kOutside;
  }

 private:
  void Enqueue(QueuedTask& task, QueuePosition position);
  // When the last task of an abandoned one has ended.
  void EndAbandoned() noexcept;
  // Does its end end an accepted task?
  enum class Counted { kYes, kNo };
  // What Run() does with a job that is its own to run.
  [[gnu::always_inline]] inline void RunClaimed(Job& job,
                                                const Completion* completes,
                                                Counted counted) noexcept;
  void RunClaimedInWait(Job& job, const Completion* completes,
                        Counted counted) noexcept;
  [[gnu::always_inline]] inline void RunOne(Job& job,
                                            const Completion* completes,
                                            TaskQueue* deferred,
                                            Counted counted) noexcept;
  // Ends `task` unrun if one of its limits has been reached; else false.
  bool DropAtLimit(QueuedTask& task) noexcept {
    if (!LimitsAreUsed()) [[likely]]
      return false;
    const context_internal::Limits limits = task.limits();
    return limits.any() && DropAtLimit(task, limits);
  }
  bool DropAtLimit(QueuedTask& task,
                   const context_internal::Limits& limits) noexcept;

  // Where its timers wait; null if it has never used any.
  PendingTimers* timers() noexcept;

  const std::uint64_t id_;                            // for hooks
  const int forks_;                                   // where it was made
  UnhandledExceptionHandler on_unhandled_exception_;  // until Close()
  Admission accepted_;
  // Its own, from Abandon() on: it is whoever's who finishes the last.
  std::shared_ptr<Engine> abandoned_;
  std::atomic<std::size_t> cancelled_{0};
  std::atomic<std::size_t> expired_{0};
  UsedTimers used_timers_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_ENGINE_H_
