// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The executor's steps as its templates see them: what is not a template is
// compiled once, behind these functions.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_SUBMISSION_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_SUBMISSION_H_

#include <exception>
#include <memory>
#include <utility>

#include "weft/executor/internal/engine/submission_errors.h"
#include "weft/executor/internal/task/queued_task.h"

namespace weft::executor_internal {

class Engine;

// Gives the templates that work on an executor access to its engine.
struct EngineOf {
  template <typename AnyExecutor>
  static Engine& Get(const AnyExecutor& executor) noexcept {
    return executor.engine();
  }
};

// Makes `engine` accept `task`, emits init and queues it. Throws ShutdownError,
// or std::bad_alloc, and then the task is gone.
void SubmitOwned(Engine& engine, QueuedTask& task, QueuePosition position);
inline void Submit(Engine& engine, TaskPtr&& task,
                   QueuePosition position = QueuePosition::kQueued) {
  SubmitOwned(engine, *task.release(), position);
}

// The same for a task that hooks know already, and that the caller does not
// own: a coroutine that is to go on. If it throws the task is as before.
void Requeue(Engine& engine, QueuedTask& task);

// Does the first half of Submit(), for a task that waits for something before
// it can be queued: emits init, throws ShutdownError.
void Announce(Engine& engine, QueuedTask& task);
// Do the second half, in two steps: the first counts the task among what
// `engine` has to end, the second queues it. AcceptAnnounced() returns false if
// `engine` has been stopped meanwhile; the task must then be refused.
bool AcceptAnnounced(Engine& engine);
void EnqueueAnnounced(Engine& engine, QueuedTask& task,
                      QueuePosition position = QueuePosition::kNext) noexcept;
// Ends an announced task unrun, and tells its waiters `why`.
void Refuse(QueuedTask& task, std::exception_ptr why) noexcept;

// True if the calling thread is a worker of `engine`, inside a task.
bool RunsOnWorkerOf(Engine& engine) noexcept;
// Runs a task that the caller has claimed, though it is still queued: a thread
// that waits for a task runs that one rather than another.
void RunTaken(Engine& engine, QueuedTask& task) noexcept;

// Returns a share in the ownership of `engine`, which must be owned by a
// shared_ptr.
std::shared_ptr<Engine> ShareEngine(Engine& engine) noexcept;

// Passes an exception to the engine's unhandled exception handler.
void HandleUnhandled(Engine& engine, std::exception_ptr exception) noexcept;

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_SUBMISSION_H_
