// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The function object that oneTBB gets instead of a function that outlives the
// call which submits it.

#ifndef WEFT_ADAPTERS_ONETBB_INTERNAL_BOUND_TASK_H_
#define WEFT_ADAPTERS_ONETBB_INTERNAL_BOUND_TASK_H_

#include <memory>
#include <optional>
#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weft/adapters/onetbb/internal/flow_scopes.h"

namespace weft::tbb_internal {

// A function with the flow that submitted it; it runs once, or is dropped. It
// is gone, and destroy emitted, when the run has ended: before oneTBB tells the
// waiting thread. It is on the heap, as a resource must stay where its init has
// seen it and oneTBB moves its arguments.
template <typename Fn>
class BoundTask {
 public:
  template <typename F>
  BoundTask(F&& fn, std::string_view type, std::source_location where)
      : state_(std::make_unique<State>(std::forward<F>(fn), type, where)) {
    state_->origin.EmitInit();
  }
  BoundTask(BoundTask&&) noexcept = default;
  BoundTask& operator=(BoundTask&&) = delete;
  ~BoundTask() {
    if (state_ == nullptr) return;
    const TaskScope scope(state_->origin, TaskScope::Purpose::kDiscard);
    state_->fn.reset();
  }

  // Calls the function as a constant, as oneTBB does.
  decltype(auto) operator()() const {
    const std::unique_ptr<State> state = std::move(state_);
    const TaskScope scope(state->origin, TaskScope::Purpose::kRun);
    const FunctionEnd end{*state};
    return std::as_const(*state->fn)();
  }

 private:
  struct State {
    template <typename F>
    State(F&& f, std::string_view type, std::source_location where)
        : origin(type, where), fn(std::forward<F>(f)) {}
    TaskOrigin origin;
    std::optional<Fn> fn;
  };
  // Destroys the function inside the scope.
  struct FunctionEnd {
    ~FunctionEnd() { state.fn.reset(); }
    State& state;
  };

  mutable std::unique_ptr<State> state_;  // null: moved from, or has run
};

template <typename Fn>
BoundTask<std::decay_t<Fn>> BindTask(Fn&& fn, std::string_view type,
                                     std::source_location where) {
  return {std::forward<Fn>(fn), type, where};
}

}  // namespace weft::tbb_internal

#endif  // WEFT_ADAPTERS_ONETBB_INTERNAL_BOUND_TASK_H_
