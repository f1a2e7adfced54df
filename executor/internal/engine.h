// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What stands behind every executor: a queue, what may still be submitted to
// it, and how a thread that waits helps. Who runs the queue is the business of
// the engine derived from it.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_H_

#include <cstddef>
#include <exception>

#include "absl/base/thread_annotations.h"
#include "weft/context/internal/mutex.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/internal/completion.h"
#include "weft/executor/internal/submission.h"
#include "weft/executor/internal/task.h"
#include "weft/executor/internal/task_queue.h"
#include "weft/executor/internal/waiter.h"
#include "weft/executor/on_shutdown.h"

namespace weft::executor_internal {

// Thread-safe.
class Engine {
 public:
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  // All tasks must have ended.
  virtual ~Engine() = default;

  // See submission.h.
  void Submit(TaskPtr task);

  // Waits until all that was accepted has ended. Throws DeadlockError inside a
  // task of this engine.
  void Drain();

  // See Executor::Shutdown(). Returns how many tasks were dropped.
  std::size_t Shutdown(OnShutdown how);

  // Is the calling thread inside a task of this engine?
  bool IsInside() const noexcept;

  // How many tasks may run at once.
  virtual int concurrency() const noexcept = 0;
  // The engine that runs tasks on the calling thread while it waits outside of
  // any task: this one, or null, and then the thread sleeps.
  virtual Engine* outside_helper() noexcept = 0;

  void HandleUnhandled(std::exception_ptr exception) noexcept;

 protected:
  // Throws std::invalid_argument for an option out of its range.
  explicit Engine(const ExecutorOptions& options);

  // A task has been queued: sees to it that somebody will run it. Throws
  // std::bad_alloc if nobody can.
  virtual void Wake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;
  // The task that a waiting thread should run; null if there is none.
  virtual Task* TakeToHelp() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;

  // Runs `task`, taken from the queue, to its end on the calling thread.
  void Run(Task& task) noexcept;

  context_internal::Mutex mutex_;
  TaskQueue queue_ ABSL_GUARDED_BY(mutex_);

 private:
  friend void Await(Completion& completion, Engine* outside_helper);

  enum class State { kOpen, kDraining, kStopped };

  bool Accepts() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Enqueue(Task& task) ABSL_LOCKS_EXCLUDED(mutex_);
  void DiscardAccepted(Task& task) noexcept;
  void HelpUntil(Completion& completion, bool alone);

  const UnhandledExceptionHandler on_unhandled_exception_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kOpen;
  WaiterList sleepers_ ABSL_GUARDED_BY(mutex_);  // threads that could help
  Completion accepted_{0};                       // tasks accepted, not ended
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_H_
