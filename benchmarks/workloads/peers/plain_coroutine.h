// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Lazy coroutines without context, ids and hooks: what `Task` is compared with.

#ifndef WEFT_BENCHMARKS_WORKLOADS_PEERS_PLAIN_COROUTINE_H_
#define WEFT_BENCHMARKS_WORKLOADS_PEERS_PLAIN_COROUTINE_H_

#include <coroutine>
#include <exception>
#include <utility>
#include <variant>

namespace weft::benchmarks {

// A coroutine that returns an int, which another one awaits or `Run()` runs.
// Its frame is from the allocator; child and parent transfer to each other.
// `Result` is what its promise keeps the int, or the exception, in.
template <typename Result>
class [[nodiscard]] BasicPlainCoroutine {
 public:
  class promise_type : public Result {
   public:
    BasicPlainCoroutine get_return_object() {
      return BasicPlainCoroutine(
          std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    auto final_suspend() const noexcept {
      struct Final {
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(
            std::coroutine_handle<promise_type> ended) const noexcept {
          return ended.promise().parent_;
        }
        void await_resume() const noexcept {}
      };
      return Final{};
    }

   private:
    friend BasicPlainCoroutine;
    std::coroutine_handle<> parent_ = std::noop_coroutine();
  };

  explicit BasicPlainCoroutine(
      std::coroutine_handle<promise_type> handle) noexcept
      : handle_(handle) {}
  BasicPlainCoroutine(BasicPlainCoroutine&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)) {}
  ~BasicPlainCoroutine() {
    if (handle_) handle_.destroy();
  }

  int Run() {
    handle_.resume();
    return handle_.promise().Take();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(
      std::coroutine_handle<> parent) const noexcept {
    handle_.promise().parent_ = parent;
    return handle_;
  }
  int await_resume() const { return handle_.promise().Take(); }

 private:
  std::coroutine_handle<promise_type> handle_;
};

// The least: exceptions leave through whoever resumed the coroutine.
class BareResult {
 public:
  void unhandled_exception() { throw; }
  void return_value(int value) noexcept { value_ = value; }
  int Take() const noexcept { return value_; }

 private:
  int value_ = 0;
};

// As libraries do it: an exception is thrown where the coroutine is awaited.
class CheckedResult {
 public:
  void unhandled_exception() noexcept {
    result_.emplace<std::exception_ptr>(std::current_exception());
  }
  void return_value(int value) noexcept { result_.emplace<int>(value); }
  int Take() const {
    if (const auto* error = std::get_if<std::exception_ptr>(&result_))
      std::rethrow_exception(*error);
    return std::get<int>(result_);
  }

 private:
  std::variant<std::monostate, int, std::exception_ptr> result_;
};

// Written by hand for what it does, and a plain one for any use.
using HandWrittenCoroutine = BasicPlainCoroutine<BareResult>;
using PlainCoroutine = BasicPlainCoroutine<CheckedResult>;

}  // namespace weft::benchmarks

#endif  // WEFT_BENCHMARKS_WORKLOADS_PEERS_PLAIN_COROUTINE_H_
