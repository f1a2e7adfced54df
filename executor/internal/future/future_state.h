// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a future shares with who settles it: a task or a promise.

#ifndef WEFT_EXECUTOR_INTERNAL_FUTURE_FUTURE_STATE_H_
#define WEFT_EXECUTOR_INTERNAL_FUTURE_FUTURE_STATE_H_

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "weft/base/ref.h"
#include "weft/base/wait_deadline.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/engine/wait.h"
#include "weft/executor/internal/future/continuations.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/hooks/async_id.h"

namespace weft::executor_internal {

// Thread-safe, but that one thread settles it, once.
class FutureStateBase : public base::RefCounted {
 public:
  FutureStateBase(const FutureStateBase&) = delete;
  FutureStateBase& operator=(const FutureStateBase&) = delete;

  // The result that nobody took dies as nobody.
  void Release() const noexcept {
    if (DropRefs(1)) Destroy();
  }

  Engine& engine() const noexcept { return *engine_; }
  // The promise, as hooks know it.
  virtual AsyncId promise_id() const noexcept = 0;

  const Completion& completion() const noexcept { return completion_; }
  // False if it is not there by `deadline`.
  bool Wait(const base::WaitDeadline& deadline = {}) const {
    if (completion_.done()) return true;
    if (base::HasPassed(deadline)) return false;
    if (settled_by_task()) CheckWait(*engine_, completion_);
    // With a deadline it would end when the task does, and not before.
    if (!deadline.has_value() && RunsOnWorkerOf(*engine_)) {
      CheckStack("Future::Wait");
      if (QueuedTask* const task = TakeToRun()) {
        RunTaken(*engine_, *task);
        return true;
      }
    }
    return Await(completion_, engine_.get(),
                 settled_by_task() ? WaitKind::kResult : WaitKind::kPromise,
                 deadline);
  }

  // For who waits for the result to have a place among its continuations.
  Continuations& continuations() const noexcept { return continuations_; }
  // Has `task` run when the result is there, or at once if it has been taken
  // back before; it waits in `place`. Throws ShutdownError.
  void AddContinuation(TaskPtr task, Continuations::Place& place) const;
  // The same for a task that hooks know already, which nobody owns.
  void AddAnnounced(QueuedTask& task, Continuations::Place& place) const;

  using Ref = base::Ref<const FutureStateBase>;
  // Nobody will look at the result of `state`: what only waits to come to it is
  // ended unrun, and what nobody else will look at then is given up in turn.
  static void GiveUp(Ref state) noexcept;

 protected:
  explicit FutureStateBase(Engine& engine) noexcept
      : engine_(ShareEngine(engine)) {}
  virtual ~FutureStateBase() = default;

  // The task that settles it, for the caller to run, if it is queued still:
  // nobody else will.
  virtual QueuedTask* TakeToRun() const noexcept { return nullptr; }

  // Ends what settles it unrun, if that waits for another future still, and
  // returns that one's state, if nobody else will look at it; else null.
  virtual Ref GiveUpOne() const noexcept { return {}; }

  // Does a task of the engine settle it? Else anybody may.
  virtual bool settled_by_task() const noexcept { return false; }

  // The result is there: wakes who waits, has the continuations run.
  void Settle() noexcept;

 private:
  void Destroy() const noexcept;

  // Futures outlive executors.
  const std::shared_ptr<Engine> engine_;
  mutable Completion completion_{1};
  mutable Continuations continuations_;
};

// The result: written before Settle(), read after completion().done().
template <typename T>
class FutureState : public FutureStateBase {
 public:
  // Moves the result out, or throws the exception; once.
  T Take() const {
    if (exception_ != nullptr) {
      std::rethrow_exception(std::exchange(exception_, nullptr));
    }
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(**value_);
    } else if constexpr (!std::is_void_v<T>) {
      return std::move(*value_);
    }
  }

  // Returns the result where it is, or throws the exception; any number of
  // times, on any thread.
  std::add_lvalue_reference_t<const T> Peek() const {
    if (exception_ != nullptr) std::rethrow_exception(exception_);
    if constexpr (std::is_reference_v<T>) {
      return **value_;
    } else if constexpr (!std::is_void_v<T>) {
      return *value_;
    }
  }

 protected:
  using FutureStateBase::FutureStateBase;

  template <typename Call>
  void SetResultOf(Call&& call) {
    if constexpr (std::is_void_v<T>) {
      call();
    } else if constexpr (std::is_reference_v<T>) {
      T result = call();
      value_ = &result;
    } else {
      value_.emplace(call());
    }
  }
  void set_exception(std::exception_ptr exception) noexcept {
    exception_ = std::move(exception);
  }

 private:
  struct Nothing {};
  using Value = std::conditional_t<
      std::is_void_v<T>, Nothing,
      std::conditional_t<std::is_reference_v<T>, std::add_pointer_t<T>, T>>;

  mutable std::optional<Value> value_;
  mutable std::exception_ptr exception_;
};

template <typename T>
using FutureStateRef = base::Ref<const FutureState<T>>;

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_FUTURE_FUTURE_STATE_H_
