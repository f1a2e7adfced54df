// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What a future and its task share: the task itself, in one allocation.

#ifndef WEFT_EXECUTOR_INTERNAL_FUTURE_STATE_H_
#define WEFT_EXECUTOR_INTERNAL_FUTURE_STATE_H_

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "weft/context/internal/ref.h"
#include "weft/executor/internal/completion.h"
#include "weft/executor/internal/submission.h"
#include "weft/executor/internal/task.h"

namespace weft::executor_internal {

class FutureStateBase : public context_internal::RefCounted {
 public:
  FutureStateBase(const FutureStateBase&) = delete;
  FutureStateBase& operator=(const FutureStateBase&) = delete;

  Completion& completion() const noexcept { return completion_; }
  void Wait() const { Await(completion_, outside_helper_); }
  void Release() const noexcept {
    if (DropRefs(1)) delete this;
  }

 protected:
  // `engine` need not outlive the state, once done.
  explicit FutureStateBase(Engine& engine) noexcept
      : outside_helper_(OutsideHelper(engine)) {}
  virtual ~FutureStateBase() = default;

 private:
  mutable Completion completion_{1};
  Engine* const outside_helper_;
};

// Written by the task, read once after completion().done().
template <typename T>
class FutureState : public FutureStateBase {
 public:
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

// A task that is a future's result.
template <typename Fn, typename T>
class FutureTask final : public Task, public FutureState<T> {
 public:
  template <typename F>
  FutureTask(Engine& engine, F&& fn)
      : Task(Provider::kFutureTask),
        FutureState<T>(engine),
        function_(std::forward<F>(fn)) {}

  const Completion* completes() const noexcept override {
    return &this->completion();
  }

 private:
  void Call() override {
    this->SetResultOf([&]() -> T { return function_.Call(); });
  }
  void DropFunction() noexcept override { function_.Drop(); }
  void Fail(std::exception_ptr exception, Engine&) noexcept override {
    this->set_exception(std::move(exception));
  }
  bool settles_promise() const noexcept override { return true; }
  void Refuse() noexcept override { this->set_exception(DroppedError()); }
  void Finish() noexcept override { this->completion().Finish(); }
  void Dispose() noexcept override { this->Release(); }

  TaskFunction<Fn> function_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_FUTURE_STATE_H_
