// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The part of an executor behind its public face: what may be submitted, what
// running a job means, and how a thread waits. The derived engine decides where
// jobs are queued, and which threads run them.

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
// Its executor shares it with the futures and promises that belong to it; the
// executor's destructor closes it.
class Engine : public std::enable_shared_from_this<Engine> {
 public:
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  // All tasks must have ended.
  virtual ~Engine() = default;

  // These do what submission.h says.
  virtual void Submit(TaskPtr&& task, QueuePosition position);
  void Requeue(QueuedTask& task);
  void Announce(QueuedTask& task);
  bool AcceptAnnounced() noexcept { return Enter(Admission::Caller::kInside); }
  // Returns false if the task has been refused.
  virtual bool EnqueueAnnounced(QueuedTask& task,
                                QueuePosition position) noexcept;
  static void Refuse(QueuedTask& task, std::exception_ptr why) noexcept;
  // True if it would accept a task from the calling thread.
  virtual bool AcceptsHere() const noexcept {
    return accepted_.Accepts(CallerHere());
  }

  // Does the first part of a shutdown (shutdown.h), which does not wait; may be
  // called again. Returns how many queued tasks were dropped.
  std::size_t BeginShutdown(OnShutdown how);

  // For an executor that is destroyed while tasks of `engine` run, one of which
  // may be the caller: the engine accepts nothing from outside any more, and
  // the thread that ends its last task closes and releases it. Returns false,
  // with nothing done, if such an engine cannot outlive its executor.
  static bool Abandon(std::shared_ptr<Engine>& engine) noexcept;

  // Ends the engine after its shutdown: returns when no thread is in it any
  // more. Futures may keep the rest of it.
  void Close() noexcept {
    WaitUntilLeft();
    used_timers_.Leave();
    on_unhandled_exception_ = nullptr;
  }

  // Runs `job`, taken from a queue, to its end on the calling thread, and then
  // what it deferred. `completes` is what the job's completes() returned.
  void Run(Job& job, const Completion* completes) noexcept;
  void Run(Job& job) noexcept { Run(job, job.completes()); }
  // Does what submission.h says.
  virtual void RunTaken(QueuedTask& task) noexcept;
  // The same as Run() for a job that runs on the stack of the thread that waits
  // for it: what it has deferred, which is not waited for, is queued.
  void RunInWait(Job& job, const Completion* completes) noexcept;
  // Runs one of its queued tasks that `completion` waits for, if the calling
  // thread may run its tasks; else returns false.
  virtual bool RunOwnQueued(const Completion&) noexcept { return false; }
  // Called when another engine, for whose tasks some of this engine's threads
  // wait, has no running thread left: if tasks are queued here, a wait may have
  // to be refused.
  virtual void Reconsider() noexcept {}
  // True if the calling thread runs this engine's tasks. Then a task on it may
  // run one that it waits for.
  virtual bool IsWorkedForHere() const noexcept { return false; }
  // Queues what the jobs on this thread's stack have deferred: a job that waits
  // must not hold back what is to run after it.
  static void QueueDeferred() noexcept;

  // Returns the engine whose tasks a thread that waits for this one must run
  // itself, as it has no threads of its own: this engine, or the one below.
  // Else returns null.
  virtual Engine* outside_helper() noexcept = 0;
  // Only for an `outside_helper()`: runs jobs, in their order, or sleeps, until
  // `completion`, of tasks of `awaited`, is done or `deadline` has passed.
  // Returns true if it was done at some moment.
  virtual bool HelpUntil(Completion& completion, Engine& awaited,
                         const base::WaitDeadline& deadline);
  // Only for an `outside_helper()`: makes the threads in HelpUntil() check
  // again whether anything is left that may end their wait.
  virtual void WakeHelpers() noexcept {}
  // Only for an engine over its `outside_helper()`: true if it has accepted
  // something that is neither queued nor on the calling thread's stack, and so
  // may end a wait for `completion`. The thread that queues or ends that wakes
  // the helpers.
  virtual bool HasElsewhere(const Completion&) noexcept { return false; }
  // Returns the engine whose threads run its tasks: this one, or the one below.
  virtual Engine& lowest() noexcept { return *this; }
  // True if one of its threads runs something, or could. Takes no lock.
  virtual bool CanGoOn() const noexcept { return true; }
  // Throws WaitLimitError.
  virtual void ThrowWaitLimit() const;
  // Counts the waits of its threads.
  virtual WaitCounts wait_counts() const noexcept { return {}; }
  // Returns how many tasks may run at once.
  virtual int concurrency() const noexcept = 0;
  // Returns the calling thread's worker number in this engine; -1 if it has
  // none.
  virtual int worker() const noexcept = 0;
  virtual WorkerId worker_id() const noexcept { return {id_, worker()}; }
  // True if forks run on the calling thread.
  virtual bool runs_inline() const noexcept = 0;

  // True if its threads belong to another process, and fork() has led here.
  bool LeftBehind() noexcept {
    return base::ForkGeneration() != forks_ && outside_helper() == nullptr;
  }
  // Throws std::logic_error if so.
  void CheckNotLeftBehind() {
    if (LeftBehind()) [[unlikely]]
      ThrowLeftBehind();
  }

  // True if the calling thread is inside a task of this engine.
  bool IsInside() const noexcept { return CountInside() > 0; }
  // True if the calling thread is inside such a task, or is a thread of this
  // engine between two tasks.
  bool IsItsThread() const noexcept;
  // Call it before a wait for a task of this engine: throws DeadlockError if
  // none can run before the calling one has ended.
  void CheckWait() const;
  // Returns false where CheckWait() throws.
  virtual bool MayWait() const noexcept { return true; }

  // True if it, or the engine below, has been stopped, so that it drops its
  // tasks.
  virtual bool IsStopped() const noexcept { return accepted_.stopped(); }

  const Admission& accepted() const noexcept { return accepted_; }
  Admission& accepted() noexcept { return accepted_; }

  // For a job that is not a task: a part of a fork (fork_join.h), or a pump
  // (lane_scheduler.h). Throws ShutdownError, std::bad_alloc, or
  // std::system_error if no thread can be had, and then nothing has changed.
  // After it, exactly one of the others is called: the acceptor must hand an
  // accepted job on.
  void AcceptFork();
  virtual void QueueFork(Job& job) noexcept = 0;
  void WithdrawFork() noexcept;
  // The parts of these that do not count: Reserve() makes sure that a thread
  // will come for what is accepted, and throws as AcceptFork() does;
  // Unreserve() says that none need come.
  virtual void Reserve() = 0;
  virtual void Unreserve() noexcept {}
  // For a job of that kind which runs without having been queued. Throws
  // ShutdownError.
  void AcceptInline();

  // Returns the time that its timers go by.
  virtual std::chrono::steady_clock::time_point now() const noexcept {
    return std::chrono::steady_clock::now();
  }
  // Returns where its timers wait if it has a clock of its own; else null: they
  // wait in its `used_timers()`.
  virtual PendingTimers* own_timers() noexcept { return nullptr; }
  UsedTimers& used_timers() noexcept { return used_timers_; }

  // Takes back what a worker was admitted in advance and has not used.
  void ReturnAdmissions(std::size_t count) noexcept {
    if (count > 0) Finish(count);
  }

  void HandleUnhandled(std::exception_ptr exception) noexcept;

  // Returns which of `limits` has been reached, on this engine's clock.
  EndedBy Reached(const context_internal::Limits& limits) const noexcept;
  // Returns the error for a task that `what` has ended, if that is not nothing.
  std::exception_ptr LimitError(
      EndedBy what, const Resource& task, Progress progress,
      const context_internal::Limits& limits) const noexcept;
  // Counts the tasks that it has kept from running.
  SkippedTasks skipped_tasks() const noexcept {
    // relaxed: numbers for statistics.
    return {cancelled_.load(std::memory_order_relaxed),
            expired_.load(std::memory_order_relaxed)};
  }

 protected:
  // Throws std::invalid_argument for an option out of its range.
  explicit Engine(const ExecutorOptions& options);

  std::uint64_t id() const noexcept { return id_; }

  // Accepts one more task. Returns kNo if the engine has been shut down. May
  // throw another reason for which the task is refused.
  enum class Accepted { kNo, kToQueue, kToRunHere };
  virtual Accepted Accept(QueuePosition position) = 0;
  // Undoes Accept() for a task that could not be queued.
  virtual void TakeBack(QueuePosition) noexcept { Ended(); }
  // Runs an accepted task on the calling thread, as one of this engine's.
  virtual void RunHere(Job& job) noexcept { Run(job); }
  // Called when an accepted task has ended.
  virtual void Ended() noexcept { Finish(1); }
  // Queues `task`. Throws std::bad_alloc if no thread could run it.
  virtual void Push(QueuedTask& task, QueuePosition position) = 0;
  // Drops what is queued, by DropAccepted(); returns how much.
  virtual std::size_t DropQueued() noexcept = 0;
  // Queues what a job on this thread's stack has deferred, or drops it if the
  // engine has been stopped. Leaves the tasks for which there is no memory.
  virtual void QueueTogether(TaskQueue& tasks) noexcept;
  void RunDeferred(TaskQueue& deferred) noexcept;
  // Returns when no thread is in the engine any more.
  virtual void WaitUntilLeft() noexcept = 0;
  // True if one of its own tasks may close it, when that has ended.
  virtual bool MayBeAbandoned() const noexcept { return false; }
  // True if it has threads of its own, which must leave before it is closed.
  virtual bool HasThreads() const noexcept { return false; }

  // Counts `count` more as accepted, unless it has been closed to `caller`.
  bool Enter(Admission::Caller caller, std::size_t count = 1) noexcept {
    if (accepted_.Enter(count, caller)) [[likely]]
      return true;
    // It was counted for a moment, in which another thread may have gone to
    // sleep.
    Finish(count);
    return false;
  }
  // Counts `count` less.
  void Finish(std::size_t count) noexcept {
    // The engine may be gone once that has returned, unless there is a helper:
    // a thread that ends something there is still in a call to it.
    Engine* const helper = outside_helper();
    if (accepted_.Finish(count)) [[unlikely]]
      EndAbandoned();
    WakeHelpersOf(helper);
  }
  static void WakeHelpersOf(Engine* helper) noexcept {
    if (helper != nullptr) helper->WakeHelpers();
  }
  // Answers HasElsewhere() for an engine with `pending` accepted, of which
  // `queued`, read later, are queued.
  bool IsElsewhere(std::size_t pending, std::size_t queued,
                   const Completion& completion) const noexcept {
    // A thread that waits for all that was accepted is done at zero.
    return pending != CountInside() + queued ||
           (pending == 0 && &completion == &accepted_);
  }

  // Does what Submit() does after Accept().
  virtual void SubmitAccepted(Accepted accepted, TaskPtr&& task,
                              QueuePosition position);
  // Ends an accepted task unrun. Returns false if it has been run out of its
  // turn.
  bool DropAccepted(QueuedTask& task) noexcept;
  class DropScope;
  // Calls Refuse(), and counts the task off. Destructors that this runs are
  // inside the executor, as those of a task that runs.
  void RefuseAccepted(QueuedTask& task, std::exception_ptr why) noexcept;
  // Returns how many of the jobs on the calling thread's stack are this
  // engine's.
  std::size_t CountInside() const noexcept;
  Admission::Caller CallerHere() const noexcept {
    return IsInside() ? Admission::Caller::kInside
                      : Admission::Caller::kOutside;
  }

 private:
  void Enqueue(QueuedTask& task, QueuePosition position);
  // Called when the last task of an abandoned engine has ended.
  void EndAbandoned() noexcept;
  // Says whether the end of a job ends an accepted task.
  enum class Counted { kYes, kNo };
  // Does what Run() does with a job after it has been claimed.
  [[gnu::always_inline]] inline void RunClaimed(Job& job,
                                                const Completion* completes,
                                                Counted counted) noexcept;
  void RunClaimedInWait(Job& job, const Completion* completes,
                        Counted counted) noexcept;
  [[gnu::always_inline]] inline void RunOne(Job& job,
                                            const Completion* completes,
                                            TaskQueue* deferred,
                                            Counted counted) noexcept;
  // Ends `task` unrun if one of its limits has been reached; else returns
  // false.
  bool DropAtLimit(QueuedTask& task) noexcept {
    if (!LimitsAreUsed()) [[likely]]
      return false;
    const context_internal::Limits limits = task.limits();
    return limits.any() && DropAtLimit(task, limits);
  }
  bool DropAtLimit(QueuedTask& task,
                   const context_internal::Limits& limits) noexcept;

  // Returns where its timers wait; null if it has never used any.
  PendingTimers* timers() noexcept;

  const std::uint64_t id_;                            // for hooks
  const int forks_;                                   // ForkGeneration()
  UnhandledExceptionHandler on_unhandled_exception_;  // until Close()
  Admission accepted_;
  // Set by Abandon() to itself: the thread that finishes the last task takes
  // it.
  std::shared_ptr<Engine> abandoned_;
  std::atomic<std::size_t> cancelled_{0};
  std::atomic<std::size_t> expired_{0};
  UsedTimers used_timers_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_ENGINE_H_
