// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The result of calling a function: a value or an exception, as folly::Try.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_TRY_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_TRY_H_

#include <exception>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <variant>

#include "weft/base/language.h"

namespace weft::executor_internal {

// Owner-only. `T` may be void, and then the value is a std::monostate. Whether
// there is a value or an exception is for the caller to remember: so it is
// known in registers where the object is a local variable, and where the
// function does not throw only the value is written. Between a call and Take(),
// or one of the functions that end an exception, nothing else may throw.
template <typename T>
class Try {
 public:
  using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
  static_assert(!std::is_reference_v<T>,
                "a forked function returns a value, not a reference");

  Try() noexcept {}
  Try(const Try&) = delete;
  Try& operator=(const Try&) = delete;
  ~Try() {}

  // Calls `fn`, once. Returns true if it has not thrown.
  template <typename Fn>
  [[nodiscard, gnu::always_inline]] inline bool Call(Fn& fn) noexcept {
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<Fn&>>) {
        fn();
      } else {
        // A function may return a const value.
        using Stored = std::remove_const_t<Value>;
        void* const memory = const_cast<Stored*>(std::addressof(value_));
        ::new (memory) Value(fn());
      }
      return true;
    } catch (...) {
      ::new (static_cast<void*>(&exception_))
          std::exception_ptr(std::current_exception());
      return false;
    }
  }

  // Takes over what `other` has, which is a value if `is_value`. Returns true
  // if this has a value now; what moving it throws is its exception.
  bool Adopt(Try& other, bool is_value) noexcept {
    if (!is_value) {
      ::new (static_cast<void*>(&exception_))
          std::exception_ptr(other.TakeException());
      return false;
    }
    auto move = [&other]() -> Value { return std::move(other.value_); };
    const bool moved = Call(move);
    other.Drop(true);
    return moved;
  }

  // Takes the value, or the exception, whichever there is.
  Value Take() {
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      const Dropper dropper{*this};
      return std::move(value_);
    }
  }
  std::exception_ptr TakeException() noexcept {
    std::exception_ptr taken = std::move(exception_);
    exception_.~exception_ptr();
    return taken;
  }
  void Drop(bool is_value) noexcept {
    if (!is_value) {
      exception_.~exception_ptr();
    } else if constexpr (!std::is_void_v<T>) {
      value_.~Value();
    }
  }

 private:
  struct Dropper {
    ~Dropper() { result.Drop(true); }
    Try& result;
  };

  union {
    Value value_;
    std::exception_ptr exception_;
  };
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_TRY_H_
