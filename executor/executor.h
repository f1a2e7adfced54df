// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/executor.h
// -----------------------------------------------------------------------------
//
// `Executor` runs functions on several threads. Each runs in the context in
// which it was submitted (its `AsyncLocalStorage` values, and its submitter as
// its trigger) under an async id of its own, and is reported to hooks.
//
// Example:
//
//   weft::Executor executor;
//   weft::Future<int> sum = executor.Submit([] { return 1 + 2; });
//   executor.Post([] { std::cout << "on some thread\n"; });
//   std::cout << sum.Get();
//
// The steps of a task, in the order in which they happen:
//
//   submitting thread   context captured, id given    init
//   running thread      context and id installed      before
//                       the function, then its captures destroyed
//                       (Submit() only)               promise_resolve
//                                                     after
//                       context and id put back       destroy
//                       then threads that wait for it go on
//
// All settings are in executor_options.h.

#ifndef WEFT_EXECUTOR_EXECUTOR_H_
#define WEFT_EXECUTOR_EXECUTOR_H_

#include <chrono>
#include <cstddef>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>

#include "weft/context/duration.h"
#include "weft/executor/executor_stats.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/coroutine/schedule.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/detached_task.h"
#include "weft/executor/internal/future/future_state.h"
#include "weft/executor/internal/future/future_task.h"
#include "weft/executor/internal/task/callable.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/timer/timer_task.h"
#include "weft/executor/shutdown.h"
#include "weft/executor/timer.h"
#include "weft/hooks/providers.h"

namespace weft {

struct ExecutorOptions;

// Executor
//
// A pool of threads that run tasks. The threads are oneTBB's: an executor
// borrows them while it has work and gives them back, to `tbb::parallel_for`
// and the like, when it has none.
//
// A task may use oneTBB's algorithms. A function that they run on another
// thread does not see the task's context: bind it with
// `ContextSnapshot::Bind()`.
//
// Thread-safety: thread-safe, except for destruction.
// Ordering: detached tasks start about in the order of their submission.
// Memory ordering: everything that a thread did before it submitted a task
//   happens before the task.
// Lifetime: an executor may be destroyed only when no other thread submits to
//   it; futures may outlive it.
// Allocation: none for a small task, some 100 bytes, whose memory is used
//   again; one for a larger one.
// fork(): in the child, submitting to an executor that was made before, and
//   that has threads, or waiting for it throws std::logic_error, and its
//   destructor does nothing. Making an executor in the child throws
//   std::logic_error if the parent had some (docs/guide/shutdown.md).
// Errors: out of memory a submission throws std::bad_alloc, and nothing has
//   changed. oneTBB cannot recover if memory runs out at the first submission
//   from a thread that is not its own.
class Executor {
 public:
  // Makes an executor with the default options.
  Executor();
  // Throws std::invalid_argument, naming the option, if one is out of range.
  explicit Executor(const ExecutorOptions& options);
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  // Does what `Shutdown(OnShutdown::kDrain)` does. It cannot wait if it runs
  // inside one of the executor's own tasks, or one of a `SerialExecutor` that
  // this stands over, or in the destructor of a value that a task of its own
  // has left on its worker thread (a store of a context, a `thread_local`).
  // Then it returns at once, and the tasks that were accepted still run, so
  // they must not use anything that is destroyed with the executor. That of a
  // `ManualExecutor` aborts with a message instead.
  virtual ~Executor();

  // Executor::Post()
  //
  // Queues `fn` to be run. Its result is dropped; an exception that it throws
  // goes to the unhandled exception handler (executor_options.h). Throws
  // ShutdownError after `Shutdown()`, std::bad_alloc, and what moving or
  // copying `fn` throws; then nothing will run. A function that returns a
  // coroutine (coroutine.h) does not compile, here and wherever a result is
  // dropped: `Spawn()` is for that.
  template <typename Fn>
    requires std::is_invocable_v<std::decay_t<Fn>>
  void Post(Fn&& fn,
            std::source_location where = std::source_location::current()) {
    static_assert(!executor_internal::kIsToBeSpawned<std::decay_t<Fn>>,
                  "fn returns a coroutine, which only Spawn() runs");
    using Task = executor_internal::DetachedTask<std::decay_t<Fn>>;
    executor_internal::Submit(
        *engine_, executor_internal::TaskPtr(
                      new Task(std::forward<Fn>(fn), Provider::kTask, where)));
  }

  // Executor::Submit()
  //
  // Queues `fn` to be run, and returns the future of its result. In all else it
  // is as `Post()`.
  template <typename Fn>
    requires std::is_invocable_v<std::decay_t<Fn>>
  auto Submit(Fn&& fn,
              std::source_location where = std::source_location::current())
      -> Future<std::invoke_result_t<std::decay_t<Fn>>> {
    using T = std::invoke_result_t<std::decay_t<Fn>>;
    using Task = executor_internal::FutureTask<std::decay_t<Fn>, T>;
    auto* const task = new Task(*engine_, std::forward<Fn>(fn), where);
    executor_internal::TaskPtr owned(task);
    Future<T> future(executor_internal::FutureStateRef<T>::Share(task));
    executor_internal::Submit(*engine_, std::move(owned));
    return future;
  }

  // Executor::Defer()
  //
  // Runs `fn()` as a task of its own, of type "DEFERRED", right after the
  // running task, on its thread, before any other. Deferred tasks run in their
  // order; those that they defer come at the end. If the running task waits
  // before it ends, what it has deferred is queued for other threads instead,
  // so that it is not held back. The same holds for what is deferred by a task
  // that a waiting thread runs. Outside of the executor's tasks this is
  // `Post()`, but a `ManualExecutor` then runs `fn` before the tasks that are
  // queued. In all else it is as `Post()`.
  //
  // Node counterpart: `queueMicrotask()`.
  template <typename Fn>
    requires std::is_invocable_v<std::decay_t<Fn>>
  void Defer(Fn&& fn,
             std::source_location where = std::source_location::current()) {
    static_assert(!executor_internal::kIsToBeSpawned<std::decay_t<Fn>>,
                  "fn returns a coroutine, which only Spawn() runs");
    using Task = executor_internal::DetachedTask<std::decay_t<Fn>>;
    executor_internal::Submit(
        *engine_,
        executor_internal::TaskPtr(
            new Task(std::forward<Fn>(fn), Provider::kDeferred, where)),
        executor_internal::QueuePosition::kNext);
  }

  // Executor::PostAfter(), PostAt()
  //
  // Queues `fn` after `delay`, or at `due`, or at once if that is past; then it
  // is run as by `Post()`. It is a task of type "TIMEOUT", in the context of
  // this call; init is emitted now. In all else these are as `Post()`.
  //
  // `Drain()` does not wait for timers that are not due. `Shutdown()`, either
  // way, drops them and counts them; a timer that a task sets meanwhile is
  // dropped at once. The first timer of a process starts a thread,
  // "weft-timers", which sleeps until one is due and ends with the last
  // executor that has set any. Throws std::system_error if that thread cannot
  // be had.
  //
  // Setting and cancelling takes a lock that all timers share, for a time that
  // grows with the logarithm of their number; one allocation.
  template <typename Fn>
    requires std::is_invocable_v<std::decay_t<Fn>>
  Timer PostAfter(
      Duration delay, Fn&& fn,
      std::source_location where = std::source_location::current()) {
    static_assert(!executor_internal::kIsToBeSpawned<std::decay_t<Fn>>,
                  "fn returns a coroutine, which only Spawn() runs");
    using Task = executor_internal::OneShotTimer<std::decay_t<Fn>>;
    return Timer(executor_internal::StartAfter(
        new Task(*engine_, std::forward<Fn>(fn), where), delay));
  }
  template <typename Fn>
    requires std::is_invocable_v<std::decay_t<Fn>>
  Timer PostAt(SteadyTime due, Fn&& fn,
               std::source_location where = std::source_location::current()) {
    static_assert(!executor_internal::kIsToBeSpawned<std::decay_t<Fn>>,
                  "fn returns a coroutine, which only Spawn() runs");
    using Task = executor_internal::OneShotTimer<std::decay_t<Fn>>;
    return Timer(executor_internal::StartAt(
        new Task(*engine_, std::forward<Fn>(fn), where), due));
  }

  // Executor::PostEvery()
  //
  // Runs `fn()` again and again, first after `period`, until it is cancelled or
  // the executor shuts down. It is one resource of type "TIMEOUT": init comes
  // now, before and after for each run, destroy at the end. It runs in no
  // context unless `options` ask for this call's, and each run starts from that
  // anew. An exception that a run throws goes to the unhandled exception
  // handler, and the next run comes nevertheless. Throws std::invalid_argument
  // unless `period` is more than 0; in all else it is as `PostAfter()`.
  //
  // Runs of one timer never overlap. They are queued at multiples of `period`
  // from this call. A run whose time comes while the last one is queued or runs
  // is left out, so there is no burst when runs are late.
  //
  // Differs from Node: Node counts from the end of each run, and keeps the
  // context.
  template <typename Fn>
    requires std::is_invocable_v<std::decay_t<Fn>&>
  Timer PostEvery(
      Duration period, Fn&& fn, TimerOptions options = {},
      std::source_location where = std::source_location::current()) {
    static_assert(!executor_internal::kIsToBeSpawned<std::decay_t<Fn>&>,
                  "fn returns a coroutine, which only Spawn() runs");
    using Task = executor_internal::RepeatingTimer<std::decay_t<Fn>>;
    using Hold = executor_internal::TaskOrigin::Hold;
    executor_internal::CheckPeriod(period);
    return Timer(executor_internal::StartAfter(
        new Task(*engine_, period,
                 options.keep_context ? Hold::kCounted : Hold::kNone,
                 std::forward<Fn>(fn), where),
        period));
  }

  // Executor::Schedule()
  //
  // Returns an awaitable. `co_await executor.Schedule()` makes a coroutine
  // (coroutine.h) go on as a task of this executor, after those that are queued
  // already; it keeps its id and its context. `co_await` throws ShutdownError:
  // on the thread where the coroutine is, if the executor accepts nothing any
  // more; on the thread that shuts down, if the coroutine is dropped before it
  // has gone on.
  executor_internal::ScheduleOperation Schedule() const noexcept {
    return {*engine_};
  }

  // Executor::Drain()
  //
  // Waits until nothing that was submitted is left, tasks' own tasks included.
  // Inside a task of another executor it waits as `Future::Wait()` does. Throws
  // DeadlockError inside a task of this executor, or of a `SerialExecutor` that
  // this stands over: what is left cannot run before that task has ended.
  void Drain();

  // Executor::DrainFor(), DrainUntil()
  //
  // Wait as `Drain()` does, but no longer than `duration`, or until `deadline`.
  // They return true if nothing is left. The executor goes on accepting tasks.
  // With a duration of 0 or less, or a time that has passed, they return at
  // once. Those of a `ManualExecutor` run its tasks meanwhile, and look at the
  // time between them; they return false at once when nothing is left that
  // could run. The time is the steady clock's, also for a `ManualExecutor`.
  bool DrainFor(Duration duration);
  bool DrainUntil(SteadyTime deadline);

  // Executor::Shutdown()
  //
  // Ends the executor. From now on it accepts nothing, and this call returns
  // when the last task has ended. Tasks that have not started are run, or
  // dropped, as `how` says; while draining, running tasks may still submit. A
  // dropped task gets a destroy event, its future and its group a
  // ShutdownError. Returns how many queued tasks were dropped. Tasks that a
  // running task has deferred, and continuations, are dropped too, but not
  // counted.
  //
  // Called inside a task of this executor, or of a `SerialExecutor` that this
  // stands over, it does the same but does not wait. Calling it again is
  // allowed; kStop after kDrain drops what is left.
  std::size_t Shutdown(OnShutdown how);

  // Executor::ShutdownFor(), ShutdownUntil()
  //
  // Do what `Shutdown(OnShutdown::kDrain)` does for `duration`, or until
  // `deadline`. If something is left then, they drop the tasks that have not
  // started, as kStop does, and return without waiting for those that run. With
  // a duration of 0 or less, or a time that has passed, they stop at once. The
  // time is as for `DrainFor()`.
  //
  // Called where `Shutdown()` does not wait they do not either, and drop
  // nothing before the time has passed: they close the executor, and a later
  // call, outside, says how long is left. Calling them again is allowed.
  //
  //   const weft::ShutdownReport report = executor.ShutdownFor(5s);
  //   if (!report.finished) std::cerr << live_resources.Report();
  ShutdownReport ShutdownFor(Duration duration);
  ShutdownReport ShutdownUntil(SteadyTime deadline);

  // Executor::stats()
  //
  // Returns what the executor is doing, and what it has dropped: a task that is
  // cancelled, or whose deadline has passed, when its turn comes does not run
  // (context/cancellation.h, context/deadline.h). It gets a destroy event, its
  // future says which of the two it was, with a CancelledError or a
  // DeadlineExceededError, and it counts here; a task that was posted counts
  // here only. Takes locks of the executor for a moment each, those of queues
  // for as long as it takes to follow `ExecutorStats::kMostCounted` pointers at
  // most. Throws std::logic_error in a child of fork()
  // (docs/guide/shutdown.md).
  ExecutorStats stats() const;

  // Returns how many tasks may run at once: the option, or fewer if oneTBB has
  // fewer threads, as under a tbb::global_control of the application. Executors
  // that wait for each other may then lack threads.
  int concurrency() const noexcept;

 protected:
  // For the kinds of executor that are derived from this.
  explicit Executor(std::shared_ptr<executor_internal::Engine> engine) noexcept;
  executor_internal::Engine& engine() const noexcept { return *engine_; }
  // Leaves the accepted tasks to run on their own; afterwards this object may
  // only be destroyed. Returns false, with nothing done, if the executor has
  // threads of its own, which have to be ended.
  bool Abandon() noexcept;

 private:
  friend struct executor_internal::EngineOf;
  friend class TaskGroup;
  template <typename T>
  friend class Promise;

  std::shared_ptr<executor_internal::Engine> engine_;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_EXECUTOR_H_
