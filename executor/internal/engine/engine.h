// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The part of an executor behind its public face: what may be submitted, and
// what running a job means. The derived engine decides where jobs are queued.
//
// Its parts:
//   Admission       counts what was accepted, and says whether more is
//   LimitCheck      cancellation and deadlines of its tasks
//   EngineTimers    its clock, and where its timers wait
//   EngineThreads   the threads that run its tasks
//   WaitHelper      what a thread does that waits for an engine without threads
//   ProcessOfOrigin tells that fork(2) has left its threads behind
//   shutdown.h      how it ends

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_ENGINE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>

#include "weft/executor/executor_options.h"
#include "weft/executor/executor_stats.h"
#include "weft/executor/internal/engine/admission.h"
#include "weft/executor/internal/engine/engine_threads.h"
#include "weft/executor/internal/engine/engine_timers.h"
#include "weft/executor/internal/engine/left_behind.h"
#include "weft/executor/internal/engine/limit_check.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/job.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/task/scheduling_events.h"
#include "weft/executor/internal/task/task_queue.h"
#include "weft/executor/internal/task/thread_state.h"
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
  virtual void Submit(QueuedTask& task, QueuePosition position);
  void Requeue(QueuedTask& task);
  void Announce(QueuedTask& task);
  bool AcceptAnnounced() noexcept {
    if (Enter(Admission::Caller::kInside)) [[likely]]
      return true;
    CountRejected();
    return false;
  }
  // Accepts what is no task, as that does; ReturnAdmissions() ends it.
  bool AcceptNoTask() noexcept {
    return Enter(Admission::Caller::kInside, 1, Admission::Tasks::kNone);
  }
  // Returns false if the task has been refused.
  virtual bool EnqueueAnnounced(QueuedTask& task,
                                QueuePosition position) noexcept;
  static void Refuse(QueuedTask& task, std::exception_ptr why) noexcept;
  // Ends the tasks that a Refuse() further up the stack has yet to end: what
  // that one runs is about to wait, perhaps for one of them.
  static void DiscardRefused() noexcept;
  // True if it would accept a task from the calling thread.
  bool AcceptsHere() const noexcept {
    return (base_ == nullptr || base_->AcceptsHere()) &&
           accepted_.Accepts(CallerHere());
  }

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
  // Takes back what was admitted, and has not been used or has ended.
  void ReturnAdmissions(std::size_t count) noexcept { Finish(count); }

  // Do what WorkerDelegate::Run() and RunInWait() say.
  [[nodiscard]] bool RunForWorker(Job& job,
                                  const Completion* completes) noexcept;
  [[nodiscard]] bool RunInWaitForWorker(Job& job,
                                        const Completion* completes) noexcept;
  // Each does what the function with the longer name does, and ends the job's
  // admission itself.
  void Run(Job& job) noexcept;
  void RunInWait(Job& job) noexcept;
  // The steps of the first two, for a worker that runs many plain tasks (job.h)
  // one after the other (worker_delegate.h): tell that one starts, on the
  // calling thread, and end what it has deferred when it has run.
  [[gnu::noinline]] void TellStart(const Job& job) noexcept;
  void EndDeferred(TaskQueue& deferred) noexcept;
  void EndDeferredInWait(TaskQueue& deferred) noexcept;
  // Does what submission.h says.
  virtual void RunTaken(QueuedTask& task) noexcept;
  // Runs one of its queued tasks that `completion` waits for, if the calling
  // thread may run its tasks; else returns false.
  virtual bool RunOwnQueued(const Completion&) noexcept { return false; }
  // Drops its queued tasks that `completion` waits for, where MayWait() is
  // false: they could not run before the calling task has ended. They fail with
  // `why`, or count as cancelled if that is null.
  virtual void DropOwnQueued(const Completion&, std::exception_ptr) noexcept {}
  // Queues what the jobs on this thread's stack have deferred: a job that waits
  // must not hold back what is to run after it.
  static void QueueDeferred() noexcept;

  EngineThreads& threads() const noexcept { return threads_; }
  // Returns the helper whose HelpUntil() a thread that waits for this engine
  // calls; null if the tasks have threads of their own.
  WaitHelper* helper() const noexcept { return helper_; }
  // Returns the engine that has the threads: this one, or the one below.
  Engine& lowest() const noexcept { return lowest_; }
  // Says where parts of forks wait for a thread.
  enum class Forks {
    kWithWorkers,  // in the deque of the worker that forks them
    kInline,       // nowhere: they run on the calling thread
    kInQueue       // where other jobs do, by QueueFork()
  };
  Forks forks() const noexcept { return forks_; }
  // Returns how many of its tasks may run at once.
  int concurrency() const noexcept {
    return runs_one_ ? 1 : threads_.concurrency();
  }
  // Returns the calling thread's worker number; -1 if it has none.
  int worker() const noexcept { return threads_.worker(); }
  WorkerId worker_id() const noexcept { return {lowest_.id_, worker()}; }
  // True if the calling thread runs this engine's tasks. Then a task on it may
  // run one that it waits for.
  bool IsWorkedForHere() const noexcept {
    return !runs_one_ && helper_ == nullptr && worker() >= 0;
  }
  // Returns its number, unique in the process.
  std::uint64_t id() const noexcept { return id_; }
  // True if the calling thread is inside a task of this engine.
  bool IsInside() const noexcept {
    const RunningJob* job = thread_state.running;
    while (job != nullptr && &job->engine != this) job = job->outer;
    return job != nullptr;
  }
  // True if the calling thread is one of its own, not of the engine below,
  // inside a task or between two.
  bool IsItsThread() const noexcept;

  // Call it before a wait for a task of this engine: throws DeadlockError if
  // none can run before the calling one has ended.
  void CheckWait() const;
  // Returns false where CheckWait() throws.
  bool MayWait() const noexcept;
  // True if the calling thread may wait until all that this engine has accepted
  // has ended.
  bool MayAwaitAll() const noexcept { return !IsInside() && MayWait(); }
  // Only for an engine over a `helper()`: true if it has accepted something
  // that is neither queued nor on the calling thread's stack, and so may end a
  // wait for `completion`. The thread that queues or ends that wakes the
  // helpers.
  virtual bool HasElsewhere(const Completion&) noexcept { return false; }

  const Admission& accepted() const noexcept { return accepted_; }
  Admission& accepted() noexcept { return accepted_; }
  // True if it, or the engine below, has been stopped, so that it drops its
  // tasks.
  bool IsStopped() const noexcept {
    return accepted_.stopped() || IsStoppedBelow();
  }
  const LimitCheck& limits() const noexcept { return limits_; }
  // These are for ExecutorStats: how many tasks it has accepted so far, how
  // many it has turned away, of how many the submitter has waited for a place
  // until a deadline, and where tasks wait.
  virtual std::uint64_t CountAccepted() const noexcept {
    return accepted_.tasks();
  }
  // How many of these have run.
  std::uint64_t CountRan() noexcept;
  std::uint64_t rejected() const noexcept {
    // relaxed: a number for statistics.
    return rejected_.load(std::memory_order_relaxed);
  }
  std::uint64_t expired_holds() const noexcept {
    // relaxed: a number for statistics.
    return expired_holds_.load(std::memory_order_relaxed);
  }
  virtual QueuedTasks CountQueued() const noexcept = 0;
  // How many of what is pending has been admitted in advance.
  virtual std::size_t CountInAdvance() const noexcept { return 0; }
  // Count one more.
  void CountRejected() noexcept {
    // relaxed: a number for statistics.
    rejected_.fetch_add(1, std::memory_order_relaxed);
  }
  void CountExpiredHold() noexcept {
    // relaxed: a number for statistics.
    expired_holds_.fetch_add(1, std::memory_order_relaxed);
  }
  // Counts an accepted task that had a deadline of its own, and did not run.
  void CountExpired() noexcept { limits_.CountExpired(); }
  // Takes back what AcceptAnnounced() has accepted, and is not needed.
  void Unaccept() noexcept {
    accepted_.CountUndone();
    ReturnAdmissions(1);
  }
  EngineTimers& timers() noexcept { return timers_; }
  const EngineTimers& timers() const noexcept { return timers_; }
  void HandleUnhandled(std::exception_ptr exception) noexcept;

  // True if its threads belong to another process, and fork() has led here.
  bool LeftBehind() const noexcept {
    return origin_.is_left() && helper_ == nullptr;
  }
  // Throws std::logic_error if so.
  void CheckNotLeftBehind() const {
    if (LeftBehind()) [[unlikely]]
      ThrowLeftBehind();
  }

  // These are for shutdown.h.
  //
  // Drops what is queued, by DropAccepted(); returns how much.
  virtual std::size_t DropQueued() noexcept = 0;
  // Ends the engine after its shutdown: returns when no thread is in it any
  // more. Futures may keep the rest of it.
  void Close() noexcept;
  // True if one of its own tasks may close it, when that has ended.
  bool MayBeAbandoned() const noexcept {
    return base_ != nullptr || helper_ == nullptr;
  }
  // True if it has threads of its own, which must leave before it is closed.
  bool HasThreads() const noexcept {
    return base_ == nullptr && helper_ == nullptr;
  }
  // Owns itself, `self`, from now on: the thread that ends its last task hands
  // it to `end`, with one counted as accepted, for `end` to take off.
  using AbandonedEnd = void (*)(std::shared_ptr<Engine> self) noexcept;
  void Abandon(std::shared_ptr<Engine> self, AbandonedEnd end) noexcept;

 protected:
  // An engine that has `threads`, or, if `helper` is not null, none. `timers`
  // as for EngineTimers. Throws std::invalid_argument for an option out of its
  // range.
  Engine(const ExecutorOptions& options, EngineThreads& threads, Forks forks,
         WaitHelper* helper = nullptr, PendingTimers* timers = nullptr);
  // An engine over `base`, which outlives it, and handles its unhandled
  // exceptions.
  enum class Concurrency { kOne, kOfBase };
  Engine(Engine& base, Concurrency concurrency);

  // Accepts one more task. Returns kNo if the engine has been shut down. May
  // throw another reason for which the task is refused.
  enum class Accepted { kNo, kToQueue, kToRunHere };
  virtual Accepted Accept(QueuePosition position) = 0;
  // Undoes Accept() for a task that could not be queued.
  virtual void TakeBack(QueuePosition) noexcept {
    accepted_.CountUndone();
    CountRejected();
    Ended();
  }
  // Does what Submit() does after Accept().
  void SubmitAccepted(Accepted accepted, TaskPtr&& task,
                      QueuePosition position);
  // Called when an accepted task has ended.
  virtual void Ended() noexcept { Finish(1); }
  // Queues `task`. Throws std::bad_alloc if no thread could run it.
  virtual void Push(QueuedTask& task, QueuePosition position) = 0;
  // Queues what a job on this thread's stack has deferred, or drops it if the
  // engine has been stopped. Leaves the tasks for which there is no memory.
  virtual void QueueTogether(TaskQueue& tasks) noexcept;
  // Returns when no thread is in the engine any more.
  virtual void WaitUntilLeft() noexcept = 0;

  void RunDeferred(TaskQueue& deferred) noexcept;
  // Runs an accepted job on the calling thread, which need not be one of the
  // engine's.
  void RunHere(Job& job) noexcept;
  // Runs a job that was taken from a queue; a task is dropped instead if the
  // engine below has been stopped. `run` runs it.
  template <typename Run>
  void RunOrDrop(Job& job, const Run& run) noexcept {
    if (job.is_task() && IsStoppedBelow()) [[unlikely]] {
      static_cast<void>(DropAccepted(AsTask(job)));
    } else {
      run(job);
    }
  }
  // Ends an accepted task unrun: it fails with `why`, or is cancelled if that
  // is null. Returns false if it has been run out of its turn.
  bool DropAccepted(QueuedTask& task, std::exception_ptr why) noexcept;
  // The same where the executor has been stopped.
  bool DropAccepted(QueuedTask& task) noexcept;
  class DropScope;
  class SubmissionScope;

  // Counts `count` more as accepted, `tasks` of which are tasks, unless it has
  // been closed to `caller`.
  bool Enter(Admission::Caller caller, std::size_t count = 1,
             Admission::Tasks tasks = Admission::Tasks::kOne) noexcept {
    if (accepted_.Enter(count, tasks, caller)) [[likely]]
      return true;
    LeaveAgain(count, tasks);
    return false;
  }
  // The same for the calling thread.
  bool EnterHere(std::size_t count = 1,
                 Admission::Tasks tasks = Admission::Tasks::kOne) noexcept {
    if (accepted_.Enter(count, tasks, [this] { return CallerHere(); }))
        [[likely]] {
      return true;
    }
    LeaveAgain(count, tasks);
    return false;
  }
  // Counts `count` less.
  void Finish(std::size_t count) noexcept {
    if (helper_ != nullptr) [[unlikely]]
      return FinishAndWake(count);
    FinishUnhelped(count);
  }
  // The same for an engine without a helper.
  void FinishUnhelped(std::size_t count) noexcept {
    if (accepted_.Finish(count)) [[unlikely]]
      EndAbandoned();
  }
  // Answers HasElsewhere() for an engine with `pending` accepted, of which
  // `queued`, read later, are queued.
  bool IsElsewhere(std::size_t pending, std::size_t queued,
                   const Completion& completion) const noexcept {
    // A thread that waits for all that was accepted is done at zero.
    return pending != CountInside() + queued ||
           (pending == 0 && &completion == &accepted_);
  }
  // Returns how many of this engine's jobs the calling thread's stack has:
  // those that run, or are dropped, and those of submissions under way.
  std::size_t CountInside() const noexcept;
  Admission::Caller CallerHere() const noexcept {
    return IsInside() ? Admission::Caller::kInside
                      : Admission::Caller::kOutside;
  }

 private:
  // Takes off what has been counted and is not accepted.
  [[gnu::noinline]] void LeaveAgain(std::size_t count,
                                    Admission::Tasks tasks) noexcept;
  // Throws ShutdownError for a task that is not accepted.
  [[noreturn]] void RejectStopped();
  bool IsStoppedBelow() const noexcept {
    return base_ != nullptr && base_->IsStopped();
  }
  void Enqueue(QueuedTask& task, QueuePosition position);
  // Calls Refuse(), and counts the task off. Destructors that this runs are
  // inside the executor, as those of a task that runs.
  void RefuseAccepted(QueuedTask& task, std::exception_ptr why) noexcept;
  // Does Finish() where there is a helper. Apart, so that Finish() saves no
  // registers.
  void FinishAndWake(std::size_t count) noexcept;
  // Called when the last task of an abandoned engine has ended.
  void EndAbandoned() noexcept;
  // What becomes of the tasks that a job defers.
  enum class Deferred { kRun, kQueue };
  // Who ends the job's admission: the caller, or the run, before what the job
  // has deferred is run.
  enum class Admitted { kReturned, kEnded };
  // Runs a job that was taken from a queue. Returns true if there was an
  // admission to end.
  template <Deferred kDeferred, Admitted kAdmitted>
  [[gnu::always_inline]] inline bool RunQueued(
      Job& job, const Completion* completes) noexcept;
  // The same for a job that has been claimed; `ends` if its admission is to be
  // ended here.
  template <Deferred kDeferred>
  [[gnu::always_inline]] inline void RunClaimed(Job& job,
                                                const Completion* completes,
                                                bool ends) noexcept;
  // True if nothing is to be asked or told before a job starts.
  static bool StartsQuietly() noexcept {
    return !LimitsAreUsed() && !IsStartWanted();
  }
  // Called before a job runs, where limits are used or somebody is told of
  // starts: returns false if a limit has ended it. Apart, so that jobs that run
  // without pass by it.
  [[gnu::noinline]] bool MayStart(Job& job) noexcept;
  // Queues what a job that has run in a wait has deferred.
  void QueueDeferredInWait(TaskQueue& deferred) noexcept;
  [[gnu::always_inline]] inline void RunOne(Job& job,
                                            const Completion* completes,
                                            TaskQueue* deferred) noexcept;

  const std::uint64_t id_;
  Engine* const base_;  // null: this is the lowest
  Engine& lowest_;
  EngineThreads& threads_;    // of the lowest
  WaitHelper* const helper_;  // of the lowest
  const Forks forks_;
  const bool is_serial_;  // runs one task at a time, where others run many
  const bool runs_one_;   // the same for it, or one below
  const ProcessOfOrigin origin_;
  UnhandledExceptionHandler on_unhandled_exception_;  // until Close()
  Admission accepted_;
  EngineTimers timers_;
  LimitCheck limits_{timers_, id_};
  std::atomic<std::uint64_t> rejected_{0};
  std::atomic<std::uint64_t> expired_holds_{0};
  std::atomic<std::uint64_t> most_ran_{0};  // that CountRan() has returned
  // By Abandon(): the thread that finishes the last task takes it.
  std::shared_ptr<Engine> abandoned_;
  AbandonedEnd end_abandoned_ = nullptr;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_ENGINE_H_
