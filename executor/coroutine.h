// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/coroutine.h
// -----------------------------------------------------------------------------
//
// `Task<T>` is the return type of a coroutine that has a context and an async
// id of its own. They are current whenever it runs, on whichever thread that
// is, and nothing that it enters reaches the code that called, awaits or
// resumes it.
//
// Example:
//
//   weft::Task<Page> Render(weft::Executor& executor, Query query) {
//     const auto scope = user.WithScope(query.user);    // until it ends
//     Rows rows = co_await Load(query);                 // another coroutine
//     co_await executor.Schedule();                     // to that executor
//     const Style style = co_await styles.Find(rows);   // a Future
//     co_return Page(rows, style);
//   }
//
//   weft::Future<Page> page = weft::Spawn(executor, Render(executor, query));
//
// The steps of a coroutine, in the order in which they happen:
//
//   where it is called   its own flow begins: the caller's context is captured,
//                        an id given; it does not run yet       init
//   each segment         context and id installed               before
//                        runs until it suspends                 after
//   its last             its local variables are destroyed      promise_resolve
//                                                               after
//   where it is dropped  its parameters are destroyed, in its
//                        context; that is released              destroy
//
// A coroutine that was spawned is dropped at its end, before a wait for its
// future returns. One that is awaited is dropped at the end of the full
// expression that awaits it.
//
// Node counterpart: an async function.

#ifndef WEFT_EXECUTOR_COROUTINE_H_
#define WEFT_EXECUTOR_COROUTINE_H_

#include <type_traits>
#include <utility>

#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/coroutine/coroutine_promise.h"
#include "weft/executor/internal/coroutine/group_coroutine.h"
#include "weft/executor/internal/coroutine/group_wait.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/future_state.h"
#include "weft/executor/task_group.h"
#include "weft/hooks/async_id.h"

namespace weft {

class TaskScope;

// Task
//
// A coroutine that has not been started. Another coroutine can `co_await` it,
// or `Spawn()` starts it; in both cases the object is empty afterwards. Its
// type to hooks is "COROUTINE".
//
// In the coroutine, `co_await` of
//
//   a Task<U>          runs that task; the awaiting one goes on, on the thread
//                      where it ends. Gives its result, or throws its
//                      exception.
//   a Future<U>        takes the result as `Get()` does, without blocking. Goes
//                      on at once if it is there, else as a continuation would:
//                      right after the task that settles it, on its executor.
//   a SharedFuture<U>  the same, but gives a `const U&`, good as long as a copy
//                      of the future.
//   a TaskGroup&       waits for the group's tasks as `Wait()` does, without
//                      blocking (task_group.h); goes on on its executor.
//   executor.Schedule()        goes on as a task of that executor.
//   Sleep(executor, duration)  does the same, so much later (sleep.h).
//   another awaitable  has its `await_suspend()` called in the coroutine's
//                      context and with its id, after the segment has ended,
//                      so that the code to which it gives the handle may resume
//                      the coroutine at once, on any thread.
//
// Scopes (`WithScope()`, `DefaultTriggerScope`) may be held across `co_await`.
// A lock, or a pointer to anything `thread_local`, may not: the thread changes.
//
// WITH g++ BEFORE 13 AN EXPRESSION THAT AWAITS MUST NOT MAKE A LAMBDA WITH
// CAPTURES BY VALUE, nor an aggregate with members that have destructors. The
// compiler (bugs 99576, 100611) destroys them twice, whatever they are given
// to:
//
//   co_await executor.Submit([name] { ... });             // double free
//   co_await Load(Query{.user = name});                   // double free
//
//   auto page = executor.Submit([name] { ... });          // right
//   co_await std::move(page);
//   co_await executor.Submit([&name] { ... });            // right
//   co_await executor.Submit(std::bind_front(Render, name));  // right
//
// No library can prevent that, as the compiler gets the caller's own statement
// wrong. tools/checks/check_awaited_captures.py finds such statements.
//
// Thread-safety: owner-only. A coroutine runs on one thread at a time; what it
//   did in one segment happens before the next one.
// Lifetime: references among the parameters must outlive the coroutine, as must
//   the captures of a lambda: they are the lambda's, not the coroutine's. A
//   coroutine that is suspended in an awaitable of your own may be destroyed by
//   the code that was given its handle; its objects die in its context, and a
//   wait for it throws a BrokenPromiseError that names its async id. A
//   coroutine that is suspended in anything else must not be destroyed: that
//   aborts with a message.
// Cost: one allocation, none for a frame up to some 800 bytes, whose memory is
//   used again; for the capture of the context see `ContextSnapshot`.
//   `Schedule()` allocates nothing. Transfers between coroutines use no stack,
//   however many there are, with every compiler and setting.
// Errors: ShutdownError is thrown by `co_await` if the executor on which the
//   coroutine was to go on has been stopped: the coroutine unwinds on the
//   thread that stops it. CancelledError and DeadlineExceededError are thrown
//   by `co_await` if the coroutine is cancelled or its deadline passes
//   (context/cancellation.h, context/deadline.h) while it waits for a future or
//   a group, or when it is to go on as a task of an executor. It goes on at
//   once, as a task of that future's or group's executor, and nothing of the
//   wait is left there. A continuation (`Then()`) that still waits, and whose
//   future only this coroutine waits for, is given up then, as by `WhenAny()`.
//   To await a future to its end although the flow is cancelled or late, open a
//   `ShieldScope` before. An exception that a coroutine throws is thrown in the
//   coroutine that awaits it, or by its future. `co_await` of an empty task is
//   a std::invalid_argument. A function that returns a coroutine does not
//   compile where its result would be dropped, as by `Executor::Post()`.
// Differs from Node: it starts when awaited or spawned, not when called; what
//   it enters before its first suspension does not reach the caller either.
template <typename T = void>
class [[nodiscard]] Task {
 public:
  // The promise type that the compiler looks for.
  using promise_type = executor_internal::CoroutinePromise<T>;
  static_assert(
      std::is_reference_v<T> || std::is_void_v<T> ||
          alignof(std::conditional_t<std::is_void_v<T>, char, T>) <=
              __STDCPP_DEFAULT_NEW_ALIGNMENT__,
      "Task<T>: T must not need a greater alignment than `new` gives");

  // Makes an empty task.
  Task() = default;
  Task(Task&&) noexcept = default;
  Task& operator=(Task&&) noexcept = default;
  // Drops the coroutine if it was not started.
  ~Task() = default;

  // True until the task has been awaited, spawned or moved from.
  bool valid() const noexcept { return static_cast<bool>(coroutine_); }

  // Returns the id of the coroutine. Throws std::invalid_argument if not
  // `valid()`.
  AsyncId async_id() const {
    if (!valid()) executor_internal::ThrowEmptyTask("Task::async_id");
    return coroutine_.task().resource().async_id();
  }

 private:
  template <typename U>
  friend Future<U> Spawn(Executor& executor, Task<U> task);
  template <typename U>
  friend void SpawnDetached(Executor& executor, Task<U> task);
  template <typename U>
  friend void Spawn(TaskGroup& group, Task<U> task);
  friend TaskScope;
  friend executor_internal::CoroutinePromise<T>;
  friend executor_internal::AwaitSource<Task<T>>;

  explicit Task(executor_internal::OwnedCoroutine<T> coroutine) noexcept
      : coroutine_(std::move(coroutine)) {}

  executor_internal::OwnedCoroutine<T> coroutine_;
};

namespace executor_internal {

template <typename T>
weft::Task<T> CoroutinePromise<T>::get_return_object() noexcept {
  return weft::Task<T>(OwnedCoroutine<T>(this->task()));
}
inline weft::Task<void> CoroutinePromise<void>::get_return_object() noexcept {
  return weft::Task<void>(OwnedCoroutine<void>(task()));
}

}  // namespace executor_internal

// Spawn()
//
// Starts `task` on `executor`, after the tasks that are queued there already,
// and returns the future of its result. `Spawn(...).Get()` is how code that is
// no coroutine waits for one. Throws std::invalid_argument if `task` is empty,
// ShutdownError after `Shutdown()`, std::bad_alloc; then the task is dropped.
// If the executor is stopped before it has been started the future throws
// ShutdownError.
//
// As with `Then()`, a coroutine that waits for something else does not count as
// the executor's: neither `Drain()` nor the destructor waits for it while it is
// suspended in a future, or runs on another executor. Wait for its future,
// before anything that it refers to goes.
//
// Cost: one allocation.
template <typename T>
Future<T> Spawn(Executor& executor, Task<T> task) {
  using State = executor_internal::SpawnedCoroutine<T>;
  if (!task.valid()) executor_internal::ThrowEmptyTask("Spawn");
  auto* const state = new State(executor_internal::EngineOf::Get(executor),
                                std::move(task.coroutine_));
  const auto owned = executor_internal::FutureStateRef<T>::Adopt(state);
  state->Start();
  return executor_internal::FutureMaker::Make<T>(owned);
}

// Starts `task` on the group's executor, as one of the group's tasks
// (task_group.h): a wait for the group waits for it too, and throws what it
// throws; its result is dropped. If it is cancelled before it has been started
// it counts in `TaskGroup::cancelled()`. `TaskGroup::Cancel()` does not reach
// it. Throws as the function above; then the group is as before.
template <typename T>
void Spawn(TaskGroup& group, Task<T> task) {
  if (!task.valid()) executor_internal::ThrowEmptyTask("Spawn");
  executor_internal::GroupCoroutine<T>::Start(
      executor_internal::EngineOf::Get(group.executor_), group.state_,
      std::move(task.coroutine_));
}

// SpawnDetached()
//
// Starts `task` on `executor`, as `Spawn()` does, for its effect alone: its
// result is dropped, and an exception that it throws goes to the executor's
// unhandled exception handler (executor_options.h). A CancelledError, a
// DeadlineExceededError or a ShutdownError does not: a coroutine may end so.
// The coroutine owns itself; nothing that it refers to may go before it ends.
//
// Counterpart: `folly::coro::co_invoke(...).scheduleOn(...).start()`.
template <typename T>
void SpawnDetached(Executor& executor, Task<T> task) {
  using State = executor_internal::DetachedCoroutine<T>;
  if (!task.valid()) executor_internal::ThrowEmptyTask("SpawnDetached");
  auto* const state = new State(executor_internal::EngineOf::Get(executor),
                                std::move(task.coroutine_));
  const auto owned = executor_internal::FutureStateRef<T>::Adopt(state);
  state->Start();
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_COROUTINE_H_
