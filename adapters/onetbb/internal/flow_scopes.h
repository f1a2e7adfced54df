// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The seam: where oneTBB's tasks meet frames, ids and hooks, and nowhere else.
//
//   AlgorithmCall  a call that outlives all bodies it runs: init, ..., destroy
//   BodyScope      one run of a body, on any thread: before, ..., after
//   StepScope      some steps of it
//   TaskOrigin     a task that outlives its submission: captures, init
//   TaskScope      the run of that task: before, ..., after, destroy
//   CallerFlow     a function that another thread may run in the caller's place
//   OutsideScope   a thread that waits, and so may run anything
//
// It includes internal headers of context and hooks because the public classes
// count references: an AsyncResource touches three shared counters per run,
// which is the whole cost of a cheap body when two threads meet there. A body
// borrows instead.

#ifndef WEFT_ADAPTERS_ONETBB_INTERNAL_FLOW_SCOPES_H_
#define WEFT_ADAPTERS_ONETBB_INTERNAL_FLOW_SCOPES_H_

#include <source_location>
#include <string_view>

#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/hooks/internal/emit.h"
#include "weft/hooks/internal/execution_state.h"
#include "weft/hooks/internal/nobody_scope.h"
#include "weft/hooks/resource.h"

namespace weft::tbb_internal {

// Makes the calling thread leave its flow for the life of the scope: no
// context, and the thread's root as the running resource. oneTBB runs whatever
// it finds on a thread that waits; foreign tasks then see what they see on
// oneTBB's own threads, and not the waiter's context. Owner-only; scopes nest.
class OutsideScope {
 public:
  OutsideScope() noexcept;
  OutsideScope(const OutsideScope&) = delete;
  OutsideScope& operator=(const OutsideScope&) = delete;
  ~OutsideScope();

 private:
  const hooks_internal::ExecutionState outer_;
  const context_internal::FrameScope frame_;
};

// One call of an algorithm, which returns when its last body has ended.
// Meanwhile the caller is outside: it may run foreign tasks between its bodies.
//
// Any thread may run bodies in it; owner-only otherwise.
class AlgorithmCall {
 public:
  // `type` must outlive the call.
  AlgorithmCall(std::string_view type, std::source_location where) noexcept;
  AlgorithmCall(const AlgorithmCall&) = delete;
  AlgorithmCall& operator=(const AlgorithmCall&) = delete;

  std::source_location where() const noexcept {
    return record_.resource.source_location();
  }

 private:
  friend class BodyScope;
  friend class StepScope;

  // Emits destroy, with the caller's frame and ids back in place.
  struct Record {
    ~Record();
    mutable Resource resource;
  };
  static const context_internal::Frame* InitAndLend(
      Resource& resource) noexcept;

  const Record record_;
  // The caller's flow keeps it, which goes on when all bodies have ended.
  const context_internal::Frame* const frame_;
  const OutsideScope outside_;
};

// One run of a body of the call. It only reads shared cache lines.
class BodyScope {
 public:
  explicit BodyScope(const AlgorithmCall& call) noexcept
      : resource_(call.record_.resource),
        execution_(resource_),
        frame_(call.frame_) {
    hooks_internal::EmitBefore(resource_);
  }
  BodyScope(const BodyScope&) = delete;
  BodyScope& operator=(const BodyScope&) = delete;
  ~BodyScope() { hooks_internal::EmitAfter(resource_); }

 private:
  Resource& resource_;
  const hooks_internal::ExecutionScope execution_;
  const hooks_internal::TaskFrameScope frame_;
};

// Steps of a run of a body, up to one that enters something: the next steps
// must not see what that has entered. Used inside a BodyScope.
class StepScope {
 public:
  explicit StepScope(const AlgorithmCall& call) noexcept
      : frame_(call.frame_), scope_(frame_) {}
  StepScope(const StepScope&) = delete;
  StepScope& operator=(const StepScope&) = delete;

  // True if nothing was entered.
  bool IsFresh() const noexcept {
    const context_internal::Flow& flow = context_internal::current_flow;
    return flow.frame == frame_ && flow.owned == nullptr;
  }

 private:
  const context_internal::Frame* const frame_;
  const hooks_internal::TaskFrameScope scope_;
};

// Where a task came from, and its identity.
class TaskOrigin {
 public:
  // Captures the calling flow. `type` must outlive the task. Throws
  // std::bad_alloc.
  TaskOrigin(std::string_view type, std::source_location where);
  TaskOrigin(const TaskOrigin&) = delete;
  TaskOrigin& operator=(const TaskOrigin&) = delete;

  // Call it once, when the task is complete: from here on it must get a
  // TaskScope.
  void EmitInit() noexcept;

 private:
  friend class TaskScope;

  context_internal::FrameRef frame_;
  Resource resource_;
};

// Makes the calling thread be the task for the life of the scope, and ends the
// task. What the task captured must die inside: its destructors may read the
// context.
class TaskScope {
 public:
  enum class Purpose {
    kRun,     // before, ..., after, destroy
    kDiscard  // destroy only: the task has not run
  };

  TaskScope(TaskOrigin& origin, Purpose purpose) noexcept;
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;
  ~TaskScope();

 private:
  struct LastStep {
    ~LastStep();
    Resource& resource;
  };
  // Releases the frame, as nobody.
  struct ReleaseStep {
    ~ReleaseStep();
    const context_internal::Frame* const frame;
  };

  const LastStep last_step_;
  const Purpose purpose_;
  const hooks_internal::ExecutionScope execution_;
  const ReleaseStep release_;
  const hooks_internal::TaskFrameScope frame_;
};

// The calling flow, continued on another thread while the caller waits: the
// same context, resource and ids; what is entered there is entered here
// afterwards.
class CallerFlow {
 public:
  CallerFlow() noexcept;
  CallerFlow(const CallerFlow&) = delete;
  CallerFlow& operator=(const CallerFlow&) = delete;

  // The place where the flow goes on; one at a time.
  class Scope {
   public:
    explicit Scope(CallerFlow& caller) noexcept;
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope();

   private:
    CallerFlow& caller_;
    const hooks_internal::ExecutionScope execution_;
    const context_internal::BorrowedFrameScope frame_;
  };

 private:
  // Enters, in the caller, what was entered on the other thread.
  struct Return {
    ~Return();
    bool entered = false;
    context_internal::FrameRef frame = {};
  };

  static hooks_internal::ExecutionState StateHere() noexcept;

  Return return_;
  const context_internal::Frame* const frame_;  // kept by the caller's flow
  const hooks_internal::ExecutionState execution_;
  const OutsideScope outside_;
};

}  // namespace weft::tbb_internal

#endif  // WEFT_ADAPTERS_ONETBB_INTERNAL_FLOW_SCOPES_H_
