// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The results of functions that return coroutines.

#ifndef WEFT_EXECUTOR_PATTERNS_INTERNAL_TASK_RESULT_H_
#define WEFT_EXECUTOR_PATTERNS_INTERNAL_TASK_RESULT_H_

#include <type_traits>

#include "weft/executor/coroutine.h"

namespace weft::executor_internal {

template <typename T>
struct ResultOfTask {};
template <typename T>
struct ResultOfTask<weft::Task<T>> {
  using Type = T;
};

// The T of a function that returns a Task<T> when it is called with `Args`.
template <typename Fn, typename... Args>
using TaskResult =
    typename ResultOfTask<std::invoke_result_t<Fn&, Args...>>::Type;

template <typename Fn, typename... Args>
concept MakesTask = std::is_invocable_v<Fn&, Args...> && requires {
  typename ResultOfTask<std::invoke_result_t<Fn&, Args...>>::Type;
};

}  // namespace weft::executor_internal

#endif  // WEFT_EXECUTOR_PATTERNS_INTERNAL_TASK_RESULT_H_
