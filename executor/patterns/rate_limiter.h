// Copyright 2026 The Weft Authors.
// SPDX-License-Identifier: Apache-2.0

// -----------------------------------------------------------------------------
// executor/patterns/rate_limiter.h
// -----------------------------------------------------------------------------
//
// `RateLimiter` limits how many coroutines pass in a second. Those that must
// wait block no thread.
//
// Example:
//
//   weft::RateLimiter limiter(executor, {.per_second = 100, .burst = 10});
//
//   weft::Task<Reply> Ask(Query query) {
//     co_await limiter.Acquire();
//     co_return co_await client.Ask(std::move(query));
//   }
//
// Counterpart: Guava's `RateLimiter`.

#ifndef WEFT_EXECUTOR_PATTERNS_RATE_LIMITER_H_
#define WEFT_EXECUTOR_PATTERNS_RATE_LIMITER_H_

#include <chrono>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "weft/base/sync/mutex.h"
#include "weft/executor/coroutine.h"
#include "weft/executor/executor.h"

namespace weft {

// The options of a `RateLimiter`.
struct RateLimiterOptions {
  // How many are let through in a second; more than 0, at most 1e9.
  double per_second;
  // How many may come at once after a pause; at least 1.
  int burst = 1;

  // Throws std::invalid_argument, naming the option, if one is out of range.
  void Validate() const;
};

// RateLimiter
//
// A bucket of `burst` tokens, full at first, into which `per_second` come in a
// second, and from which each that is let through takes one. They are let
// through in the order of their calls. The time is that of the executor's
// clock. From one token to the next it is rounded up to nanoseconds, so no more
// are let through than the options say.
//
// Thread-safety: thread-safe, except for destruction.
// Lifetime: it must outlive the coroutines of its calls.
// Cost: a coroutine and a lock; a timer for one that waits.
class RateLimiter {
 public:
  // Throws std::invalid_argument, naming the option, if one is out of range.
  RateLimiter(Executor& executor, RateLimiterOptions options);
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  // RateLimiter::Acquire()
  //
  // Returns a coroutine that ends when there is a token for it. If its flow is
  // cancelled or late before that, it throws CancelledError or
  // DeadlineExceededError at once, and its token is given back: those that come
  // later wait less; those that wait already do not.
  Task<> Acquire();

  // Takes a token and returns true if there is one now; never waits.
  bool TryAcquire() noexcept ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Clock = std::chrono::steady_clock;

  // Takes the next token, and returns when it is there; nothing, with none
  // taken, if no clock can tell a time so far away.
  std::optional<Clock::time_point> Reserve(Clock::time_point now) noexcept
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Returns when the bucket would be full after one more token.
  std::optional<Clock::time_point> FullAfter(Clock::time_point now)
      const noexcept ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void GiveBack() noexcept ABSL_LOCKS_EXCLUDED(mutex_);
  Clock::time_point now() const noexcept;

  Executor& executor_;
  const std::chrono::nanoseconds interval_;
  const std::chrono::nanoseconds full_;  // the time in which the bucket fills
  base::Mutex mutex_;
  // When the bucket would be full if nobody came.
  Clock::time_point full_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace weft

#endif  // WEFT_EXECUTOR_PATTERNS_RATE_LIMITER_H_
