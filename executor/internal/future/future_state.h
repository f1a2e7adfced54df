// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The state that a future shares with the task or promise that settles it.

#ifndef WEFT_EXECUTOR_INTERNAL_FUTURE_FUTURE_STATE_H_
#define WEFT_EXECUTOR_INTERNAL_FUTURE_FUTURE_STATE_H_

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "weft/base/ref.h"
#include "weft/base/sync/wait_deadline.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/engine/wait.h"
#include "weft/executor/internal/future/continuations.h"
#include "weft/executor/internal/task/completion.h"
#include "weft/executor/internal/task/queued_task.h"
#include "weft/hooks/async_id.h"

namespace weft::executor_internal {

// Thread-safe, but only one thread settles it, once.
class FutureStateBase : public base::RefCounted {
 public:
  FutureStateBase(const FutureStateBase&) = delete;
  FutureStateBase& operator=(const FutureStateBase&) = delete;

  // A result that nobody took dies as nobody.
  void Release() const noexcept {
    if (DropRefs(1)) Destroy();
  }

  Engine& engine() const noexcept { return *engine_; }
  // Returns the number of the engine.
  std::uint64_t engine_number() const noexcept;
  // Returns the promise's id for hooks.
  virtual AsyncId promise_id() const noexcept = 0;

  const Completion& completion() const noexcept { return completion_; }
  // Returns false if the result is not there by `deadline`.
  bool Wait(const base::WaitDeadline& deadline = {}) const {
    if (completion_.done()) return true;
    if (base::HasPassed(deadline)) return false;
    if (settled_by_task()) CheckWait(*engine_, completion_);
    // With a deadline the wait would end when the task does, and not before.
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

  // For code that waits for the result to take a place among its continuations.
  Continuations& continuations() const noexcept { return continuations_; }
  // Runs `task` when the result is there, or at once if it has been taken back
  // before; it waits in `place`. Throws ShutdownError.
  void AddContinuation(TaskPtr task, Continuations::Place& place) const;

  using Ref = base::Ref<const FutureStateBase>;
  // Nobody will look at the result of `state`: ends the task unrun that only
  // waits to produce it, and gives up in turn the futures that nobody else will
  // look at then.
  static void GiveUp(Ref state) noexcept;
  // The same, for what a GiveUp() of this thread comes to: that one does it
  // before it returns. So collections that each wait for one nest no calls.
  static void GiveUpInTurn(Ref state) noexcept;

 protected:
  explicit FutureStateBase(Engine& engine) noexcept
      : engine_(ShareEngine(engine)) {}
  virtual ~FutureStateBase() = default;

  // Returns the task that settles it, if it is still queued, for the caller to
  // run: no other thread will.
  virtual QueuedTask* TakeToRun() const noexcept { return nullptr; }

  // Ends the task that settles it unrun, if that still waits for another
  // future, and returns that future's state, if nobody else will look at it;
  // else returns null.
  virtual Ref GiveUpOne() const noexcept { return {}; }

  // True if a task of the engine settles it. Otherwise any thread may.
  virtual bool settled_by_task() const noexcept { return false; }

  // The result is there: wakes the waiters, and queues the continuations.
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

  // Returns the exception; null if there is a result. Only when it is done.
  const std::exception_ptr& exception() const noexcept { return exception_; }

  // Moves it out; once.
  std::exception_ptr TakeException() const noexcept {
    return std::exchange(exception_, nullptr);
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
