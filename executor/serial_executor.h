// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/serial_executor.h
// -----------------------------------------------------------------------------
//
// `SerialExecutor` runs its tasks on the workers of another executor, one at a
// time and in the order of their submission: a strand. What only its tasks
// touch needs no lock.
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
// All of `Executor`: tasks, futures, groups and promises work on it as on any
// other, with the same events.
//
// Order: in the order of `Post()`, `Submit()` and `TaskGroup::Run()`, as far as
//   these calls are ordered; what the running task defers, and the
//   continuations of what it settles, come right after it.
// Memory ordering: each task happens before the next.
// Fairness: after 32 tasks it lets the other work of the base go first.
// Waits: a task that waits keeps its place: none of the others, deferred ones
//   included, runs before it has ended. Another thread goes on with the other
//   tasks of the base. A wait inside it for a task of the same executor throws
//   DeadlockError. A wait for a promise that only a later task of it settles
//   never ends.
// Forks: `Join()` and loops inside a task use the workers of the base; given it
//   as their executor they run as one of its tasks.
// Exceptions: of detached tasks go to the handler of the base.
// Thread-safety: thread-safe, but for destruction.
// Lifetime: the destructor drains, as `Executor`'s. One of its own tasks may
//   destroy it, such as a session that owns its strand: then it is gone at
//   once, its timers are dropped, and what it has accepted runs. It may outlive
//   its base: then it accepts nothing. If the base is stopped first, what waits
//   here is dropped: futures get a ShutdownError.
// Cost: no thread of its own; about 400 bytes. A task costs one lock more than
//   one of the base. No lock is held while one runs.
//
// Differs from peers: Asio's strand has `dispatch()`, which calls at once if
// the caller is inside; here nothing runs inside another task.
class SerialExecutor : public Executor {
 public:
  // Over `base`.
  explicit SerialExecutor(Executor& base);
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_SERIAL_EXECUTOR_H_
