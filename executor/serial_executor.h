// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/serial_executor.h
// -----------------------------------------------------------------------------
//
// `SerialExecutor` runs its tasks on the workers of another executor, one at a
// time and in the order of their submission: it is a strand. An object that
// only its tasks touch needs no lock.
//
// Example:
//
//   weft::Executor executor;
//   weft::SerialExecutor account(executor);
//   int balance = 0;                          // touched by `account` only
//   for (const int amount : {3, -1, 4}) {
//     account.Post([&balance, amount] { balance += amount; });
//   }
//   account.Submit([&balance] { return balance; }).Get();  // 6

#ifndef WEFT_EXECUTOR_SERIAL_EXECUTOR_H_
#define WEFT_EXECUTOR_SERIAL_EXECUTOR_H_

#include "weft/executor/executor.h"

namespace weft {

// SerialExecutor
//
// An executor that has all that `Executor` has: tasks, futures, groups and
// promises work on it as on any other, with the same events.
//
// Order: tasks run in the order of `Post()`, `Submit()` and `TaskGroup::Run()`,
//   as far as these calls are ordered. Tasks that the running one defers, and
//   the continuations of futures that it settles, come right after it.
// Memory ordering: each task happens before the next.
// Fairness: after 32 tasks it lets the other work of the base go first.
// Waits: a task that waits keeps its place; none of the others, deferred ones
//   included, runs before it has ended. Another thread goes on with the other
//   tasks of the base. A wait inside it for a task of the same executor, or of
//   one that stands over it, throws DeadlockError; a `TaskGroup` of it that
//   ends there drops its tasks that wait. A wait for a promise that only a
//   later task of it settles never ends.
// Forks: `Join()` and loops inside a task use the workers of the base. With
//   this as their executor they run as one of its tasks.
// Exceptions: those of detached tasks go to the handler of the base.
// Thread-safety: thread-safe, except for destruction.
// Lifetime: the destructor drains, as `Executor`'s does. One of its own tasks
//   may destroy it, such as a session that owns its strand: then it is gone at
//   once, its timers are dropped, and the tasks that it has accepted run. It
//   may outlive its base: then it accepts nothing. If the base is stopped
//   first, the tasks that wait here are dropped, and their futures get a
//   ShutdownError.
// Cost: it has no thread of its own, and about 400 bytes. A task costs one lock
//   more than one of the base. No lock is held while one runs.
//
// Differs from peers: Asio's strand has `dispatch()`, which calls at once if
// the caller is inside; here nothing runs inside another task.
class SerialExecutor : public Executor {
 public:
  // Makes a strand over `base`.
  explicit SerialExecutor(Executor& base);
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_SERIAL_EXECUTOR_H_
