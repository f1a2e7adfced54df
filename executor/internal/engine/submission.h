// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The executor's steps as its templates see them: what is not a template is
// compiled once, behind these functions.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_SUBMISSION_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_SUBMISSION_H_

#include <exception>
#include <memory>

#include "weft/executor/internal/engine/submission_errors.h"
#include "weft/executor/internal/task/queued_task.h"

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
void Submit(Engine& engine, TaskPtr&& task,
            QueuePosition position = QueuePosition::kQueued);

// The same for a task that hooks know already, and that is not owned by who
// queues it: a coroutine that is to go on. If it throws the task is as before.
void Requeue(Engine& engine, QueuedTask& task);

// The first half of Submit(), for a task that waits for something before it can
// be queued: emits init, throws ShutdownError.
void Announce(Engine& engine, QueuedTask& task);
// The second half, in two steps: counts the task among what `engine` has to
// end, and queues it. False, and it must be refused, if
// `engine` has been stopped meanwhile.
bool AcceptAnnounced(Engine& engine);
void EnqueueAnnounced(Engine& engine, QueuedTask& task,
                      QueuePosition position = QueuePosition::kNext) noexcept;
// Ends an announced task unrun: who waits for it is told `why`.
void Refuse(QueuedTask& task, std::exception_ptr why) noexcept;

// Is the calling thread a worker of `engine`, inside a task?
bool RunsOnWorkerOf(Engine& engine) noexcept;
// Runs a task that the caller has claimed, though it is queued still: who waits
// for a task runs that rather than another.
void RunTaken(Engine& engine, QueuedTask& task) noexcept;

// A share in the ownership of `engine`, which must be owned by a shared_ptr.
std::shared_ptr<Engine> ShareEngine(Engine& engine) noexcept;

// Hands an exception to the engine's handler of unhandled ones.
void HandleUnhandled(Engine& engine, std::exception_ptr exception) noexcept;

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_SUBMISSION_H_
