// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/task_group.h
// -----------------------------------------------------------------------------
//
// `TaskGroup` runs tasks and waits for the end of all of them together.
//
// Example:
//
//   weft::TaskGroup group(executor);
//   for (const Part& part : parts) {
//     group.Run([&part] { Process(part); });
//   }
//   group.Wait();  // throws what the first part to fail threw
//
// In a coroutine (coroutine.h) `co_await group` does the same and blocks no
// thread.

#ifndef WEFT_EXECUTOR_TASK_GROUP_H_
#define WEFT_EXECUTOR_TASK_GROUP_H_

#include <cstddef>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

#include "weft/executor/executor.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/engine/wait.h"
#include "weft/executor/internal/future/group_task.h"
#include "weft/executor/internal/task/callable.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/queued_task.h"

namespace weft::executor_internal {

template <typename Awaitable>
class AwaitSource;

}  // namespace weft::executor_internal

namespace weft {

template <typename T>
class Task;
class TaskGroup;

// Declared in coroutine.h.
template <typename T>
void Spawn(TaskGroup& group, Task<T> task);

// TaskGroup
//
// A set of tasks that one wait is for: `Wait()`, or `co_await` of the group.
//
// Thread-safety: `Run()` is thread-safe, also from the group's own tasks; one
//   thread or coroutine at a time may wait.
// Memory ordering: what the tasks did happens before a wait returns; their
//   hook events have been emitted by then, their context and captures released.
// Lifetime: the executor must outlive the group. The destructor waits; an
//   exception that no wait has thrown then goes to the executor's unhandled
//   exception handler, in an UnseenFailureError (errors.h) that names the place
//   where the group was made. While a coroutine awaits the group the destructor
//   also waits until that has gone on: the coroutine gets the outcome.
// Allocation: none of its own. Tasks whose functions are small, some 100 bytes,
//   lie in memory that is used again.
class TaskGroup {
 public:
  // Makes a group whose tasks run on `executor`.
  explicit TaskGroup(
      Executor& executor,
      std::source_location where = std::source_location::current()) noexcept;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  // TaskGroup::Run()
  //
  // Queues `fn` to be run as a task of the group. Throws what
  // `Executor::Post()` throws; then nothing will run, and the group is as
  // before.
  template <typename Fn>
    requires std::is_invocable_v<std::decay_t<Fn>>
  void Run(Fn&& fn,
           std::source_location where = std::source_location::current()) {
    static_assert(!executor_internal::kIsToBeSpawned<std::decay_t<Fn>>,
                  "fn returns a coroutine, which only Spawn() runs");
    using Task = executor_internal::GroupTask<std::decay_t<Fn>>;
    executor_internal::CheckStack("TaskGroup::Run");
    state_.completion().Add();
    try {
      executor_internal::Submit(executor_.engine(),
                                executor_internal::TaskPtr(new Task(
                                    state_, std::forward<Fn>(fn), where)),
                                executor_internal::QueuePosition::kForked);
    } catch (...) {
      state_.completion().Finish();
      throw;
    }
  }

  // TaskGroup::Wait()
  //
  // Waits until all tasks of the group have ended, those that they ran in the
  // group included. If any threw, throws the first of those exceptions; the
  // others are counted. A task that `Shutdown(OnShutdown::kStop)` dropped
  // counts as one that threw ShutdownError, and one whose deadline had passed
  // as one that threw DeadlineExceededError. Tasks whose flow was cancelled
  // only count in `cancelled()`. The group can then be used again.
  //
  // Called inside a task, the calling thread runs those of the group's tasks
  // that are queued, and nothing else; the caller's context and ids are
  // untouched by them. When none is left it sleeps, and another thread goes on
  // in its place. Outside of tasks it sleeps. Throws DeadlockError inside one
  // of the group's own tasks, StackLimitError if the calls are nested too deep,
  // WaitLimitError (errors.h).
  //
  // `co_await group` in a coroutine waits for the same and throws the same of
  // the tasks, but runs none of them and blocks no thread. The coroutine goes
  // on, with its own context and id, as a task of the group's executor, after
  // those queued before; at once if no task is left. If it is cancelled, or
  // late, it throws CancelledError or DeadlineExceededError at once, and
  // nothing of the wait is left in the group; the tasks go on, and the outcome
  // is for the next wait. A group that is local to the coroutine then waits in
  // its destructor, and blocks the thread: call `Cancel()` before, or await it
  // once more in a `ShieldScope`. If the executor has been stopped it throws
  // ShutdownError. It allocates nothing, but for the timer of a deadline.
  void Wait();

  // TaskGroup::Cancel()
  //
  // Keeps the tasks of the group that have not started from running: they get a
  // destroy event, and count as cancelled, not as failed. Until the next wait
  // has ended this holds for tasks that are added too. Those that run go on, as
  // do coroutines. This is thread-safe, and may be called inside the group's
  // own tasks.
  void Cancel() noexcept { state_.Cancel(); }
  bool is_cancelled() const noexcept { return state_.is_cancelled(); }

  // Returns how many tasks had failed when the last wait ended, the one whose
  // exception it threw included.
  std::size_t failures() const noexcept { return failures_; }
  // Returns how many tasks `Cancel()`, or a cancellation of their flow, had
  // kept from running by then.
  std::size_t cancelled() const noexcept { return cancelled_; }

 private:
  friend executor_internal::AwaitSource<TaskGroup>;
  template <typename T>
  friend void Spawn(TaskGroup& group, Task<T> task);

  // Waits until `pending` is done by tasks of the executor.
  void WaitUntilDone(executor_internal::Completion& pending,
                     executor_internal::WaitKind kind);
  // Takes how the tasks fared; returns the first exception, or null.
  std::exception_ptr TakeResult() noexcept;
  // Throws that exception, if there is one.
  void ThrowFirstFailure();

  Executor& executor_;
  const std::source_location where_;
  executor_internal::GroupState state_;
  std::size_t failures_ = 0;
  std::size_t cancelled_ = 0;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_TASK_GROUP_H_
