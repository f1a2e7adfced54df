// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// How a worker runs many tasks: what is the same for all of them is done once.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_TASKS_IN_TURN_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_TASKS_IN_TURN_H_

#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/job.h"
#include "weft/executor/internal/task/task_queue.h"
#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {

// Runs plain tasks (job.h) of an engine as Engine::RunForWorker() and
// Engine::RunInWaitForWorker() do, where Engine::StartsQuietly(). Owner-only,
// on the stack of the thread that runs them.
class TasksInTurn {
 public:
  explicit TasksInTurn(Engine& engine) noexcept
      : running_{engine, nullptr, &deferred_, thread_state.running} {}
  TasksInTurn(const TasksInTurn&) = delete;
  TasksInTurn& operator=(const TasksInTurn&) = delete;

  // Runs `task` to its end. `completes` is what its completes() returned.
  [[gnu::always_inline]] inline void Run(Job& task,
                                         const Completion* completes) noexcept {
    running_.completes = completes;
    thread_state.running = &running_;
    task.Run(running_.engine);
    thread_state.running = running_.outer;
  }

  // What the last one has deferred. It is to be ended before the next one runs.
  TaskQueue& deferred() noexcept { return deferred_; }

 private:
  TaskQueue deferred_;
  RunningJob running_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_TASKS_IN_TURN_H_
