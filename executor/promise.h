// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/promise.h
// -----------------------------------------------------------------------------
//
// `Promise<T>` is the other end of a future. The code that holds it settles it,
// with a value or an exception, from anywhere.
//
// Example:
//
//   weft::Promise<Reply> promise(executor);
//   weft::Future<Reply> reply = promise.GetFuture();
//   client.Send(request, [promise = std::move(promise)](Reply r) mutable {
//     promise.SetValue(std::move(r));
//   });
//   std::move(reply).Then([](Reply r) { Handle(r); });
//
// Node counterpart: `Promise`, which async_hooks sees as a resource of type
// "PROMISE" with init, promise_resolve and destroy.

#ifndef WEFT_EXECUTOR_PROMISE_H_
#define WEFT_EXECUTOR_PROMISE_H_

#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/promise_state.h"
#include "weft/hooks/async_id.h"

namespace weft {

// Promise
//
// The end of a future that settles it. Settling emits promise_resolve and then
// wakes the threads that wait. The continuations that exist by then are run in
// the order of their `Then()`, right after the settling task, as by
// `Executor::Defer()`.
//
// Thread-safety: thread-compatible; the future counts as a separate object.
// Memory ordering: everything before settling happens before a wait for it
//   returns and before its continuations run.
// Lifetime: it may outlive its executor. Destroyed unsettled, it settles with
//   BrokenPromiseError. The destroy event comes when promise, futures and
//   continuations are gone.
// Allocation: one.
template <typename T>
class Promise {
 public:
  // Makes a promise and emits init. Its continuations and waits belong to
  // `executor`.
  explicit Promise(Executor& executor,
                   std::source_location where = std::source_location::current())
      : state_(Ref::Adopt(new State(executor.engine(), where))) {}
  Promise(Promise&& other) noexcept = default;
  Promise& operator=(Promise&& other) noexcept {
    Promise taken(std::move(other));
    std::swap(state_, taken.state_);
    return *this;
  }
  ~Promise() {
    if (state_.get() != nullptr) state_.get()->Break();
  }

  // Returns its id. Throws std::logic_error if moved from, as do all that
  // follow.
  AsyncId async_id() const { return state("async_id").promise_id(); }

  // Promise::GetFuture()
  //
  // Returns the future. Throws std::logic_error if called twice.
  Future<T> GetFuture() {
    if (!state("GetFuture").TakeFuture()) {
      executor_internal::ThrowNotSettleable("GetFuture");
    }
    return Future<T>(executor_internal::FutureStateRef<T>::Share(state_.get()));
  }

  // Promise::SetValue()
  //
  // Settles with `value`; a `Promise<void>` settles with nothing. Throws
  // std::logic_error if the promise is settled, and what constructing a `T`
  // throws; then it is not settled.
  template <typename... Value>
    requires(std::is_void_v<T> ? sizeof...(Value) == 0
                               : sizeof...(Value) == 1 &&
                                     (std::is_convertible_v<Value, T> && ...))
  void SetValue(Value&&... value) {
    if (!state("SetValue").SetValue(std::forward<Value>(value)...)) {
      executor_internal::ThrowNotSettleable("SetValue");
    }
  }

  // Promise::SetException()
  //
  // Settles with `exception`. Throws std::logic_error if the promise is
  // settled, std::invalid_argument if `exception` is null.
  void SetException(std::exception_ptr exception) {
    if (exception == nullptr) executor_internal::ThrowNullException();
    if (!state("SetException").SetException(std::move(exception))) {
      executor_internal::ThrowNotSettleable("SetException");
    }
  }

 private:
  using State = executor_internal::PromiseState<T>;
  using Ref = base::Ref<State>;

  State& state(const char* function) const {
    if (state_.get() == nullptr) {
      executor_internal::ThrowNotSettleable(function);
    }
    return *state_.get();
  }

  Ref state_;
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_PROMISE_H_
