// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/when_all.h
// -----------------------------------------------------------------------------
//
// `WhenAll()` makes one future of many: the future of all their results. It
// starts nothing and blocks no thread.
//
// Example:
//
//   weft::Future<std::tuple<User, Cart>> both =
//       weft::WhenAll(executor.Submit(LoadUser), executor.Submit(LoadCart));
//   auto [user, cart] = both.Get();  // or co_await, or Then()
//
// Node counterpart: `Promise.all()`.

#ifndef WEFT_EXECUTOR_WHEN_ALL_H_
#define WEFT_EXECUTOR_WHEN_ALL_H_

#include <cstddef>
#include <exception>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "weft/base/ref.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/future_inputs.h"
#include "weft/executor/internal/future/future_state.h"

namespace weft {

namespace executor_internal {

// Takes the results when all are there.
template <typename Result, typename Inputs>
class AllResults final
    : public InputCollector<AllResults<Result, Inputs>, Result> {
 public:
  AllResults(Engine& engine, std::size_t count, Inputs inputs,
             std::source_location where)
      : AllResults::InputCollector(engine, count, where),
        inputs_(std::move(inputs)) {}

  // Starts to wait for the inputs. If it throws ShutdownError, it settles when
  // no reference to it is left.
  void Start(std::source_location where) {
    const auto await = [&](const auto& state) {
      this->Await(state, [](const auto&) {}, where);
    };
    if constexpr (kIsTuple) {
      std::apply([&](const auto&... states) { (await(states), ...); }, inputs_);
    } else {
      for (const auto& state : inputs_) await(state);
    }
  }

  void SettleLast() noexcept {
    this->Settle([this]() -> Result {
      if constexpr (kIsTuple) {
        // Braces take them in their order.
        return std::apply(
            [](const auto&... states) { return Result{TakeOne(states)...}; },
            inputs_);
      } else if constexpr (std::is_void_v<Result>) {
        for (const auto& state : inputs_) TakeOne(state);
      } else {
        Result values;
        values.reserve(inputs_.size());
        for (const auto& state : inputs_) values.push_back(TakeOne(state));
        return values;
      }
    });
    inputs_ = {};
  }

 private:
  static constexpr bool kIsTuple = requires { std::tuple_size<Inputs>::value; };

  template <typename T>
  static InputValue<T> TakeOne(const FutureStateRef<T>& state) {
    if (!state.get()->completion().done()) {
      std::rethrow_exception(DroppedError());
    }
    return TakeInput(*state.get());
  }

  Inputs inputs_;  // until they are settled
};

template <typename T>
using AllOfVector =
    std::conditional_t<std::is_void_v<T>, void, std::vector<InputValue<T>>>;

template <typename T>
Future<AllOfVector<T>> WhenAllOf(Engine& engine, std::vector<Future<T>> futures,
                                 std::source_location where) {
  static_assert(!std::is_reference_v<T>,
                "WhenAll(vector): a vector holds no references; let the tasks "
                "return pointers");
  using Inputs = std::vector<FutureStateRef<T>>;
  using Results = AllResults<AllOfVector<T>, Inputs>;
  const std::size_t count = futures.size();
  const auto results = base::Ref<Results>::Adopt(
      new Results(engine, count, TakeInputs(std::move(futures)), where));
  const auto adding = results.get()->FirstTicket();
  results.get()->Start(where);
  return results.get()->GetFuture();
}

}  // namespace executor_internal

// WhenAll()
//
// Returns the future of the tuple of their results, in their order;
// std::monostate stands for the result of a `Future<void>`. It is settled when
// all have ended. If some failed, it is settled with the exception of the first
// of them, in their order. The call takes the futures: they are not `valid()`
// afterwards.
//
// The future is a promise's, of type "PROMISE", that belongs to the executor of
// the first. Each input has a continuation, as by `Then()`, in the context of
// this call; the last of these settles the promise, also in a flow that is
// cancelled or late, as the results are there.
//
// Cost: two allocations, and a continuation for each.
// Errors: std::invalid_argument, naming the position, if one is not `valid()`;
//   ShutdownError if one's executor has been shut down. If it is stopped later,
//   and a future's continuation dropped, ShutdownError stands for its result.
// Differs from Node: a failure waits for the others, so that what they use may
//   be destroyed afterwards.
template <typename... Ts>
  requires(sizeof...(Ts) > 0)
Future<std::tuple<executor_internal::InputValue<Ts>...>> WhenAll(
    Future<Ts>&&... futures) {
  using executor_internal::FutureMaker;
  using Inputs = std::tuple<executor_internal::FutureStateRef<Ts>...>;
  using Result = std::tuple<executor_internal::InputValue<Ts>...>;
  using Results = executor_internal::AllResults<Result, Inputs>;
  std::size_t index = 0;
  (executor_internal::CheckInput(futures, "WhenAll", index++), ...);
  Inputs inputs{FutureMaker::Take(futures, "WhenAll")...};
  auto& engine = std::get<0>(inputs).get()->engine();
  const auto results = base::Ref<Results>::Adopt(
      new Results(engine, sizeof...(Ts), std::move(inputs), {}));
  const auto adding = results.get()->FirstTicket();
  results.get()->Start({});
  return results.get()->GetFuture();
}

// Rejects all other arguments: the call does not compile.
template <typename... Args>
  requires(!executor_internal::kAreInputs<Args...>)
SharedFuture<std::tuple<std::conditional_t<true, std::monostate, Args>...>>
WhenAll(Args&&...) {
  static_assert(executor_internal::kAreInputs<Args...>,
                "WhenAll() takes futures, or a vector of them, or an executor "
                "and coroutines, at least one; std::move() what has a name");
  return {};  // that can be used, for no further errors
}

// Does the same for any number of futures of one type. Returns the future of
// the vector of their results, or of nothing if that is void. Throws
// std::invalid_argument if there are none, as the promise would then belong to
// no executor.
template <typename T>
Future<executor_internal::AllOfVector<T>> WhenAll(
    std::vector<Future<T>>&& futures,
    std::source_location where = std::source_location::current()) {
  if (futures.empty()) {
    executor_internal::ThrowNoInputs(
        "WhenAll", "say whose the result is: WhenAll(executor, futures)");
  }
  executor_internal::CheckInputs(futures, "WhenAll");
  auto& engine = executor_internal::FutureMaker::EngineOf(futures.front());
  return executor_internal::WhenAllOf(engine, std::move(futures), where);
}

// Does the same, but the promise belongs to `executor`. There may be no
// futures; then it is settled at once.
template <typename T>
Future<executor_internal::AllOfVector<T>> WhenAll(
    Executor& executor, std::vector<Future<T>>&& futures,
    std::source_location where = std::source_location::current()) {
  executor_internal::CheckInputs(futures, "WhenAll");
  return executor_internal::WhenAllOf(
      executor_internal::EngineOf::Get(executor), std::move(futures), where);
}

// Does the same for coroutines: starts all of them on `executor`, as `Spawn()`
// does.
//
//   auto [user, cart] =
//       co_await weft::WhenAll(executor, LoadUser(id), LoadCart(id));
template <typename... Ts>
  requires(sizeof...(Ts) > 0)
Future<std::tuple<executor_internal::InputValue<Ts>...>> WhenAll(
    Executor& executor, Task<Ts>&&... tasks) {
  // Braces take them in their order.
  std::tuple<Future<Ts>...> futures{Spawn(executor, std::move(tasks))...};
  return std::apply(
      [](auto&... future) { return WhenAll(std::move(future)...); }, futures);
}

// Does the same for a vector of coroutines.
template <typename T>
Future<executor_internal::AllOfVector<T>> WhenAll(
    Executor& executor, std::vector<Task<T>>&& tasks,
    std::source_location where = std::source_location::current()) {
  std::vector<Future<T>> futures;
  futures.reserve(tasks.size());
  for (Task<T>& task : tasks) {
    futures.push_back(Spawn(executor, std::move(task)));
  }
  return WhenAll(executor, std::move(futures), where);
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_WHEN_ALL_H_
