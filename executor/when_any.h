// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/when_any.h
// -----------------------------------------------------------------------------
//
// `WhenAny()` makes one future of many: the future of the first result that is
// there, and of its index.
//
// Example:
//
//   weft::AnyResult<Page> first = weft::WhenAny(std::move(mirrors)).Get();
//   Log("mirror ", first.index, " was the first");
//   Show(first.value);
//
// Node counterpart: `Promise.race()`.

#ifndef WEFT_EXECUTOR_WHEN_ANY_H_
#define WEFT_EXECUTOR_WHEN_ANY_H_

#include <atomic>
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

// The first of the futures given to `WhenAny()`, by its place among them, from
// 0, and its result.
template <typename T>
struct AnyResult {
  std::size_t index;  // of the first
  T value;            // its result
};

// The first of futures that have no result.
template <>
struct AnyResult<void> {
  std::size_t index;  // of the first
};

namespace executor_internal {

// Takes the first result that is there, and gives up the others.
template <typename T>
class FirstResult final : public InputCollector<FirstResult<T>, AnyResult<T>> {
 public:
  FirstResult(Engine& engine, std::size_t inputs, std::source_location where)
      : FirstResult::InputCollector(engine, inputs, where) {}

  // Adds an input. `make(state)` makes the AnyResult<T> of that input, or
  // throws what it threw.
  template <typename Input, typename MakeResult>
  void Add(const FutureStateRef<Input>& state, MakeResult make,
           std::source_location where) {
    this->Await(
        state,
        [this, make](const FutureState<Input>& settled) {
          if (!IsFirst()) return;
          this->GiveUpInputs();
          this->Settle([&] { return make(settled); });
        },
        where);
  }

  // Settles when the last input is gone. All have been dropped unless a result
  // has come.
  void SettleLast() noexcept {
    if (!IsFirst()) return;
    this->Settle(
        []() -> AnyResult<T> { std::rethrow_exception(DroppedError()); });
  }

 private:
  bool IsFirst() noexcept {
    // relaxed: elects the input that settles, and hands nothing over.
    return !is_decided_.exchange(true, std::memory_order_relaxed);
  }

  std::atomic<bool> is_decided_{false};
};

}  // namespace executor_internal

// WhenAny()
//
// Returns the future of the first result that is there, or of the exception, if
// that one failed. The call takes the futures: they are not `valid()`
// afterwards.
//
// The future is a promise's, of type "PROMISE", that belongs to the executor of
// the first. Each input has a continuation, as by `Then()`, in the context of
// this call; the first of these settles the promise. It does so also in a flow
// that is cancelled or late, as the result is there. If several are ready, and
// they belong to one executor with one thread, the first in their order wins.
//
// When the first result is there the other inputs are given up. A task or
// coroutine among them runs on, and its result is dropped; to end it, start it
// in a `CancellationScope` that you cancel then. An input that `Then()` has
// made, and whose function has not been called, ends: the function is not
// called any more, nor is that of the continuation that it waited for, and so
// on back, as far as no other future depends on them. The same holds for the
// inputs of a `WhenAny()` or `WhenAll()` that is an input. Their captures and
// contexts are released, and the futures that they waited for, for instance a
// `SharedFuture` that lives as long as the process, keep nothing of them. So do
// not give `WhenAny()` a future of `Then()` whose function must be called in
// any case.
//
// Cost: two allocations, and a continuation for each.
// Errors: std::invalid_argument if there are no futures, as the wait could
//   never end, or, naming the position, if one is not `valid()`; ShutdownError
//   if one's executor has been shut down. If executors are stopped later, and
//   all the continuations dropped, the result is ShutdownError.
template <typename T>
Future<AnyResult<T>> WhenAny(
    std::vector<Future<T>>&& futures,
    std::source_location where = std::source_location::current()) {
  static_assert(!std::is_reference_v<T>,
                "WhenAny(vector): let the tasks return pointers");
  using First = executor_internal::FirstResult<T>;
  if (futures.empty()) {
    executor_internal::ThrowNoInputs(
        "WhenAny", "it must hold at least one, or the wait would never end");
  }
  executor_internal::CheckInputs(futures, "WhenAny");
  auto& engine = executor_internal::FutureMaker::EngineOf(futures.front());
  const auto first =
      base::Ref<First>::Adopt(new First(engine, futures.size(), where));
  const auto adding = first.get()->FirstTicket();
  std::size_t index = 0;
  for (const auto& state : executor_internal::TakeInputs(std::move(futures))) {
    first.get()->Add(
        state,
        [index](const executor_internal::FutureState<T>& settled) {
          if constexpr (std::is_void_v<T>) {
            settled.Take();
            return AnyResult<T>{index};
          } else {
            return AnyResult<T>{index, settled.Take()};
          }
        },
        where);
    ++index;
  }
  return first.get()->GetFuture();
}

// Does the same for futures of several types. The value is a std::variant,
// whose alternative is that of the index; std::monostate stands for the result
// of a `Future<void>`.
template <typename... Ts>
  requires(sizeof...(Ts) > 0)
Future<AnyResult<std::variant<executor_internal::InputValue<Ts>...>>> WhenAny(
    Future<Ts>&&... futures) {
  using Value = std::variant<executor_internal::InputValue<Ts>...>;
  using First = executor_internal::FirstResult<Value>;
  std::size_t checked = 0;
  (executor_internal::CheckInput(futures, "WhenAny", checked++), ...);
  auto inputs =
      std::tuple{executor_internal::FutureMaker::Take(futures, "WhenAny")...};
  const auto first = base::Ref<First>::Adopt(
      new First(std::get<0>(inputs).get()->engine(), sizeof...(Ts), {}));
  const auto adding = first.get()->FirstTicket();
  const auto add =
      [&]<std::size_t kIndex>(std::integral_constant<std::size_t, kIndex>) {
        first.get()->Add(std::get<kIndex>(inputs),
                         [](const auto& settled) {
                           return AnyResult<Value>{
                               kIndex,
                               Value(std::in_place_index<kIndex>,
                                     executor_internal::TakeInput(settled))};
                         },
                         {});
      };
  [&]<std::size_t... kIndexes>(std::index_sequence<kIndexes...>) {
    (add(std::integral_constant<std::size_t, kIndexes>()), ...);
  }(std::index_sequence_for<Ts...>());
  return first.get()->GetFuture();
}

// Does the same for coroutines of several types: starts all of them on
// `executor`, as `Spawn()` does. Those that are not the first go on to their
// ends.
template <typename... Ts>
  requires(sizeof...(Ts) > 0)
Future<AnyResult<std::variant<executor_internal::InputValue<Ts>...>>> WhenAny(
    Executor& executor, Task<Ts>&&... tasks) {
  // Braces take them in their order.
  std::tuple<Future<Ts>...> futures{Spawn(executor, std::move(tasks))...};
  return std::apply(
      [](auto&... future) { return WhenAny(std::move(future)...); }, futures);
}

// Rejects all other arguments: the call does not compile.
template <typename... Args>
  requires(!executor_internal::kAreInputs<Args...>)
SharedFuture<AnyResult<void>> WhenAny(Args&&...) {
  static_assert(executor_internal::kAreInputs<Args...>,
                "WhenAny() takes futures, or a vector of them, or an executor "
                "and coroutines, at least one; std::move() what has a name");
  return {};  // that can be used, for no further errors
}

// Does the same for a vector of coroutines.
template <typename T>
Future<AnyResult<T>> WhenAny(
    Executor& executor, std::vector<Task<T>>&& tasks,
    std::source_location where = std::source_location::current()) {
  std::vector<Future<T>> futures;
  futures.reserve(tasks.size());
  for (Task<T>& task : tasks) {
    futures.push_back(Spawn(executor, std::move(task)));
  }
  return WhenAny(std::move(futures), where);
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_WHEN_ANY_H_
