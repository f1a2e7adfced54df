// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/flatten.h
// -----------------------------------------------------------------------------
//
// `Flatten()` turns a `Future<Future<T>>` into a `Future<T>`.
//
// Example:
//
//   weft::Future<Page> page = weft::Flatten(
//       std::move(user).Then([&](User user) { return pages.Load(user); }));
//
// Node counterpart: none needed, as promises of promises flatten on their own.

#ifndef WEFT_EXECUTOR_FLATTEN_H_
#define WEFT_EXECUTOR_FLATTEN_H_

#include <exception>
#include <source_location>
#include <utility>

#include "weft/base/ref.h"
#include "weft/executor/future.h"
#include "weft/executor/internal/engine/submission.h"
#include "weft/executor/internal/future/future_inputs.h"
#include "weft/executor/internal/future/future_state.h"

namespace weft {

namespace executor_internal {

// Waits for the outer future, then for the inner one.
template <typename T>
class InnerResult final : public InputCollector<InnerResult<T>, T> {
 public:
  InnerResult(Engine& engine, std::source_location where)
      : InnerResult::InputCollector(engine, 2, where), where_(where) {}

  void Start(const FutureStateRef<Future<T>>& outer) {
    this->Await(
        outer,
        [this](const FutureState<Future<T>>& settled) { AwaitInner(settled); },
        where_);
  }

  // No input has come to its end: it was dropped.
  void SettleLast() noexcept {
    if (is_told_) return;
    this->Settle([]() -> T { std::rethrow_exception(DroppedError()); });
  }

 private:
  void AwaitInner(const FutureState<Future<T>>& outer) {
    std::exception_ptr failure;
    try {
      Future<T> inner = outer.Take();
      this->Await(
          FutureMaker::Take(inner, "Flatten"),
          [this](const FutureState<T>& settled) {
            Tell([&]() -> T { return settled.Take(); });
          },
          where_);
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure == nullptr) return;
    Tell([&]() -> T {
      std::rethrow_exception(std::exchange(failure, nullptr));
    });
  }
  template <typename Make>
  void Tell(const Make& make) noexcept {
    is_told_ = true;
    this->Settle(make);
  }

  const std::source_location where_;
  // Each of those that write it happens before the next, and before the last.
  bool is_told_ = false;
};

}  // namespace executor_internal

// Flatten()
//
// Returns the future of the inner future's result. It fails if the outer or the
// inner one does. The call takes `future`: it is not `valid()` afterwards.
//
// It is a promise's, of type "PROMISE", that belongs to the executor of
// `future`. Each of the two has a continuation, as by `Then()`, in the context
// of this call, that is called also in a flow that is cancelled or late.
//
// Cost: two allocations, and two continuations.
// Errors: std::logic_error if `future` is not `valid()`; ShutdownError. The
//   result is a std::logic_error if the inner future is not `valid()`.
template <typename T>
Future<T> Flatten(
    Future<Future<T>>&& future,
    std::source_location where = std::source_location::current()) {
  using Inner = executor_internal::InnerResult<T>;
  const auto outer = executor_internal::FutureMaker::Take(future, "Flatten");
  const auto inner =
      base::Ref<Inner>::Adopt(new Inner(outer.get()->engine(), where));
  const auto adding = inner.get()->FirstTicket();
  inner.get()->Start(outer);
  return inner.get()->GetFuture();
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_FLATTEN_H_
