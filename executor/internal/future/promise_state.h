// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The future state that a promise settles.

#ifndef WEFT_EXECUTOR_INTERNAL_FUTURE_PROMISE_STATE_H_
#define WEFT_EXECUTOR_INTERNAL_FUTURE_PROMISE_STATE_H_

#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/future_state.h"
#include "weft/executor/internal/task/task_scope.h"
#include "weft/hooks/async_id.h"

namespace weft::executor_internal {

// Only the owner of the promise settles it.
template <typename T>
class PromiseState : public FutureState<T> {
 public:
  PromiseState(Engine& engine, std::source_location where)
      : FutureState<T>(engine), origin_(this->completion(), where) {}

  AsyncId promise_id() const noexcept override { return origin_.async_id(); }

  // Returns false if the future was taken before.
  bool TakeFuture() noexcept { return !std::exchange(future_taken_, true); }

  // Returns false, with nothing done, if it is settled.
  template <typename... Value>
  bool SetValue(Value&&... value) {
    if (settled_) return false;
    if constexpr (!std::is_void_v<T>) {
      this->SetResultOf([&]() -> decltype(auto) {
        return (std::forward<Value>(value), ...);
      });
    }
    SettleWithEvent();
    return true;
  }
  bool SetException(std::exception_ptr exception) noexcept {
    if (settled_) return false;
    this->set_exception(std::move(exception));
    SettleWithEvent();
    return true;
  }
  void Break() {
    if (settled_) return;
    if (this->is_shared()) origin_.EmitBroken(this->engine_number());
    SetException(BrokenError(promise_id()));
  }

 private:
  void SettleWithEvent() noexcept {
    settled_ = true;
    origin_.EmitPromiseResolve();
    this->Settle();
  }

  bool future_taken_ = false;
  bool settled_ = false;
  PromiseOrigin origin_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_FUTURE_PROMISE_STATE_H_
