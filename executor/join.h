// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/join.h
// -----------------------------------------------------------------------------
//
// `Join()` runs functions that may run at the same time, and returns when all
// have. It suits divide and conquer: a fork that no worker steals costs a few
// nanoseconds.
//
// Example:
//
//   long Fib(int n) {
//     if (n < 2) return n;
//     auto [a, b] = weft::Join([&] { return Fib(n - 1); },
//                              [&] { return Fib(n - 2); });
//     return a + b;
//   }
//   long fib = executor.Submit([] { return Fib(30); }).Get();

#ifndef WEFT_EXECUTOR_JOIN_H_
#define WEFT_EXECUTOR_JOIN_H_

#include <source_location>
#include <type_traits>

#include "weft/executor/executor.h"
#include "weft/executor/internal/join/fork_join.h"

namespace weft {

// Join
//
// Calls `f()`, inside a task, as the caller; meanwhile other workers of the
// task's executor may take the other functions. Those that none takes are
// called afterwards, on this thread, in their order. Returns when all have
// ended, with their results as a tuple, in which `std::monostate` stands for a
// function that returns nothing. Returns nothing if no function returns
// anything. On a `ManualExecutor` all run on the calling thread, in order.
//
// All run in the context of this call, and what one enters ends with it. Each
// but `f` is a task of type "FORK_TASK", under an id of its own whose trigger
// is the caller.
//
// All are called, also if the flow is cancelled or its deadline has passed, as
// a caller that forks a part counts on it. `ParallelFor()` does check.
//
// While it waits for a function that another worker has taken, the thread runs
// only what that worker has forked of it in turn; while there is nothing of
// that it sleeps, and a spare thread goes on in its place. The caller's context
// and ids are untouched by what it runs.
//
// Thread-safety: thread-safe. The functions run at the same time as each other.
// Memory ordering: everything before the call happens before the functions, and
//   what they do happens before it returns.
// Allocation: none; the functions are called where they lie.
// Errors: if functions throw, the exception of the first of them, in the order
//   of the arguments, is thrown when all have ended. StackLimitError, with
//   nothing called, if calls are nested too deep: see errors.h.
//   std::logic_error outside of tasks.
template <typename F, typename G>
  requires std::is_invocable_v<F&> && std::is_invocable_v<G&>
auto Join(F&& f, G&& g,
          std::source_location where = std::source_location::current()) {
  return executor_internal::JoinHere<executor_internal::JoinKind>(where, f, g);
}
template <typename F, typename G, typename H>
  requires std::is_invocable_v<F&> && std::is_invocable_v<G&> &&
           std::is_invocable_v<H&>
auto Join(F&& f, G&& g, H&& h,
          std::source_location where = std::source_location::current()) {
  return executor_internal::JoinHere<executor_internal::JoinKind>(where, f, g,
                                                                  h);
}
// Does the same for any number of functions; hooks are not told the place of
// the call.
template <typename F, typename... Gs>
  requires(sizeof...(Gs) >= 3) && std::is_invocable_v<F&> &&
          (std::is_invocable_v<Gs&> && ...)
auto Join(F&& f, Gs&&... gs) {
  return executor_internal::JoinHere<executor_internal::JoinKind>({}, f, gs...);
}

// Join
//
// Does the same on the workers of `executor`, and may be called from anywhere.
// Outside of its tasks the calling thread waits, as by `Future::Wait()`, while
// a worker calls `f` too, as a task. Throws ShutdownError after `Shutdown()`,
// and std::bad_alloc if no thread can be had; then nothing is called.
template <typename F, typename G>
  requires std::is_invocable_v<F&> && std::is_invocable_v<G&>
auto Join(Executor& executor, F&& f, G&& g,
          std::source_location where = std::source_location::current()) {
  return executor_internal::JoinIn<executor_internal::JoinKind>(
      executor_internal::EngineOf::Get(executor),
      executor_internal::ForkSite::Here(where), f, g);
}
template <typename F, typename... Gs>
  requires(sizeof...(Gs) >= 2) && std::is_invocable_v<F&> &&
          (std::is_invocable_v<Gs&> && ...)
auto Join(Executor& executor, F&& f, Gs&&... gs) {
  return executor_internal::JoinIn<executor_internal::JoinKind>(
      executor_internal::EngineOf::Get(executor),
      executor_internal::ForkSite::Here({}), f, gs...);
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_JOIN_H_
