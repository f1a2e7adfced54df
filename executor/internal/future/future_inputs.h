// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The futures that WhenAll() and WhenAny() are given.

#ifndef WEFT_EXECUTOR_INTERNAL_FUTURE_FUTURE_INPUTS_H_
#define WEFT_EXECUTOR_INTERNAL_FUTURE_FUTURE_INPUTS_H_

#include <cstddef>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "weft/base/ref.h"
#include "weft/base/sync/mutex.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/future_state.h"
#include "weft/executor/internal/future/future_task.h"
#include "weft/executor/internal/future/promise_state.h"
#include "weft/executor/internal/task/task_scope.h"

namespace weft {

class Executor;
template <typename T>
class QueuedTask;

}  // namespace weft

namespace weft::executor_internal {

// These tell whether WhenAll() or WhenAny() could take arguments of these
// types.
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

// Stands for the result of a Future<T> in a tuple or variant.
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

// The state of the future that is made of the inputs, and what waits for them.
// Each continuation that will report an input holds a ticket; when the last is
// gone no report can come, and `Collector`, the derived class, settles what is
// not settled yet, by its SettleLast(). So it does not matter whether an input
// is reported, or its continuation is dropped with an executor that is stopped.
//
// It keeps the continuations that wait, and those keep their tickets, which
// keep it; GiveUpInputs() ends that.
//
// Thread-safe where `Collector` is.
template <typename Collector, typename Result>
class InputCollector : public PromiseState<Result> {
 public:
  class Ticket {
   public:
    explicit Ticket(InputCollector& collector) noexcept
        : collector_(Shared::Share(&collector)) {
      collector.tickets_.AddRef();
    }
    Ticket(Ticket&&) noexcept = default;
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket() {
      if (collector_.get() != nullptr) collector_.get()->DropTicket();
    }

   private:
    using Shared = base::Ref<InputCollector>;
    Shared collector_;
  };

  // Call it once, before the first input: keeps the state from being settled as
  // one that has no inputs left.
  Ticket FirstTicket() noexcept {
    Ticket first(*this);
    DropTicket();  // its own
    return first;
  }

  Future<Result> GetFuture() const {
    return FutureMaker::Make<Result>(FutureStateRef<Result>::Share(this));
  }

 protected:
  InputCollector(Engine& engine, std::size_t inputs, std::source_location where)
      : PromiseState<Result>(engine, where) {
    waiting_.reserve(inputs);
  }
  ~InputCollector() = default;

  // Settles the promise with the value that `make()` returns, or with what it
  // throws.
  template <typename Make>
  void Settle(const Make& make) noexcept {
    std::exception_ptr failure;
    try {
      if constexpr (std::is_void_v<Result>) {
        make();
        this->SetValue();
      } else {
        this->SetValue(make());
      }
    } catch (...) {
      failure = std::current_exception();
    }
    // Nothing of it is kept here: the waiter for it drops it last.
    if (failure != nullptr) this->SetException(std::move(failure));
  }

  // Calls `tell(state)`, as a continuation, when `state` is settled. If it
  // throws, nothing is waited for any more.
  template <typename T, typename Tell>
  void Await(const FutureStateRef<T>& state, Tell tell,
             std::source_location where) {
    FutureStateBase::Ref continuation;
    try {
      continuation = FutureStateBase::Ref::Share(
          Continue<Use::kState, T>(
              state,
              [ticket = Ticket(*this), tell](FutureStateRef<T> settled) {
                tell(*settled.get());
              },
              where)
              .get());
    } catch (...) {
      GiveUpInputs();
      throw;
    }
    {
      const base::MutexLock lock(mutex_);
      if (!inputs_given_up_) {
        waiting_.push_back(std::move(continuation));  // there is room
        return;
      }
    }
    FutureStateBase::GiveUpInTurn(std::move(continuation));
  }

  // Waits for no input any more: takes back the continuations that wait, and
  // gives up the futures that nobody else will look at then.
  void GiveUpInputs() noexcept {
    std::vector<FutureStateBase::Ref> waiting;
    {
      const base::MutexLock lock(mutex_);
      inputs_given_up_ = true;
      waiting.swap(waiting_);
    }
    for (FutureStateBase::Ref& state : waiting) {
      FutureStateBase::GiveUpInTurn(std::move(state));
    }
  }

 private:
  // Counts tickets; one is the collector's own, until the first is made.
  class Tickets : public base::RefCounted {
   public:
    bool DropOne() noexcept { return this->DropRefs(1); }
  };

  void DropTicket() noexcept {
    if (!tickets_.DropOne() || IsGivenUp()) return;
    static_cast<Collector*>(this)->SettleLast();
    GiveUpInputs();
  }

  FutureStateBase::Ref GiveUpOne() const noexcept override {
    auto* const self = const_cast<InputCollector*>(this);
    {
      const base::MutexLock lock(self->mutex_);
      self->is_given_up_ = true;
    }
    self->GiveUpInputs();
    return {};
  }
  bool IsGivenUp() noexcept {
    const base::MutexLock lock(mutex_);
    return is_given_up_;
  }

  Tickets tickets_;
  base::Mutex mutex_;
  std::vector<FutureStateBase::Ref> waiting_ ABSL_GUARDED_BY(mutex_);
  bool inputs_given_up_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_given_up_ ABSL_GUARDED_BY(mutex_) = false;  // nobody will look at it
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_FUTURE_FUTURE_INPUTS_H_
