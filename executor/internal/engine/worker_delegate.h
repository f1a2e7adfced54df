// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a worker asks of the engine whose jobs it runs. It asks for nothing
// else, and all of it is inline.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_WORKER_DELEGATE_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_WORKER_DELEGATE_H_

#include <cstddef>

#include "weft/executor/internal/engine/engine.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/job.h"
#include "weft/executor/internal/task/task_queue.h"
#include "weft/executor/internal/task/thread_state.h"

namespace weft::executor_internal {

// Thread-safe, as the engine is.
class WorkerDelegate {
 public:
  explicit WorkerDelegate(Engine& engine) noexcept : engine_(engine) {}

  // Runs `job`, taken from a queue, to its end on the calling thread, and then
  // what it deferred. `completes` is what the job's completes() returned.
  // Returns true if the worker gets back the admission that the job had.
  [[nodiscard]] bool Run(Job& job, const Completion* completes) const noexcept {
    return engine_.RunForWorker(job, completes);
  }
  // The same for a job that runs on the stack of the thread that waits for it:
  // what it has deferred, which is not waited for, is queued.
  [[nodiscard]] bool RunInWait(Job& job,
                               const Completion* completes) const noexcept {
    return engine_.RunInWaitForWorker(job, completes);
  }
  // Takes back what was admitted for the worker in advance.
  void ReturnAdmissions(std::size_t count) const noexcept {
    engine_.ReturnAdmissions(count);
  }
  // True if the worker is `engine`'s.
  bool IsOf(const Engine& engine) const noexcept { return &engine_ == &engine; }
  // Counts all that the engine has accepted.
  const Admission& accepted() const noexcept { return engine_.accepted(); }
  EngineThreads& threads() const noexcept { return engine_.threads(); }

 private:
  friend class TasksInTurn;

  Engine& engine_;
};

// Runs many plain tasks (job.h) as WorkerDelegate does; what is the same for
// all of them is done once. Owner-only, on the stack of the thread that runs
// them.
class TasksInTurn {
 public:
  explicit TasksInTurn(const WorkerDelegate& delegate) noexcept
      : running_{delegate.engine_, delegate.engine_.id(), nullptr, &deferred_,
                 thread_state.running} {
    hooks_internal::EmitSignal(hooks_internal::Signal::kTurns, nullptr);
  }
  TasksInTurn(const TasksInTurn&) = delete;
  TasksInTurn& operator=(const TasksInTurn&) = delete;
  ~TasksInTurn() {
    hooks_internal::EmitSignal(hooks_internal::Signal::kTurnsEnd, nullptr);
  }

  // The next task does not begin where the last one has ended: the thread has
  // looked for it.
  static void Pause() noexcept {
    hooks_internal::EmitSignal(hooks_internal::Signal::kTurns, nullptr);
  }

  // True if `job` is a plain task of that form, and nothing is to be asked
  // before it starts. Only such a one may be run here.
  static bool MayRun(const Job& job, Job::Form form) noexcept {
    return job.IsQueuedAs(form) && !LimitsAreUsed();
  }

  // The worker gets back the admission that the task had.
  [[gnu::always_inline]] inline void Run(Job& task,
                                         const Completion* completes) noexcept {
    RunAlone(task, completes);
    if (!deferred_.empty()) [[unlikely]]
      running_.engine.EndDeferred(deferred_);
  }
  [[gnu::always_inline]] inline void RunInWait(
      Job& task, const Completion* completes) noexcept {
    RunAlone(task, completes);
    if (!deferred_.empty()) [[unlikely]]
      running_.engine.EndDeferredInWait(deferred_);
  }

 private:
  [[gnu::always_inline]] inline void RunAlone(
      Job& task, const Completion* completes) noexcept {
    running_.completes = completes;
    thread_state.running = &running_;
    EmitTaskStart(running_.engine_id, [&] { running_.engine.TellStart(task); });
    task.Run(running_.engine);
    thread_state.running = running_.outer;
  }

  TaskQueue deferred_;  // empty between two tasks
  RunningJob running_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_WORKER_DELEGATE_H_
