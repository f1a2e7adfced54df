// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The result of calling a function: a value or an exception, as folly::Try.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_TRY_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_TRY_H_

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "weft/base/language.h"

namespace weft::executor_internal {

// Owner-only. `T` may be void, and then the value is a std::monostate.
template <typename T>
class Try {
 public:
  using Value = std::conditional_t<std::is_void_v<T>, std::monostate, T>;
  static_assert(!std::is_reference_v<T>,
                "a forked function returns a value, not a reference");

  template <typename Fn>
  void Call(Fn& fn) noexcept try {
    if constexpr (std::is_void_v<T>) {
      fn();
    } else {
      value_.emplace(fn());
    }
  } catch (...) {
    exception_ = std::current_exception();
  }

  void Rethrow() const {
    if (exception_ != nullptr) [[unlikely]]
      std::rethrow_exception(exception_);
  }
  // Returns the value, once, if there was no exception.
  Value Take() {
    if constexpr (std::is_void_v<T>) {
      return {};
    } else {
      return *std::move(value_);
    }
  }

 private:
  struct Nothing {};

  [[no_unique_address]] std::conditional_t<std::is_void_v<T>, Nothing,
                                           std::optional<Value>> value_;
  std::exception_ptr exception_;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_TRY_H_
