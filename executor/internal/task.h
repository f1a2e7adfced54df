// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A task: a function with its origin, in one allocation. What becomes of its
// result is the business of small kinds: DetachedTask (Executor::Post() and
// Defer()), FutureTask (Executor::Submit()), ContinuationTask (Then()),
// GroupTask (TaskGroup::Run()) and TimerTask (Executor::PostAfter()). A
// CoroutineTask is queued each time that its coroutine is to go on, and has a
// Run() and a Discard() of its own.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_H_

#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "weft/executor/internal/job.h"
#include "weft/executor/internal/task_memory.h"
#include "weft/executor/internal/task_scope.h"
#include "weft/hooks/providers.h"
#include "weft/hooks/resource.h"

namespace weft::executor_internal {

// Owned by whoever holds it: the submitter, a queue, the running thread. Run()
// and Discard() end it, and dispose of it.
class Task : public Job {
 public:
  virtual ~Task() = default;

  static void* operator new(std::size_t size) { return AllocateTask(size); }
  static void operator delete(void* memory, std::size_t size) noexcept {
    FreeTask(memory, size);
  }
  // For functions with a greater alignment than usual.
  static void* operator new(std::size_t size, std::align_val_t alignment) {
    return ::operator new(size, alignment);
  }
  static void operator delete(void* memory, std::size_t,
                              std::align_val_t alignment) noexcept {
    ::operator delete(memory, alignment);
  }

  void EmitInit() noexcept { origin_.EmitInit(); }
  const Resource& resource() const noexcept final { return origin_.resource(); }

  // What limits the flow that the task is of.
  virtual context_internal::Limits limits() const noexcept {
    return origin_.limits();
  }

  // Runs the function as the task it is.
  void Run(Engine& engine) noexcept override;
  // Ends the task unrun; whoever waits is told `why`.
  virtual void Discard(std::exception_ptr why) noexcept;
  // Ends the task unrun, when its submitter is told why and nobody waits yet.
  void Abandon() noexcept;

  // Ends the task's claim on its own memory.
  virtual void Dispose() noexcept = 0;

 protected:
  // As TaskOrigin's.
  template <typename... Origin>
  explicit Task(Form form, Provider provider, Origin&&... origin)
      : Job(form), origin_(provider, std::forward<Origin>(origin)...) {}

  TaskOrigin& origin() noexcept { return origin_; }
  // Calls the function, in the task's scope; Fail() receives what it throws.
  void RunFunction(Engine& engine) noexcept;

 private:
  // Is it to be run still? Asked once, right before it is.
  virtual bool Begin() noexcept { return true; }
  // Calls the function; may throw.
  virtual void Call() = 0;
  // Destroys the function, run or not.
  virtual void DropFunction() noexcept = 0;
  // Receives what Call() threw, in the task's scope.
  virtual void Fail(std::exception_ptr exception, Engine& engine) noexcept = 0;
  // In the task's scope, after Call() or Fail(): is the task a promise, settled
  // by now?
  virtual bool settles_promise() const noexcept { return false; }
  // Receives why the task will not run; null: it was cancelled.
  virtual void Refuse(std::exception_ptr why) noexcept = 0;
  // Tells who waits, when the scope is over.
  virtual void Finish() noexcept = 0;

  TaskOrigin origin_;
};

// A job that is one, as one.
inline Task& AsTask(Job& job) noexcept { return static_cast<Task&>(job); }

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
