// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/patterns/retry.h
// -----------------------------------------------------------------------------
//
// `Retry()` tries again what has failed, after pauses that grow.
//
// Example:
//
//   const Reply reply = co_await weft::Retry(
//       executor, {.max_attempts = 4, .first_pause = 50ms},
//       [&] { return client.Ask(query); });

#ifndef WEFT_EXECUTOR_PATTERNS_RETRY_H_
#define WEFT_EXECUTOR_PATTERNS_RETRY_H_

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <random>
#include <utility>

#include "weft/context/duration.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"
#include "weft/executor/patterns/internal/task_result.h"
#include "weft/executor/sleep.h"

namespace weft {

// The options of `Retry()`.
struct RetryOptions {
  // How often it is tried at most, the first time included; at least 1.
  int max_attempts = 5;
  // The pause after the first failure; at least 0. Each further one is `factor`
  // times the one before, at least 1, but no longer than `longest_pause`.
  Duration first_pause = std::chrono::milliseconds(100);
  double factor = 2;
  Duration longest_pause = std::chrono::seconds(10);
  // Each pause is shortened at random by up to this part of it, from 0 to 1, so
  // that those that failed together do not come back together.
  double jitter = 0.5;
  // Says whether an exception is worth another attempt; a function, or a lambda
  // without captures. Without it each is, but a CancelledError,
  // DeadlineExceededError or ShutdownError.
  bool (*is_worth_retrying)(const std::exception_ptr& failure) = nullptr;
  // The seed of the jitter; at random without it.
  std::optional<std::uint64_t> seed = std::nullopt;

  // Throws std::invalid_argument, naming the option, if one is out of range.
  void Validate() const;
};

// RetryPauses
//
// The pauses between attempts, for those who try again by other means than
// `Retry()`.
//
// Thread-safety: thread-compatible.
class RetryPauses {
 public:
  // Throws std::invalid_argument, naming the option, if one is out of range.
  explicit RetryPauses(RetryOptions options);

  // RetryPauses::Next()
  //
  // Returns the pause before the next attempt, after one has failed so. Throws
  // `failure` if there is to be none: it is not worth it, it was the last
  // attempt, or the flow's deadline would have passed by then.
  std::chrono::nanoseconds Next(const std::exception_ptr& failure);

 private:
  const RetryOptions options_;
  std::mt19937_64 random_;
  int failed_ = 0;
  std::chrono::nanoseconds pause_;
};

// Retry()
//
// Returns a coroutine that calls `fn()` and awaits the coroutine that it
// returns, and does so again, after a pause on `executor`, while that throws an
// exception that is worth it. Returns the first result; throws what the last
// attempt threw. If the flow's deadline would pass during a pause it throws at
// once, as nothing would come of waiting; if the flow is cancelled, it throws
// CancelledError at once, also in a pause.
//
// Each attempt runs in the flow of this coroutine, so what hooks and traces
// show of them is caused by it. `fn` lives as long as the coroutine.
//
// Thread-safety: that of the returned coroutine, which has one owner.
// Lifetime: the executor must outlive the coroutine.
// Cost: a coroutine with a generator of random numbers, 2.5 kB; a timer for
//   each pause, and an exception for each attempt that fails.
// Errors: std::invalid_argument, where it is first run, for options out of
//   range; what the last attempt threw; CancelledError and
//   DeadlineExceededError as above.
template <typename Fn>
  requires executor_internal::MakesTask<Fn>
Task<executor_internal::TaskResult<Fn>> Retry(Executor& executor,
                                              RetryOptions options, Fn fn) {
  RetryPauses pauses(std::move(options));
  for (;;) {
    std::exception_ptr failure;
    try {
      co_return co_await fn();
    } catch (...) {
      failure = std::current_exception();
    }
    co_await Sleep(executor, pauses.Next(failure));
  }
}

}  // namespace weft

#endif  // WEFT_EXECUTOR_PATTERNS_RETRY_H_
