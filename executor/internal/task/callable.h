// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Requirements on the functions that an executor is given. The functions that
// take one assert them themselves, in their first lines: that keeps the
// compiler's message short.

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

// True if `Fn` can be called with the value of a future, if that has one.
template <typename Fn, typename Value>
inline constexpr bool kTakes = std::is_invocable_v<Fn, Value>;
template <typename Fn>
inline constexpr bool kTakes<Fn, void> = std::is_invocable_v<Fn>;
template <typename Fn>
inline constexpr bool kTakes<Fn, const void> = std::is_invocable_v<Fn>;

// True if it returns a coroutine. A caller that drops what functions return
// would drop the coroutine, and it would never run.
template <typename Fn, typename... Args>
inline constexpr bool kIsToBeSpawned =
    kIsCoroutine<std::remove_cvref_t<std::invoke_result_t<Fn, Args...>>>;

}  // namespace executor_internal
}  // namespace weft

#endif  // WEFT_EXECUTOR_INTERNAL_TASK_CALLABLE_H_
