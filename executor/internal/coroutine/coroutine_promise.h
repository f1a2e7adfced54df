// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The promise type of a coroutine that returns a Task, and the types that wait
// for one.

#ifndef WEFT_EXECUTOR_INTERNAL_COROUTINE_COROUTINE_PROMISE_H_
#define WEFT_EXECUTOR_INTERNAL_COROUTINE_COROUTINE_PROMISE_H_

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include "weft/executor/internal/coroutine/coroutine_awaiters.h"
#include "weft/executor/internal/coroutine/coroutine_task.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/future_state.h"
#include "weft/hooks/async_id.h"

namespace weft {

template <typename T>
class QueuedTask;

}  // namespace weft

namespace weft::executor_internal {

// Passes `failure`, of a detached coroutine, to the handler of `engine`, unless
// it says that the coroutine was cancelled, late or shut down.
void TellOfDetached(Engine& engine, std::exception_ptr failure) noexcept;

class CoroutinePromiseBase {
 public:
  CoroutinePromiseBase(const CoroutinePromiseBase&) = delete;
  CoroutinePromiseBase& operator=(const CoroutinePromiseBase&) = delete;

  static void* operator new(std::size_t size) {
    return CoroutineTask::AllocateFrame(size);
  }
  static void operator delete(void* frame, std::size_t) noexcept {
    CoroutineTask::FreeFrame(frame);
  }

  InitialAwaiter initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept {
    EmitThrow();
    exception_ = std::current_exception();
  }

  template <typename Awaitable>
  auto await_transform(Awaitable&& awaitable) {
    using Plain = std::remove_cvref_t<Awaitable>;
    if constexpr (HasAwaitSource<Plain>) {
      return SourceAwaiter<AwaitSource<Plain>>(
          std::forward<Awaitable>(awaitable));
    } else {
      return CustomAwaiter<Awaitable>(std::forward<Awaitable>(awaitable));
    }
  }

  CoroutineTask& task() const noexcept { return task_; }
  // Returns what the coroutine threw, once; null if it has not thrown.
  std::exception_ptr TakeException() noexcept {
    return std::exchange(exception_, nullptr);
  }

 protected:
  CoroutinePromiseBase(std::coroutine_handle<> coroutine,
                       std::source_location where)
      : task_(CoroutineTask::Make(coroutine, where)) {}
  ~CoroutinePromiseBase() = default;

 private:
  CoroutineTask& task_;
  std::exception_ptr exception_;
};

template <typename T>
class CoroutinePromise final : public CoroutinePromiseBase {
 public:
  explicit CoroutinePromise(
      std::source_location where = std::source_location::current())
      : CoroutinePromiseBase(
            std::coroutine_handle<CoroutinePromise>::from_promise(*this),
            where) {}

  weft::Task<T> get_return_object() noexcept;

  // The default is for `co_return {...}`.
  template <typename Value = T>
    requires std::is_convertible_v<Value, T>
  void return_value(Value&& value) {
    if constexpr (std::is_reference_v<T>) {
      T result = std::forward<Value>(value);
      value_ = &result;
    } else {
      value_.emplace(std::forward<Value>(value));
    }
  }

  // Returns what the coroutine has returned, once.
  T Take() {
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(**value_);
    } else {
      return std::move(*value_);
    }
  }

 private:
  using Stored =
      std::conditional_t<std::is_reference_v<T>, std::add_pointer_t<T>, T>;
  std::optional<Stored> value_;
};

template <>
class CoroutinePromise<void> final : public CoroutinePromiseBase {
 public:
  explicit CoroutinePromise(
      std::source_location where = std::source_location::current())
      : CoroutinePromiseBase(
            std::coroutine_handle<CoroutinePromise>::from_promise(*this),
            where) {}

  weft::Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}
  void Take() const noexcept {}
};

// Owns a coroutine, or none. It refers to the coroutine by its CoroutineTask,
// and so keeps the compiler from seeing that it destroys what was made here:
// otherwise that might put the frame on the stack, without room for the
// CoroutineTask.
template <typename T, typename Promise = CoroutinePromise<T>>
class OwnedCoroutine {
 public:
  OwnedCoroutine() = default;
  explicit OwnedCoroutine(CoroutineTask& task) noexcept : task_(&task) {}
  OwnedCoroutine(OwnedCoroutine&& other) noexcept
      : task_(std::exchange(other.task_, nullptr)) {}
  OwnedCoroutine& operator=(OwnedCoroutine&& other) noexcept {
    OwnedCoroutine taken(std::move(other));
    std::swap(task_, taken.task_);
    return *this;
  }
  ~OwnedCoroutine() {
    if (task_ == nullptr) return;
    task_->ForgetWaiter();
    task_->coroutine().destroy();
  }

  // Call it when the coroutine has been destroyed.
  void Forget() noexcept { task_ = nullptr; }

  explicit operator bool() const noexcept { return task_ != nullptr; }
  CoroutineTask& task() const noexcept { return *task_; }
  Promise& promise() const noexcept {
    return std::coroutine_handle<Promise>::from_address(
               task_->coroutine().address())
        .promise();
  }

 private:
  CoroutineTask* task_ = nullptr;
};

// A parent that awaits a child: they transfer to each other.
template <typename T>
class AwaitSource<weft::Task<T>> final : public CoroutineWaiter {
 public:
  explicit AwaitSource(weft::Task<T>&& task) noexcept
      : child_(std::move(task.coroutine_)) {}

  bool ready() const {
    if (!child_) ThrowEmptyTask("co_await");
    return false;
  }
  void Arm(CoroutineTask& parent) {
    parent_ = parent.coroutine();
    child_.task().set_waiter(*this, parent.completes());
    Transfer(parent_, child_.task().coroutine());
  }
  T Result() {
    if (!child_) std::rethrow_exception(std::move(destroyed_));
    CoroutinePromise<T>& promise = child_.promise();
    if (std::exception_ptr exception = promise.TakeException()) {
      std::rethrow_exception(std::move(exception));
    }
    return promise.Take();
  }

 private:
  void Ended(std::coroutine_handle<> child) noexcept override {
    Transfer(child, parent_);
  }
  void Refused(std::exception_ptr) noexcept override {}  // is not queued
  void Destroyed(AsyncId async_id) noexcept override {
    child_.Forget();
    destroyed_ = BrokenError(async_id);
    RunCoroutines(parent_);
  }

  OwnedCoroutine<T> child_;
  std::exception_ptr destroyed_;
  std::coroutine_handle<> parent_;
};

// The future of a coroutine that nobody awaits; it owns the coroutine until
// that ends.
template <typename T>
class SpawnedCoroutine : public FutureState<T>, public CoroutineWaiter {
 public:
  SpawnedCoroutine(Engine& engine, OwnedCoroutine<T> coroutine)
      : FutureState<T>(engine),
        coroutine_(std::move(coroutine)),
        async_id_(coroutine_.task().resource().async_id()) {}

  // Makes a thread of the executor start it. Throws ShutdownError.
  void Start() {
    coroutine_.task().set_waiter(*this, &this->completion());
    this->AddRef();  // the coroutine's
    try {
      Requeue(this->engine(), coroutine_.task());
    } catch (...) {
      this->Release();
      throw;
    }
  }

  AsyncId promise_id() const noexcept override { return async_id_; }

 protected:
  // Says how it ended: by what it threw, or why it was not started; null if it
  // has a result. Called before the future is settled, when the coroutine and
  // its parameters are gone.
  virtual void Tell(const std::exception_ptr&) noexcept {}

 private:
  void Ended(std::coroutine_handle<>) noexcept override {
    CoroutinePromise<T>& promise = coroutine_.promise();
    std::exception_ptr exception = promise.TakeException();
    if (exception == nullptr) {
      try {
        this->SetResultOf([&]() -> T { return promise.Take(); });
      } catch (...) {
        exception = std::current_exception();
      }
    }
    End(std::move(exception));
  }
  void Refused(std::exception_ptr why) noexcept override {
    End(std::move(why));
  }

  void Destroyed(AsyncId async_id) noexcept override {
    coroutine_.Forget();
    End(BrokenError(async_id));
  }

  void End(std::exception_ptr exception) noexcept {
    coroutine_ = {};
    Tell(exception);
    this->set_exception(std::move(exception));
    this->Settle();
    this->Release();
  }

  OwnedCoroutine<T> coroutine_;
  const AsyncId async_id_;
};

// One that nobody waits for: the executor's handler is told of its failure.
template <typename T>
class DetachedCoroutine final : public SpawnedCoroutine<T> {
 public:
  using SpawnedCoroutine<T>::SpawnedCoroutine;

 private:
  void Tell(const std::exception_ptr& failure) noexcept override {
    if (failure != nullptr) TellOfDetached(this->engine(), failure);
  }
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_COROUTINE_COROUTINE_PROMISE_H_
