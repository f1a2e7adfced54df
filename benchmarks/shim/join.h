// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// Stands in for executor/join.h, on the task group that there is.

#ifndef WEFT_EXECUTOR_JOIN_H_
#define WEFT_EXECUTOR_JOIN_H_

#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/task_group.h"

namespace weft {
namespace shim {

inline Executor* executor = nullptr;

template <typename Fn>
auto Call(Fn& fn) {
  if constexpr (std::is_void_v<decltype(fn())>) {
    fn();
    return std::monostate();
  } else {
    return fn();
  }
}

}  // namespace shim

template <typename Fn, typename... Fns>
  requires(std::is_invocable_v<Fn&> && (std::is_invocable_v<Fns&> && ...))
auto Join(Fn&& fn, Fns&&... fns) {
  std::tuple<std::optional<decltype(shim::Call(fns))>...> results;
  TaskGroup group(*shim::executor);
  std::apply(
      [&](auto&... result) {
        (group.Run([&result, &fns] { result.emplace(shim::Call(fns)); }), ...);
      },
      results);
  auto first = shim::Call(fn);
  group.Wait();
  if constexpr (std::is_void_v<decltype(fn())> &&
                (std::is_void_v<decltype(fns())> && ...)) {
    return;
  } else {
    return std::apply(
        [&](auto&... result) {
          return std::make_tuple(std::move(first), std::move(*result)...);
        },
        results);
  }
}

template <typename... Fns>
auto Join(Executor& executor, Fns&&... fns) {
  shim::executor = &executor;
  return executor.Submit([&] { return Join(fns...); }).Get();
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_JOIN_H_
