// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The futures that WhenAll() and WhenAny() are given.

#ifndef WEFT_EXECUTOR_INTERNAL_FUTURE_INPUTS_H_
#define WEFT_EXECUTOR_INTERNAL_FUTURE_INPUTS_H_

#include <cstddef>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "weft/context/internal/ref.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/future_state.h"
#include "weft/executor/internal/future_task.h"
#include "weft/executor/internal/promise_state.h"
#include "weft/executor/internal/submission.h"

namespace weft {

class Executor;
template <typename T>
class Task;

}  // namespace weft

namespace weft::executor_internal {

// Could WhenAll() or WhenAny() take arguments of these types?
void IsInput(const Executor&);
void IsInput(std::source_location);
template <typename T>
void IsInput(Future<T>&&);
template <typename T>
void IsInput(weft::Task<T>&&);
template <typename T>
void IsInput(std::vector<T>&&);
template <typename... Args>
inline constexpr bool kAreInputs =
    sizeof...(Args) > 0 && requires { (IsInput(std::declval<Args>()), ...); };

// What stands for the result of a Future<T> in a tuple or variant.
template <typename T>
using InputValue = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <typename T>
InputValue<T> TakeInput(const FutureState<T>& state) {
  if constexpr (std::is_void_v<T>) {
    state.Take();
    return {};
  } else {
    return state.Take();
  }
}

template <typename T>
void CheckInput(const Future<T>& future, const char* function,
                std::size_t index) {
  if (!future.valid()) ThrowNoInput(function, index);
}

template <typename T>
void CheckInputs(const std::vector<Future<T>>& futures, const char* function) {
  for (std::size_t i = 0; i < futures.size(); ++i) {
    CheckInput(futures[i], function, i);
  }
}

template <typename T>
std::vector<FutureStateRef<T>> TakeInputs(std::vector<Future<T>> futures) {
  std::vector<FutureStateRef<T>> states;
  states.reserve(futures.size());
  for (Future<T>& future : futures) {
    states.push_back(FutureMaker::Take(future, ""));
  }
  return states;
}

// What waits for the inputs, and has the promise of their results. Whoever will
// tell it of an input holds a reference; when the last is gone there is nothing
// to come, and `Collector`, the derived class, settles what is not settled yet,
// by its SettleLast(). So it does not matter if an input is told of, or its
// continuation is dropped with an executor that is stopped.
//
// Thread-safe where `Collector` is.
template <typename Collector, typename Result>
class InputCollector : public context_internal::RefCounted {
 public:
  InputCollector(const InputCollector&) = delete;
  InputCollector& operator=(const InputCollector&) = delete;

  void Release() const noexcept {
    if (!DropRefs(1)) return;
    auto* const self =
        const_cast<Collector*>(static_cast<const Collector*>(this));
    self->SettleLast();
    delete self;
  }

  Future<Result> GetFuture() const {
    return FutureMaker::Make<Result>(
        FutureStateRef<Result>::Share(result_.get()));
  }

 protected:
  InputCollector(Engine& engine, std::source_location where)
      : result_(context_internal::Ref<PromiseState<Result>>::Adopt(
            new PromiseState<Result>(engine, where))) {}
  ~InputCollector() = default;

  // Settles the promise with the value that `make()` returns, or what it
  // throws.
  template <typename Make>
  void Settle(const Make& make) noexcept {
    std::exception_ptr failure;
    try {
      if constexpr (std::is_void_v<Result>) {
        make();
        result_.get()->SetValue();
      } else {
        result_.get()->SetValue(make());
      }
    } catch (...) {
      failure = std::current_exception();
    }
    // Nothing of it is kept here: who waits for it drops it last.
    if (failure != nullptr) result_.get()->SetException(std::move(failure));
  }

  // Has `tell(state)` called, as a continuation, when `state` is settled.
  template <typename T, typename Tell>
  void Await(const FutureStateRef<T>& state, Tell tell,
             std::source_location where) {
    auto self = context_internal::Ref<const InputCollector>::Share(this);
    static_cast<void>(Continue<Use::kState, T>(
        state,
        [self = std::move(self), tell](FutureStateRef<T> settled) {
          tell(*settled.get());
        },
        where));
  }

 private:
  const context_internal::Ref<PromiseState<Result>> result_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_FUTURE_INPUTS_H_
