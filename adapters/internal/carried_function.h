// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// The function object that a foreign pool, thread or library gets instead of a
// function that it calls once: that function with the flow that gave it.

#ifndef WEFT_ADAPTERS_INTERNAL_CARRIED_FUNCTION_H_
#define WEFT_ADAPTERS_INTERNAL_CARRIED_FUNCTION_H_

#include <memory>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

#include "weft/context/context_snapshot.h"
#include "weft/hooks/async_resource.h"

namespace weft::adapters_internal {

// Runs once, as a resource of its own, in the context in which it was made; the
// function and what it captured are destroyed there too, before the after
// event. Destroy comes when the call has ended, or when the last copy is gone
// uncalled. Copies share the function, so that any function fits into a
// std::function.
//
// Thread-safety: thread-compatible. If one thread makes the object and another
//   runs it, the caller orders the two.
template <typename Fn>
class CarriedFunction {
 public:
  // Emits init. Throws std::invalid_argument if `type` is empty.
  template <typename F>
  CarriedFunction(F&& fn, std::string_view type, std::source_location where)
      : state_(std::make_shared<State>(std::forward<F>(fn), type, where)) {}

  // Throws std::logic_error if it has been called before.
  template <typename... Args>
    requires std::is_invocable_v<Fn, Args...>
  decltype(auto) operator()(Args&&... args) const {
    const std::shared_ptr<State> state = state_;  // may outlive this
    if (!state->fn) {
      throw std::logic_error(
          "Weft: a function that was given to run once is called again");
    }
    const FlowEnd flow_end{*state};
    return state->resource->RunInAsyncScope([&]() -> decltype(auto) {
      const FunctionEnd function_end{*state};
      return std::move(*state->fn)(std::forward<Args>(args)...);
    });
  }

  // Valid until the call.
  const Fn& function() const noexcept { return *state_->fn; }

 private:
  struct State {
    template <typename F>
    State(F&& f, std::string_view type, std::source_location where)
        : context(ContextSnapshot::Capture()),
          fn(std::forward<F>(f)),
          resource(std::in_place, type, AsyncResourceOptions{}, where) {}
    ~State() {
      if (fn) {
        context.Run([this] { fn.reset(); });
      }
    }
    ContextSnapshot context;
    std::optional<Fn> fn;
    std::optional<AsyncResource> resource;  // init comes last, destroy first
  };
  struct FunctionEnd {
    ~FunctionEnd() { state.fn.reset(); }
    State& state;
  };
  struct FlowEnd {
    ~FlowEnd() {
      state.context = {};
      state.resource.reset();
    }
    State& state;
  };

  std::shared_ptr<State> state_;
};

template <typename Fn>
CarriedFunction<std::decay_t<Fn>> Carry(Fn&& fn, std::string_view type,
                                        std::source_location where) {
  return {std::forward<Fn>(fn), type, where};
}

}  // namespace weft::adapters_internal

#endif  // WEFT_ADAPTERS_INTERNAL_CARRIED_FUNCTION_H_
