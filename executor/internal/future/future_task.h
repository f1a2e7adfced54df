// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The tasks that are futures: submitted ones, and continuations. Task and
// result are one allocation.

#ifndef WEFT_EXECUTOR_INTERNAL_FUTURE_FUTURE_TASK_H_
#define WEFT_EXECUTOR_INTERNAL_FUTURE_FUTURE_TASK_H_

#include <atomic>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/continuations.h"
#include "weft/executor/internal/future/future_state.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/limit_error.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/executor/internal/task/scheduling_events.h"
#include "weft/executor/outcome.h"
#include "weft/hooks/async_id.h"
#include "weft/hooks/providers.h"

namespace weft::executor_internal {

// Runs a `Fn` and settles the future of its result. `Kind`, which derives from
// it, is the class of the task.
template <typename Kind, typename Fn, typename T>
class ResultTask : public FunctionTask<Kind>, public FutureState<T> {
 public:
  const Completion* completes() const noexcept override {
    return &this->completion();
  }
  AsyncId promise_id() const noexcept override {
    return this->resource().async_id();
  }

 protected:
  // The same as QueuedTask's.
  template <typename F, typename... Origin>
  ResultTask(Engine& engine, F&& fn, Job::Form form, Provider provider,
             Origin&&... origin)
      : FunctionTask<Kind>(form, provider, std::forward<Origin>(origin)...),
        FutureState<T>(engine),
        function_(std::forward<F>(fn)) {}
  ~ResultTask() = default;

  // Valid until the function has been dropped.
  const Fn& function() const noexcept { return function_.get(); }

 private:
  friend FunctionTask<Kind>;

  bool settled_by_task() const noexcept override { return true; }

  static constexpr bool kIsPromise = true;
  void Call() {
    this->SetResultOf([&]() -> T { return function_.Call(); });
  }
  void DropFunction() noexcept { function_.Drop(); }
  void Fail(std::exception_ptr exception, Engine&) noexcept {
    this->set_exception(std::move(exception));
  }
  void Refuse(std::exception_ptr why) noexcept {
    this->set_exception(
        why != nullptr ? std::move(why)
                       : CancelledErrorOf(this->resource(), Progress::kNone));
  }
  void Finish() noexcept { this->Settle(); }
  void Dispose() noexcept override { this->Release(); }

  TaskFunction<Fn> function_;
};

// The task of Executor::Submit().
template <typename Fn, typename T>
class FutureTask final : public ResultTask<FutureTask<Fn, T>, Fn, T> {
 public:
  template <typename F>
  FutureTask(Engine& engine, F&& fn, std::source_location where)
      : FutureTask::ResultTask(engine, std::forward<F>(fn), Job::Form::kFuture,
                               Provider::kFutureTask,
                               TaskOrigin::Hold::kCounted, where) {}

  QueuedTask* TakeToRun() const noexcept override {
    auto* const self = const_cast<FutureTask*>(this);
    if (!self->ClaimFuture()) return nullptr;
    this->AddRef();  // the queue has one still
    return self;
  }

 private:
  bool ClaimFuture() noexcept override {
    // relaxed: elects the thread that runs it; what was made is handed over by
    // the queue, or with the future.
    return !claimed_.exchange(true, std::memory_order_relaxed);
  }

  std::atomic<bool> claimed_{false};
};

// The function of a continuation. It calls `fn` with the value of `state`,
// which it takes, or only looks at; if the future has an exception it throws
// that, and does not call `fn`. With kOutcome it calls `fn` with either of the
// two, with kState with the state itself.
enum class Use { kTake, kPeek, kOutcome, kState };

template <Use kUse, typename T, typename Fn>
class Continuation {
 public:
  // True if the function is to see failures too, or is the library's own, which
  // only passes on the result. It is called whatever the limits of its flow.
  static constexpr bool kIsUnlimited =
      kUse == Use::kOutcome || kUse == Use::kState;

  template <typename F>
  Continuation(FutureStateRef<T> state, F&& fn)
      : state_(std::move(state)), fn_(std::forward<F>(fn)) {}

  decltype(auto) operator()() && {
    if constexpr (kUse == Use::kState) {
      return std::move(fn_)(std::move(state_));
    } else if constexpr (kUse == Use::kOutcome) {
      return std::move(fn_)(OutcomeMaker::Make<T>(std::move(state_)));
    } else if constexpr (std::is_void_v<T>) {
      state_.get()->Peek();
      return std::move(fn_)();
    } else if constexpr (kUse == Use::kTake) {
      return std::move(fn_)(state_.get()->Take());
    } else {
      return std::move(fn_)(state_.get()->Peek());
    }
  }

  const FutureState<T>& state() const noexcept { return *state_.get(); }
  // Returns the state, if nobody else will look at it; else null.
  FutureStateBase::Ref OnlyHere() const noexcept {
    if constexpr (kUse == Use::kPeek) return {};
    return FutureStateBase::Ref::Share(state_.get());
  }

 private:
  FutureStateRef<T> state_;
  Fn fn_;
};

// The task of Future::Then(), and of functions that wait for futures: `Fn` is a
// Continuation.
template <typename Fn, typename T>
class ContinuationTask final
    : public ResultTask<ContinuationTask<Fn, T>, Fn, T> {
 public:
  template <typename F>
  ContinuationTask(Engine& engine, AsyncId trigger_async_id, F&& fn,
                   std::source_location where)
      : ContinuationTask::ResultTask(engine, std::forward<F>(fn),
                                     Job::Form::kTask, Provider::kContinuation,
                                     trigger_async_id, where),
        place_(this->function().state().continuations()) {}

  Continuations::Place& place() noexcept { return place_; }

  context_internal::Limits limits() const noexcept override {
    if constexpr (Fn::kIsUnlimited) return {};
    return QueuedTask::limits();
  }

 private:
  FutureStateBase::Ref GiveUpOne() const noexcept override {
    auto* const self = const_cast<ContinuationTask*>(this);
    if (!self->place_.TakeBack()) return {};
    FutureStateBase::Ref input = this->function().OnlyHere();
    EmitDrop(*self, hooks_internal::DropReason::kCancelled,
             this->engine_number());
    self->Abandon(QueuedTask::Known::kToHooks);
    return input;
  }

  Continuations::Place place_;
};

// Makes the task that runs `fn` when `state` is settled, and returns the state
// of its own result. Throws ShutdownError.
template <Use kUse, typename T, typename F>
auto Continue(FutureStateRef<T> state, F&& fn, std::source_location where) {
  using Function = Continuation<kUse, T, std::decay_t<F>>;
  using U = std::invoke_result_t<Function>;
  const FutureState<T>& input = *state.get();
  auto* const task = new ContinuationTask<Function, U>(
      input.engine(), input.promise_id(), Function(state, std::forward<F>(fn)),
      where);
  TaskPtr owned(task);
  auto result = FutureStateRef<U>::Share(task);
  input.AddContinuation(std::move(owned), task->place());
  return result;
}

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_FUTURE_FUTURE_TASK_H_
