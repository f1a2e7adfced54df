// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The seam: where executor, context and hooks meet, and nowhere else.
//
//   TaskOrigin  on the submitting thread: captures frame and ids, emits init
//   TaskScope   on the running thread: installs both; before, ..., after,
//               then destroy
//
// No other file of the executor touches frames or emits lifecycle events.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_SCOPE_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_SCOPE_H_

#include <source_location>

#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/internal/execution_state.h"
#include "weft/hooks/providers.h"
#include "weft/hooks/resource.h"

namespace weft::executor_internal {

// Where a task came from, and who it is. Passed from the submitting thread to
// the running one, by whatever passes the task.
class TaskOrigin {
 public:
  // Captures the calling flow: its frame, and its id as the trigger.
  // `where` it was submitted. Throws std::bad_alloc, with nothing changed.
  TaskOrigin(Provider provider, std::source_location where);
  // The same with another trigger.
  TaskOrigin(Provider provider, AsyncId trigger_async_id,
             std::source_location where);
  TaskOrigin(const TaskOrigin&) = delete;
  TaskOrigin& operator=(const TaskOrigin&) = delete;

  // Emits init. Once, on the submitting thread, when the task is complete and
  // accepted: from here on it gets its destroy, whatever happens.
  void EmitInit() noexcept;

  const Resource& resource() const noexcept { return resource_; }

 private:
  friend class TaskScope;

  context_internal::FrameRef frame_;
  Resource resource_;
};

// Makes the calling thread be the task for the life of the scope. What the task
// captured must die inside: its destructors may read the context. Afterwards
// frame and ids are the caller's again, and the task has released its own.
class TaskScope {
 public:
  enum class Purpose {
    kRun,     // before, ..., after, destroy
    kDiscard  // destroy only: the task will not run
  };

  TaskScope(TaskOrigin& origin, Purpose purpose) noexcept;
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;
  ~TaskScope();

  // The task has settled the future that it is.
  void EmitPromiseResolve() noexcept;

 private:
  // Emits destroy, with the caller's frame and ids back in place.
  struct LastStep {
    ~LastStep();
    Resource& resource;
  };

  const LastStep last_step_;
  const Purpose purpose_;
  const hooks_internal::ExecutionScope execution_;
  const context_internal::FrameScope frame_;
};

// A promise as hooks see it: init when made, destroy when gone.
class PromiseOrigin {
 public:
  explicit PromiseOrigin(std::source_location where) noexcept;
  PromiseOrigin(const PromiseOrigin&) = delete;
  PromiseOrigin& operator=(const PromiseOrigin&) = delete;
  ~PromiseOrigin();

  void EmitPromiseResolve() noexcept;

  AsyncId async_id() const noexcept { return resource_.async_id(); }

 private:
  Resource resource_;
};

// Checks, in debug builds, that a worker between tasks runs in no context.
void CheckIdle() noexcept;

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_SCOPE_H_
