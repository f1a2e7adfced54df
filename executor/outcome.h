// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/outcome.h
// -----------------------------------------------------------------------------
//
// `Outcome<T>` is what came of a task: its result, or the exception that it
// threw. `Future::ThenOutcome()` passes it to its function.
//
// Example:
//
//   std::move(reply).ThenOutcome([](weft::Outcome<Reply> outcome) {
//     log.Add(outcome.has_value() ? "answered" : "failed");
//     return std::move(outcome).Get();  // passes on either
//   });
//
// Counterparts: `folly::Try`, Node's `Promise.allSettled()`.

#ifndef WEFT_EXECUTOR_OUTCOME_H_
#define WEFT_EXECUTOR_OUTCOME_H_

#include <exception>
#include <utility>

#include "weft/executor/internal/future/future_state.h"

namespace weft {

namespace executor_internal {
struct OutcomeMaker;
}  // namespace executor_internal

// Outcome
//
// A result that is there, or an exception.
//
// Thread-safety: thread-compatible.
// Lifetime: it keeps the result.
template <typename T>
class [[nodiscard]] Outcome {
 public:
  Outcome(Outcome&&) noexcept = default;
  Outcome& operator=(Outcome&&) noexcept = default;

  // True if there is a result.
  bool has_value() const noexcept {
    return state_.get()->exception() == nullptr;
  }
  explicit operator bool() const noexcept { return has_value(); }

  // Returns the exception; null if there is a result.
  std::exception_ptr exception() const noexcept {
    return state_.get()->exception();
  }

  // Returns the result, or throws the exception; once.
  T Get() && { return state_.get()->Take(); }

 private:
  friend executor_internal::OutcomeMaker;

  explicit Outcome(executor_internal::FutureStateRef<T> settled) noexcept
      : state_(std::move(settled)) {}

  executor_internal::FutureStateRef<T> state_;
};

namespace executor_internal {

struct OutcomeMaker {
  template <typename T>
  static Outcome<T> Make(FutureStateRef<T> settled) noexcept {
    return Outcome<T>(std::move(settled));
  }
};

}  // namespace executor_internal

}  // namespace weft

#endif  // WEFT_EXECUTOR_OUTCOME_H_
