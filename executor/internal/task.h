// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A task: a function with its origin, in one allocation. What becomes of its
// result is the business of small kinds: DetachedTask (Executor::Post() and
// Defer()), FutureTask (Executor::Submit()), ContinuationTask (Then()) and
// GroupTask (TaskGroup::Run()).

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_H_

#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <utility>

#include "weft/executor/internal/task_scope.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/providers.h"
#include "weft/hooks/resource.h"

namespace weft::executor_internal {

class Completion;
class Engine;

// Where a task's turn is.
enum class Turn {
  kQueued,  // after those that are queued already
  kNext,    // right after the running task, on its worker
};

// Owned by whoever holds it: the submitter, a queue, the running thread. Run()
// and Discard() end it, and dispose of it.
class Task {
 public:
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  virtual ~Task() = default;

  void EmitInit() noexcept { origin_.EmitInit(); }
  const Resource& resource() const noexcept { return origin_.resource(); }

  // Runs the function as the task it is.
  void Run(Engine& engine) noexcept;
  // Ends the task unrun; whoever waits is told `why`.
  void Discard(std::exception_ptr why) noexcept;
  // Ends the task unrun, when its submitter is told why and nobody waits yet.
  void Abandon() noexcept;

  // kNext: it was deferred where no task was running, and waits, with others
  // such, in its engine; what it defers goes to the end of those.
  Turn turn() const noexcept { return turn_; }
  void set_turn(Turn turn) noexcept { turn_ = turn; }

  // What waits for this task; null if nothing can.
  virtual const Completion* completes() const noexcept { return nullptr; }

  // Ends the task's claim on its own memory.
  virtual void Dispose() noexcept = 0;

 protected:
  // Both throw std::bad_alloc, with nothing changed.
  Task(Provider provider, std::source_location where)
      : origin_(provider, where) {}
  Task(Provider provider, AsyncId trigger_async_id, std::source_location where)
      : origin_(provider, trigger_async_id, where) {}

 private:
  friend class Continuations;
  friend class TaskQueue;

  // Calls the function; may throw.
  virtual void Call() = 0;
  // Destroys the function, run or not.
  virtual void DropFunction() noexcept = 0;
  // Receives what Call() threw, in the task's scope.
  virtual void Fail(std::exception_ptr exception, Engine& engine) noexcept = 0;
  // In the task's scope, after Call() or Fail(): is the task a promise, settled
  // by now?
  virtual bool settles_promise() const noexcept { return false; }
  // Receives why the task will not run.
  virtual void Refuse(std::exception_ptr why) noexcept = 0;
  // Tells who waits, when the scope is over.
  virtual void Finish() noexcept = 0;

  TaskOrigin origin_;
  Turn turn_ = Turn::kQueued;
  Task* previous_ = nullptr;  // in a TaskQueue
  Task* next_ = nullptr;      // there, or in Continuations
};

// The function of a task: called once, as an rvalue.
template <typename Fn>
class TaskFunction {
 public:
  template <typename F>
  explicit TaskFunction(F&& fn) : fn_(std::in_place, std::forward<F>(fn)) {}

  decltype(auto) Call() { return std::move(*fn_)(); }
  void Drop() noexcept { fn_.reset(); }

 private:
  std::optional<Fn> fn_;
};

struct TaskDisposer {
  void operator()(Task* task) const noexcept { task->Dispose(); }
};
// A task that no engine has accepted yet.
using TaskPtr = std::unique_ptr<Task, TaskDisposer>;

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_H_
