// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// A task: a function with its origin, in one allocation. Small kinds decide
// what becomes of its result: DetachedTask (Executor::Post() and Defer()),
// FutureTask (Executor::Submit() and Future::Then()), GroupTask
// (TaskGroup::Run()), ExpiringTask (BoundedExecutor::PostBefore()) and
// TimerTask (Executor::PostAfter()). A CoroutineTask is queued each time that
// its coroutine is to go on.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_QUEUED_TASK_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_QUEUED_TASK_H_

#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <source_location>
#include <utility>

#include "weft/executor/internal/memory/task_memory.h"
#include "weft/executor/internal/task/job.h"
#include "weft/executor/internal/task/task_scope.h"
#include "weft/hooks/providers.h"
#include "weft/hooks/resource.h"

namespace weft::executor_internal {

// Owned by its holder: the submitter, a queue, the running thread. Run(),
// Discard() and Abandon() end it, and dispose of it.
class QueuedTask : public Job {
 public:
  [[gnu::always_inline]] static inline void* operator new(std::size_t size) {
    return AllocateTask(size);
  }
  [[gnu::always_inline]] static inline void operator delete(
      void* memory, std::size_t size) noexcept {
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

  // Returns the limits of the task's flow.
  virtual context_internal::Limits limits() const noexcept;

  // Ends the task unrun and tells its waiters `why`; null: it was cancelled.
  virtual void Discard(std::exception_ptr why) noexcept = 0;
  // Ends the task unrun, when its submitter learns the reason and nobody waits
  // yet. `known` says whether hooks know the task, as init has been emitted.
  enum class Known { kNo, kToHooks };
  virtual void Abandon(Known known) noexcept = 0;

  // True if hooks, and the caller of a shutdown, are told of it.
  virtual bool is_announced() const noexcept { return true; }

  // Ends a claim on the task's memory, when the task has ended.
  virtual void Dispose() noexcept = 0;

 protected:
  // The same as TaskOrigin's.
  template <typename... Origin>
  [[gnu::always_inline]] inline explicit QueuedTask(Form form,
                                                    Provider provider,
                                                    Origin&&... origin)
      : Job(form), origin_(provider, std::forward<Origin>(origin)...) {}
  // Inline, as all that a task goes through where nobody watches it.
  [[gnu::always_inline]] inline ~QueuedTask() = default;

  TaskOrigin& origin() noexcept { return origin_; }

  // Gives back the memory of a task without a call of its destructor: its
  // function has been dropped, its origin has ended or been released, and it
  // has nothing else.
  template <typename Kind>
  [[gnu::always_inline]] static inline void FreeEnded(Kind* task) noexcept {
    if constexpr (alignof(Kind) > __STDCPP_DEFAULT_NEW_ALIGNMENT__) {
      operator delete(task, sizeof(Kind), std::align_val_t{alignof(Kind)});
    } else {
      operator delete(task, sizeof(Kind));
    }
  }

  // Steps of a FunctionTask, as most kinds take them. `kIsPromise` is true if
  // the task is a promise, settled when its function has returned or thrown.
  static constexpr bool kIsPromise = false;
  // True if the task is still to be run. Asked once, right before it runs.
  bool Begin() noexcept { return true; }
  // Receives the reason why the task will not run, as Discard() does.
  void Refuse(const std::exception_ptr&) noexcept {}
  // Tells the waiters, when the scope is over.
  void Finish() noexcept {}

 private:
  TaskOrigin origin_;
};

// A task of a group, whose end takes one off the group's completion.
class TaskOfGroup : public QueuedTask {
 public:
  Completion& group() const noexcept { return group_; }
  const Completion* completes() const noexcept final { return &group_; }

 protected:
  [[gnu::always_inline]] inline TaskOfGroup(Completion& group,
                                            Provider provider,
                                            TaskOrigin::Captured captured,
                                            std::source_location where) noexcept
      : QueuedTask(Form::kGroup, provider, captured, where), group_(group) {}
  [[gnu::always_inline]] inline ~TaskOfGroup() = default;

 private:
  Completion& group_;
};

// Return a job that is a task, or one of a group, as that.
inline QueuedTask& AsTask(Job& job) noexcept {
  return static_cast<QueuedTask&>(job);
}
inline TaskOfGroup& AsTaskOfGroup(Job& job) noexcept {
  return static_cast<TaskOfGroup&>(job);
}

// The function of a task: called at most once, as an rvalue, and dropped once.
template <typename Fn>
class TaskFunction {
 public:
  template <typename F>
  explicit TaskFunction(F&& fn) : fn_(std::forward<F>(fn)) {}
  TaskFunction(const TaskFunction&) = delete;
  TaskFunction& operator=(const TaskFunction&) = delete;
  ~TaskFunction() {}  // it has been dropped

  const Fn& get() const noexcept { return fn_; }
  decltype(auto) Call() { return std::move(fn_)(); }
  void Drop() noexcept { fn_.~Fn(); }

 private:
  union {
    Fn fn_;
  };
};

// A task that runs once. `Kind`, which derives from this, has the steps: those
// of QueuedTask that it takes otherwise, and
//
//   Call()                   calls the function; may throw
//   DropFunction()           destroys the function, run or not
//   Fail(exception, engine)  receives what Call() threw, in the task's scope
//
// Not virtual: each task takes all of them, and most are next to nothing.
template <typename Kind, typename Base = QueuedTask>
class FunctionTask : public Base {
 public:
  void Run(Engine& engine) noexcept override {
    if (!kind().Begin()) [[unlikely]]
      return Discard(nullptr);
    {
      TaskScope scope(this->origin(), TaskScope::Purpose::kRun);
      try {
        kind().Call();
      } catch (...) {
        EmitThrow();
        kind().Fail(std::current_exception(), engine);
      }
      kind().DropFunction();
      if constexpr (Kind::kIsPromise) scope.EmitPromiseResolve();
    }
    kind().Finish();
    kind().Dispose();
  }

  [[gnu::cold]] void Discard(std::exception_ptr why) noexcept override {
    {
      const TaskScope scope(this->origin(), TaskScope::Purpose::kDiscard);
      kind().Refuse(std::move(why));
      kind().DropFunction();
    }
    kind().Finish();
    kind().Dispose();
  }

  [[gnu::cold]] void Abandon(QueuedTask::Known known) noexcept override {
    if (known == QueuedTask::Known::kToHooks) {
      const TaskScope scope(this->origin(), TaskScope::Purpose::kDiscard);
      kind().DropFunction();
    } else {
      kind().DropFunction();
      this->origin().Release();
    }
    kind().Dispose();
  }

 protected:
  using Base::Base;
  ~FunctionTask() = default;

 private:
  Kind& kind() noexcept { return static_cast<Kind&>(*this); }
};

// Disposes of a task that hooks do not know yet.
struct TaskDisposer {
  void operator()(QueuedTask* task) const noexcept;
};
// A task that no engine has accepted yet.
using TaskPtr = std::unique_ptr<QueuedTask, TaskDisposer>;

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_QUEUED_TASK_H_
