// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How a thread waits: what it runs meanwhile, and when it sleeps.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_WAIT_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_WAIT_H_

#include "weft/base/sync/wait_deadline.h"
#include "weft/executor/internal/engine/blocked_wait.h"
#include "weft/executor/internal/task/completion.h"

namespace weft::executor_internal {

class Engine;

// Says what a wait is for, and so what the waiting thread may run.
enum class WaitKind {
  kResult,    // the end of a task, or of all of an executor
  kPromise,   // what any thread may settle
  kGroup,     // a group: the caller runs its queued tasks itself
  kGroupEnd,  // the same, and it may not fail
  kFork,      // a part of a fork elsewhere; it may not fail either
  kShutdown,  // the end of all of an executor, for ever; nor may that
};

constexpr WaitFor::MayFail MayFail(WaitKind kind) noexcept {
  return kind == WaitKind::kResult || kind == WaitKind::kPromise ||
                 kind == WaitKind::kGroup
             ? WaitFor::MayFail::kYes
             : WaitFor::MayFail::kNo;
}

// Waits until `completion` is done, by tasks of `awaited`, if not null. If
// those have no threads of their own, the calling thread runs them, and what
// else is queued with them, in its order. Else, inside a task, it runs what it
// waits for, as `kind` says, or sleeps; then its executor lets another thread
// go on in its place.
//
// Throws DeadlockError if a task on the calling thread's stack would have to
// end first, or if those without threads have nothing left to run; and
// WaitLimitError, see WaitFor::MayFail.
//
// Returns true if it was done at some moment of the wait; more may have been
// added since. With a deadline it returns false when that has passed and what
// it was running by then has ended; or, instead of throwing, if nothing is left
// to run.
bool Await(Completion& completion, Engine* awaited, WaitKind kind,
           const base::WaitDeadline& deadline = {});

// Does the last part of that: sleeps once, until any wake-up. Returns true if
// `completion` was done meanwhile.
bool SleepOnce(Completion& completion, const WaitFor& what,
               const base::WaitDeadline& deadline);

// Call it before a wait for what tasks of `engine` complete: throws
// DeadlockError if those cannot run before the calling task has ended.
void CheckWait(Engine& engine, const Completion& completion);

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_WAIT_H_
