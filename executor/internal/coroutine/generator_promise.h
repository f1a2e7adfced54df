// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The promise type of an AsyncGenerator, and the type that waits for its next
// value.

#ifndef WEFT_EXECUTOR_INTERNAL_COROUTINE_GENERATOR_PROMISE_H_
#define WEFT_EXECUTOR_INTERNAL_COROUTINE_GENERATOR_PROMISE_H_

#include <coroutine>
#include <exception>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "weft/executor/internal/coroutine/coroutine_awaiters.h"
#include "weft/executor/internal/coroutine/coroutine_promise.h"
#include "weft/executor/internal/coroutine/coroutine_task.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/hooks/async_id.h"

namespace weft {

template <typename T>
class AsyncGenerator;

}  // namespace weft

namespace weft::executor_internal {

// Throws std::logic_error.
[[noreturn]] inline void ThrowAskedTwice() {
  throw std::logic_error(
      "AsyncGenerator::Next: the generator is being asked already; it has one "
      "consumer at a time");
}

template <typename T>
class GeneratorPromise final : public CoroutinePromiseBase {
 public:
  explicit GeneratorPromise(
      std::source_location where = std::source_location::current())
      : CoroutinePromiseBase(
            std::coroutine_handle<GeneratorPromise>::from_promise(*this),
            where) {}

  AsyncGenerator<T> get_return_object() noexcept;
  void return_void() const noexcept {}

  // Awaited by `co_yield`: its segment ends, and the consumer goes on.
  class YieldAwaiter {
   public:
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<GeneratorPromise> self) noexcept {
      GeneratorPromise& promise = self.promise();
      promise.task().ForgetWaiter();
      point_.Suspend(promise.task());
      Transfer(self, std::exchange(promise.consumer_, nullptr));
    }
    void await_resume() { point_.Resume(); }

   private:
    SuspensionPoint point_;
  };
  // The default is for `co_yield {...}`.
  template <typename Value = T>
    requires std::is_convertible_v<Value, T>
  YieldAwaiter yield_value(Value&& value) {
    value_.emplace(std::forward<Value>(value));
    return {};
  }

  // Throws std::logic_error if another is waiting for a value.
  void set_consumer(std::coroutine_handle<> consumer) {
    if (consumer_ != nullptr) ThrowAskedTwice();
    consumer_ = consumer;
  }
  // Returns what has been yielded, once; nothing if that is nothing.
  std::optional<T> TakeValue() { return std::exchange(value_, std::nullopt); }

 private:
  std::coroutine_handle<> consumer_;  // null: nobody asks
  std::optional<T> value_;
};

template <typename T>
using OwnedGenerator = OwnedCoroutine<T, GeneratorPromise<T>>;

template <typename T>
struct [[nodiscard]] NextOperation {
  OwnedGenerator<T>& generator;
};

// A consumer that awaits the next value: consumer and generator transfer to
// each other.
template <typename T>
class AwaitSource<NextOperation<T>> final : public CoroutineWaiter {
 public:
  explicit AwaitSource(const NextOperation<T>& operation) noexcept
      : generator_(operation.generator) {}

  // A generator that has ended is gone.
  bool ready() const noexcept { return !generator_; }
  void Arm(CoroutineTask& consumer) {
    consumer_ = consumer.coroutine();
    generator_.promise().set_consumer(consumer_);
    generator_.task().set_waiter(*this, consumer.completes());
    Transfer(consumer_, generator_.task().coroutine());
  }
  std::optional<T> Result() {
    if (destroyed_ != nullptr) std::rethrow_exception(std::move(destroyed_));
    if (!generator_) return std::nullopt;
    std::optional<T> value = generator_.promise().TakeValue();
    if (has_ended_) {
      std::exception_ptr exception = generator_.promise().TakeException();
      generator_ = {};
      if (exception != nullptr) std::rethrow_exception(std::move(exception));
    }
    return value;
  }

 private:
  void Ended(std::coroutine_handle<> generator) noexcept override {
    has_ended_ = true;
    Transfer(generator, consumer_);
  }
  void Refused(std::exception_ptr) noexcept override {}  // is not queued
  void Destroyed(AsyncId async_id) noexcept override {
    generator_.Forget();
    destroyed_ = BrokenError(async_id);
    RunCoroutines(consumer_);
  }

  OwnedGenerator<T>& generator_;
  bool has_ended_ = false;
  std::exception_ptr destroyed_;
  std::coroutine_handle<> consumer_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_COROUTINE_GENERATOR_PROMISE_H_
