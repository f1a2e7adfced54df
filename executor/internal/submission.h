// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The executor's steps as its templates see them: what is not a template is
// compiled once, behind these functions.

#ifndef WEFT_EXECUTOR_INTERNAL_SUBMISSION_H_
#define WEFT_EXECUTOR_INTERNAL_SUBMISSION_H_

#include <cstddef>
#include <exception>
#include <memory>

#include "weft/executor/internal/blocked_wait.h"
#include "weft/executor/internal/completion.h"
#include "weft/executor/internal/task.h"
#include "weft/executor/internal/thread_state.h"
#include "weft/executor/internal/wait_deadline.h"
#include "weft/hooks/async_id.h"

namespace weft::executor_internal {

class Engine;

// What stands behind an executor, for the templates that work on one.
struct EngineOf {
  template <typename AnyExecutor>
  static Engine& Get(const AnyExecutor& executor) noexcept {
    return executor.engine();
  }
};

// Has `engine` accept `task`, emit init and queue it. Throws ShutdownError, or
// std::bad_alloc, and then the task is gone.
void Submit(Engine& engine, TaskPtr&& task, Turn turn = Turn::kQueued);

// The same for a task that hooks know already, and that is not owned by who
// queues it: a coroutine that is to go on. If it throws the task is as before.
void Requeue(Engine& engine, Task& task);

// The first half of Submit(), for a task that waits for something before it can
// be queued: emits init, throws ShutdownError.
void Announce(Engine& engine, Task& task);
// The second half, in two steps: counts the task among what `engine` has to
// end, and queues it. False, and it must be refused, if
// `engine` has been stopped meanwhile.
bool AcceptAnnounced(Engine& engine);
void EnqueueAnnounced(Engine& engine, Task& task,
                      Turn turn = Turn::kNext) noexcept;
// Ends an announced task unrun: who waits for it is told `why`.
void Refuse(Task& task, std::exception_ptr why) noexcept;

// What a wait is for.
enum class WaitKind {
  kResult,    // the end of a task, or of all of an executor
  kPromise,   // what anybody may settle
  kGroup,     // a group: its tasks that are queued the caller runs itself
  kGroupEnd,  // the same, and it may not fail
  kFork,      // a part of a fork elsewhere; it may not fail either
  kShutdown,  // the end of all of an executor, for ever; nor may that
};

// Waits until `completion` is done, by tasks of `awaited`, if not null. If
// those have no threads of their own, the calling thread runs them, and what
// else is queued with them, in its order. Else, inside a task, it runs what it
// waits for, as `kind` says, or sleeps; then its executor has another thread go
// on in its place.
//
// Throws DeadlockError if a task on the calling thread's stack would have to
// end first, or if those without threads have nothing left to run; and
// WaitLimitError, see WaitFor::MayFail.
//
// With a deadline it returns false when that has passed, and what it was
// running then has ended; or, instead of throwing, if nothing is left to run.
bool Await(Completion& completion, Engine* awaited, WaitKind kind,
           const WaitDeadline& deadline = {});

// The last part of that: sleeps once, until it is woken, if only for that.
void SleepOnce(Completion& completion, const WaitFor& what,
               const WaitDeadline& deadline);

// Before a wait for what tasks of `engine` complete: throws DeadlockError if
// those cannot run before the calling task has ended.
void CheckWait(Engine& engine, const Completion& completion);

// Is the calling thread a worker of `engine`, inside a task?
bool RunsOnWorkerOf(Engine& engine) noexcept;
// Runs a task that the caller has claimed, though it is queued still: who waits
// for a task runs that rather than another.
void RunTaken(Engine& engine, Task& task) noexcept;

// `completion` has one pending less. On a worker it may be told so a little
// later, together with others.
void FinishBatched(Completion& completion) noexcept;
// Tells it now.
void FlushBatched() noexcept;

// Throws StackLimitError. `function` is the caller's.
[[noreturn]] void ThrowStackLimit(const char* function);

inline void CheckStack(const char* function) {
  if (StackIsShort()) [[unlikely]]
    ThrowStackLimit(function);
}

// A share in the ownership of `engine`, which must be owned by a shared_ptr.
std::shared_ptr<Engine> ShareEngine(Engine& engine) noexcept;

// Hands an exception to the engine's handler of unhandled ones.
void HandleUnhandled(Engine& engine, std::exception_ptr exception) noexcept;

// Throws std::logic_error: `function` was called on a future without a result.
[[noreturn]] void ThrowNoResult(const char* function);

// Throws std::logic_error: `function` was called twice, or on a promise that is
// settled, or moved from.
[[noreturn]] void ThrowNotSettleable(const char* function);

// Throws std::invalid_argument: of the futures given to `function`, that one
// has no result.
[[noreturn]] void ThrowNoInput(const char* function, std::size_t index);
// Throws std::invalid_argument: `function` was given no futures; `remedy`.
[[noreturn]] void ThrowNoInputs(const char* function, const char* remedy);

// Throws std::invalid_argument: `function` was given a task that is empty.
[[noreturn]] void ThrowEmptyTask(const char* function);

// Throws std::invalid_argument: Promise::SetException() was given a null one.
[[noreturn]] void ThrowNullException();

// ShutdownError, for a task that was dropped unrun.
std::exception_ptr DroppedError() noexcept;
// BrokenPromiseError, for a promise destroyed before it was settled.
std::exception_ptr BrokenError(AsyncId async_id) noexcept;

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_SUBMISSION_H_
