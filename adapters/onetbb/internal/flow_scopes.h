// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The seam: where oneTBB's tasks meet frames, ids and hooks, and nowhere else.
//
//   AlgorithmCall  a call that outlives all bodies it runs: init, ..., destroy
//   BodyScope      one run of a body, on whichever thread: before, ..., after
//   TaskOrigin     a task that outlives its submission: captures, init
//   TaskScope      the run of that task: before, ..., after, destroy
//   CallerFlow     a function that another thread may run in the caller's place
//   OutsideScope   a thread that waits, and so may run anything
//
// It looks behind the public headers of context and hooks because those count:
// an AsyncResource touches three shared counters a run, which is the whole cost
// of a cheap body when two threads meet there. A body borrows instead.

#ifndef WEFT_ADAPTERS_ONETBB_INTERNAL_FLOW_SCOPES_H_
#define WEFT_ADAPTERS_ONETBB_INTERNAL_FLOW_SCOPES_H_

#include <source_location>
#include <string_view>

#include "weft/context/internal/flow.h"
#include "weft/context/internal/frame.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/default_trigger_scope.h"
#include "weft/hooks/internal/emit.h"
#include "weft/hooks/internal/execution_state.h"
#include "weft/hooks/resource.h"

namespace weft::tbb_internal {

// The calling thread leaves its flow for the life of the scope: no context, and
// the thread's root as the running resource. oneTBB runs whatever it finds on a
// thread that waits; what is not ours then sees what it sees on oneTBB's own
// threads, and not the waiter's context. Owner-only; scopes nest.
class OutsideScope {
 public:
  OutsideScope() noexcept;
  OutsideScope(const OutsideScope&) = delete;
  OutsideScope& operator=(const OutsideScope&) = delete;
  ~OutsideScope();

 private:
  const AsyncId outer_trigger_;
  Resource& outer_;
  const context_internal::FrameScope frame_;
};

// The caller's frame, lent to any number of flows at once, which install it
// without counting. A flow that enters another frame drops a reference that it
// does not have, and repays it when it ends; the loan holds enough of them for
// as many flows as stacks have room for.
class FrameLoan {
 public:
  FrameLoan() noexcept;
  FrameLoan(const FrameLoan&) = delete;
  FrameLoan& operator=(const FrameLoan&) = delete;
  ~FrameLoan();

  const context_internal::Frame* frame() const noexcept { return frame_; }

 private:
  const context_internal::Frame* const frame_;
};

// A flow that begins with a frame on loan. Owner-only; scopes nest.
class LoanScope {
 public:
  explicit LoanScope(const FrameLoan& loan) noexcept
      : frame_(loan.frame()), outer_(context_internal::current_flow) {
    context_internal::current_flow = {frame_, nullptr};
  }
  LoanScope(const LoanScope&) = delete;
  LoanScope& operator=(const LoanScope&) = delete;
  ~LoanScope() {
    Restart();
    context_internal::current_flow = outer_;
  }

  // Whether nothing was entered.
  bool IsFresh() const noexcept {
    const context_internal::Flow& flow = context_internal::current_flow;
    return flow.frame == frame_ && flow.scope == nullptr;
  }

  // Begins the flow again, if anything was entered.
  void Restart() noexcept {
    // Again, as destructors of what was entered may enter more.
    while (!IsFresh()) [[unlikely]]
      Renew();
  }

 private:
  void Renew() const noexcept;

  const context_internal::Frame* const frame_;
  const context_internal::Flow outer_;
};

// One call of an algorithm, which returns when its last body has. Meanwhile the
// caller is outside: it may run foreign tasks between its bodies.
//
// Thread-safe to run bodies in; owner-only else.
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

  // Emits destroy, with the caller's frame and ids back in place.
  struct Record {
    ~Record();
    mutable Resource resource;
  };
  static OutsideScope InitAndLeave(Resource& resource) noexcept;

  const Record record_;
  const FrameLoan loan_;
  const OutsideScope outside_;
};

// One run of a body of the call. Costs no shared cache line but for reads.
class BodyScope {
 public:
  explicit BodyScope(const AlgorithmCall& call) noexcept
      : resource_(call.record_.resource),
        execution_(resource_),
        loan_(call.loan_) {
    hooks_internal::EmitBefore(resource_);
  }
  BodyScope(const BodyScope&) = delete;
  BodyScope& operator=(const BodyScope&) = delete;
  ~BodyScope() { hooks_internal::EmitAfter(resource_); }

  // For runs in several steps: what one has entered, the next must not see.
  bool IsFresh() const noexcept { return loan_.IsFresh(); }
  void Restart() noexcept { loan_.Restart(); }

 private:
  Resource& resource_;
  const hooks_internal::ExecutionScope execution_;
  LoanScope loan_;
};

// Where a task came from, and who it is.
class TaskOrigin {
 public:
  // Captures the calling flow. `type` must outlive the task.
  TaskOrigin(std::string_view type, std::source_location where) noexcept;
  TaskOrigin(const TaskOrigin&) = delete;
  TaskOrigin& operator=(const TaskOrigin&) = delete;

  // Once, when the task is complete: from here on it must get a TaskScope.
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

  const LastStep last_step_;
  const Purpose purpose_;
  const hooks_internal::ExecutionScope execution_;
  const context_internal::FrameScope frame_;
};

// The calling flow, continued elsewhere while the caller waits: the same
// context, resource and ids; what is entered there is entered here afterwards.
class CallerFlow {
 public:
  CallerFlow() noexcept;
  CallerFlow(const CallerFlow&) = delete;
  CallerFlow& operator=(const CallerFlow&) = delete;

  // Where the flow goes on; one at a time.
  class Scope {
   public:
    explicit Scope(CallerFlow& caller) noexcept;
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope();

   private:
    CallerFlow& caller_;
    const hooks_internal::ExecutionScope execution_;
    const DefaultTriggerScope trigger_;
    const context_internal::FrameScope frame_;
  };

 private:
  // Enters, in the caller, what the flow has come to.
  struct Return {
    ~Return();
    context_internal::FrameRef frame;
  };

  Return return_;
  Resource& resource_;
  const AsyncId default_trigger_;
  const OutsideScope outside_;
};

}  // namespace weft::tbb_internal

#endif  // WEFT_ADAPTERS_ONETBB_INTERNAL_FLOW_SCOPES_H_
