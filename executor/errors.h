// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/errors.h
// -----------------------------------------------------------------------------
//
// These are the exceptions that the executor throws, besides
// `std::invalid_argument` for a bad argument and `std::logic_error` for a
// misuse of an object.

#ifndef WEFT_EXECUTOR_ERRORS_H_
#define WEFT_EXECUTOR_ERRORS_H_

#include <exception>
#include <stdexcept>

#include "weft/base/language.h"

namespace weft {

// Thrown by a submission to an executor that has been shut down, and by
// `Future::Get()` and `TaskGroup::Wait()` for tasks that were dropped by
// `Shutdown(OnShutdown::kStop)` before they ran.
class ShutdownError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thrown by a submission to a `BoundedExecutor` that is full and rejects. It
// names the capacity, and how many tasks the executor was offered and has
// rejected.
class RejectedError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thrown by a wait for a `Promise` that was destroyed before it was settled, or
// for a coroutine that was destroyed before it ended. It names the async id of
// that.
class BrokenPromiseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Given to the unhandled exception handler for a `TaskGroup` that was destroyed
// with a failure that no `Wait()` had thrown. It names where the group was made
// and what the first of its tasks to fail threw; that exception is nested.
class UnseenFailureError : public std::runtime_error,
                           public std::nested_exception {
 public:
  // Nests the exception that is being handled.
  using std::runtime_error::runtime_error;
};

// Thrown by a wait that could never end: of a task for itself, or for its own
// executor to drain; of a task for one that waits for it, which the message
// names too; and on a `ManualExecutor`, or in a simulation, if nothing is left
// to run.
class DeadlockError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// Thrown by a wait inside a task when all threads of its executor wait, no
// further one is allowed (ExecutorOptions::max_spare_threads) or can be had,
// and tasks are queued that no thread would run. The task that was waited for
// is as before. Tasks that wait in such numbers should be coroutines:
// `co_await` takes no thread.
class WaitLimitError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thrown instead of overflowing the stack: by a fork, and by a wait that would
// run the awaited task on this stack, if less than 128 KiB of a worker's stack
// is left. Nothing has been forked then, and the wait can be repeated where the
// stack is less deep.
class StackLimitError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thrown by a wait for a task that did not run because it had been cancelled
// before (context/cancellation.h), and by a loop that was ended for that. It
// names the task: its type, its async id, where it was submitted.
class CancelledError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Thrown likewise for a task whose deadline had passed (context/deadline.h).
class DeadlineExceededError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_ERRORS_H_
