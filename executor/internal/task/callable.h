// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// What is asked of the functions that an executor is given. Those that are
// given one assert it themselves, in their first lines: what the compiler says
// is short then.

#ifndef WEFT_EXECUTOR_INTERNAL_TASK_CALLABLE_H_
#define WEFT_EXECUTOR_INTERNAL_TASK_CALLABLE_H_

#include <type_traits>

#include "weft/base/language.h"

namespace weft {

template <typename T>
class Task;

namespace executor_internal {

template <typename T>
inline constexpr bool kIsCoroutine = false;
template <typename T>
inline constexpr bool kIsCoroutine<weft::Task<T>> = true;

// Can `Fn` be called with the value of a future, if that has one?
template <typename Fn, typename Value>
inline constexpr bool kTakes = std::is_invocable_v<Fn, Value>;
template <typename Fn>
inline constexpr bool kTakes<Fn, void> = std::is_invocable_v<Fn>;
template <typename Fn>
inline constexpr bool kTakes<Fn, const void> = std::is_invocable_v<Fn>;

// Does it return a coroutine? Who drops what functions return would drop it,
// and it would never run.
template <typename Fn, typename... Args>
inline constexpr bool kIsToBeSpawned =
    kIsCoroutine<std::remove_cvref_t<std::invoke_result_t<Fn, Args...>>>;

}  // namespace executor_internal
}  // namespace weft

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_CALLABLE_H_
