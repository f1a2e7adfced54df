// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What stands behind every executor: a queue, what may still be submitted to
// it, and how a thread that waits helps. Who runs the queue is the business of
// the engine derived from it.

#ifndef WEFT_EXECUTOR_INTERNAL_ENGINE_H_
#define WEFT_EXECUTOR_INTERNAL_ENGINE_H_

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "weft/context/internal/mutex.h"
#include "weft/executor/executor_options.h"
#include "weft/executor/internal/completion.h"
#include "weft/executor/internal/submission.h"
#include "weft/executor/internal/task.h"
#include "weft/executor/internal/task_queue.h"
#include "weft/executor/internal/waiter.h"
#include "weft/executor/on_shutdown.h"
#include "weft/hooks/worker_id.h"

namespace weft::executor_internal {

// Thread-safe.
//
// Shared by its executor and the futures and promises that belong to it; closed
// by the executor's destructor.
class Engine : public std::enable_shared_from_this<Engine> {
 public:
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  // All tasks must have ended.
  virtual ~Engine() = default;

  // See submission.h.
  void Submit(TaskPtr task, Turn turn);
  void Announce(Task& task);
  bool AcceptAnnounced();
  void EnqueueAnnounced(Task& task) noexcept;
  static void Refuse(Task& task, std::exception_ptr why) noexcept;

  // Waits until all that was accepted has ended. Throws DeadlockError inside a
  // task of this engine.
  void Drain();

  // See Executor::Shutdown(). Returns how many queued tasks were dropped.
  std::size_t Shutdown(OnShutdown how);

  // Ends the engine, when it has been shut down: returns when no thread is in
  // it any more. Futures may keep the rest of it.
  void Close() noexcept {
    WaitUntilLeft();
    on_unhandled_exception_ = nullptr;
  }

  // Is the calling thread inside a task of this engine?
  bool IsInside() const noexcept;
  // How many of the tasks on its stack are this engine's?
  std::size_t CountInside() const noexcept;

  // The calling thread, which works for this engine.
  virtual int worker() const noexcept = 0;
  WorkerId worker_id() const noexcept { return {id_, worker()}; }

  // How many tasks may run at once.
  virtual int concurrency() const noexcept = 0;
  // This engine, if whoever waits for it must run its tasks, as it has no
  // threads of its own; else null.
  virtual Engine* outside_helper() noexcept = 0;

  void HandleUnhandled(std::exception_ptr exception) noexcept;

 protected:
  // Throws std::invalid_argument for an option out of its range.
  explicit Engine(const ExecutorOptions& options);

  virtual void WaitUntilLeft() noexcept = 0;
  // A task is about to be queued: sees to it that somebody will run it. Throws
  // std::bad_alloc if nobody can.
  virtual void Wake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;
  // Puts `task` where TakeOldest() finds it. `turn` is kNext if it was deferred
  // where no task is running.
  virtual void Push(Task& task, Turn) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    queue_.Push(task);
  }
  // The task whose turn it is; null if there is none.
  virtual Task* TakeOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return queue_.PopOldest();
  }
  // The task that a waiting thread should run; null if there is none.
  virtual Task* TakeToHelp() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;

  // Runs `task`, taken from the queue, to its end on the calling thread, and
  // then what it deferred.
  void Run(Task& task) noexcept;

  context_internal::Mutex mutex_;
  TaskQueue queue_ ABSL_GUARDED_BY(mutex_);

 private:
  friend void Await(Completion& completion, Engine* outside_helper);

  enum class State { kOpen, kDraining, kStopped };

  bool Accepts() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool IsStopped() ABSL_LOCKS_EXCLUDED(mutex_);
  void Enqueue(Task& task, Turn turn) ABSL_LOCKS_EXCLUDED(mutex_);
  void RunOne(Task& task, TaskQueue* deferred) noexcept;
  static bool RunDeferredTask() noexcept;
  void DiscardAccepted(Task& task) noexcept;
  // An accepted task has ended.
  void Ended() noexcept;
  void HelpUntil(Completion& completion, bool alone);

  const std::uint64_t id_;                            // for hooks
  UnhandledExceptionHandler on_unhandled_exception_;  // until Close()
  State state_ ABSL_GUARDED_BY(mutex_) = State::kOpen;
  WaiterList sleepers_ ABSL_GUARDED_BY(mutex_);  // threads that could help
  Completion accepted_{0};                       // tasks accepted, not ended
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_ENGINE_H_
