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

template <typename F, typename G>
  requires(std::is_invocable_v<F&> && std::is_invocable_v<G&>)
auto Join(F&& f, G&& g) {
  std::optional<decltype(shim::Call(g))> second;
  TaskGroup group(*shim::executor);
  group.Run([&second, &g] { second.emplace(shim::Call(g)); });
  auto first = shim::Call(f);
  group.Wait();
  if constexpr (!std::is_void_v<decltype(f())> ||
                !std::is_void_v<decltype(g())>) {
    return std::make_tuple(std::move(first), std::move(*second));
  }
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_JOIN_H_
